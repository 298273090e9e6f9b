// Which of the two faces the page has: the way in, or the messages.
import { useEffect } from "preact/hooks";
import { announced } from "../state/alerts";
import { dismiss, toasts } from "../state/toasts";
import { phase } from "../state/session";
import { t } from "../i18n";
import { Dialogs } from "./dialogs/Dialog";
import { shortcuts } from "./keys";
import { Icon } from "./parts/Icon";
import { IconButton } from "./parts/Button";
import { Menus } from "./parts/Menu";
import { Shell } from "./Shell";
import { SignIn } from "./SignIn";

export function App() {
  useEffect(() => {
    addEventListener("keydown", shortcuts);
    return () => removeEventListener("keydown", shortcuts);
  }, []);
  return (
    <>
      {phase.value === "signed-out" ? <SignIn /> : <Shell />}
      <Dialogs />
      <Menus />
      <Toasts />
      <Announcer />
    </>
  );
}

function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.value.map((toast) => (
        <div key={toast.id} class={`toast toast-${toast.kind}`}>
          <Icon name={toast.kind === "error" ? "alert" : "check"} size={20} />
          <span>{toast.text}</span>
          <IconButton icon="close" size={18} label={t("action.close")} onClick={() => dismiss(toast.id)} />
        </div>
      ))}
    </div>
  );
}

function Announcer() {
  return (
    <div class="visually-hidden" aria-live="polite">
      {announced.value}
    </div>
  );
}
