// The short words at the edge of the screen. What lies outside an open dialog is neither seen nor read out: so they are within it.
import { useLayoutEffect, useRef } from "preact/hooks";
import { t } from "../../i18n";
import { dismiss, toasts } from "../../state/toasts";
import { IconButton } from "./Button";
import { Icon } from "./Icon";

/** A popover, so that nothing covers it or cuts it off; empty where it is not `here` that one looks. A region that comes with its words is not read out. */
export function Toasts({ here }: { here: boolean }) {
  const ref = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    // Older browsers know none, and show it as part of the page.
    ref.current?.showPopover?.();
  }, []);
  return (
    <div ref={ref} popover="manual" class="toasts" role="status" aria-live="polite">
      {(here ? toasts.value : []).map((toast) => (
        <div key={toast.id} class={`toast toast-${toast.kind}`}>
          <Icon name={toast.kind === "error" ? "alert" : "check"} size={20} />
          <span>{toast.text}</span>
          <IconButton icon="close" size={18} label={t("action.close")} onClick={() => dismiss(toast.id)} />
        </div>
      ))}
    </div>
  );
}
