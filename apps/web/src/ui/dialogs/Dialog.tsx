// The one place for dialogs. The browser's own <dialog> keeps the focus inside and gives it back; Escape and the field behind close it.
import { signal } from "@preact/signals";
import { type ComponentChildren, createContext, type VNode } from "preact";
import { useContext, useEffect, useId, useRef, useState } from "preact/hooks";
import { t } from "../../i18n";
import { atEpoch } from "../../state/parting";
import { fieldOf, words } from "../../state/toasts";
import { Button, IconButton } from "../parts/Button";
import { Toasts } from "../parts/Toasts";

const stack = signal<{ id: number; content: VNode }[]>([]);
let next = 1;

export function openDialog(content: VNode): void {
  stack.value = [...stack.value, { id: next++, content }];
}

export function closeDialog(): void {
  stack.value = stack.value.slice(0, -1);
}

export function closeAllDialogs(): void {
  stack.value = [];
}
atEpoch(closeAllDialogs);

export function dialogOpen(): boolean {
  return stack.value.length > 0;
}

/** Whether the dialog is the uppermost one: there is what is said to whoever looks. */
const Uppermost = createContext(false);

export function Dialogs() {
  return (
    <>
      {stack.value.map(({ id, content }, index) => (
        <Uppermost.Provider key={id} value={index === stack.value.length - 1}>
          <div class="dialog-host">{content}</div>
        </Uppermost.Provider>
      ))}
    </>
  );
}

interface DialogProps {
  title: string;
  children: ComponentChildren;
  /** What stands at the bottom, kept in sight. */
  footer?: ComponentChildren;
  kind?: "plain" | "narrow" | "viewer";
  onSubmit?: () => void;
}

export function Dialog({ title, children, footer, kind = "plain", onSubmit }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null);
  const id = useId();
  const [open, setOpen] = useState(false);
  const uppermost = useContext(Uppermost);
  useEffect(() => {
    const dialog = ref.current;
    const before = document.activeElement as HTMLElement | null;
    if (dialog && !dialog.open) dialog.showModal();
    setOpen(true);
    return () => {
      dialog?.close();
      if (before?.isConnected) before.focus();
    };
  }, []);
  const body = (
    <>
      <header class="dialog-head">
        <h2 id={id}>{title}</h2>
        <IconButton icon="close" label={t("action.close")} onClick={closeDialog} />
      </header>
      <div class="dialog-body">{children}</div>
      {footer ? <footer class="dialog-foot">{footer}</footer> : null}
    </>
  );
  return (
    <dialog
      ref={ref}
      class={`dialog dialog-${kind}`}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        closeDialog();
      }}
      onMouseDown={(event) => event.target === ref.current && closeDialog()}
    >
      {onSubmit ? (
        <form
          class="dialog-frame"
          onSubmit={(event) => {
            event.preventDefault();
            onSubmit();
          }}
        >
          {body}
        </form>
      ) : (
        <div class="dialog-frame">{body}</div>
      )}
      {/* What comes to the top later lies above: so after the dialog itself. */}
      {open ? <Toasts here={uppermost} /> : null}
    </dialog>
  );
}

interface Question {
  title: string;
  text: string;
  yes: string;
  danger?: boolean;
  onYes: () => Promise<unknown> | void;
}

/** Asks before what cannot be undone. */
export function ask(question: Question): void {
  openDialog(<Confirm {...question} />);
}

function Confirm({ title, text, yes, danger = false, onYes }: Question) {
  const { busy, error, run } = useTask();
  return (
    <Dialog
      title={title}
      kind="narrow"
      onSubmit={() => run(async () => void (await onYes()), closeDialog)}
      footer={
        <>
          <Button kind="quiet" onClick={closeDialog}>
            {t("action.cancel")}
          </Button>
          <Button kind={danger ? "danger" : "primary"} type="submit" busy={busy}>
            {yes}
          </Button>
        </>
      }
    >
      <p class="dialog-text">{text}</p>
      <Problem text={error} />
    </Dialog>
  );
}

export function Problem({ text }: { text: string | null }) {
  return text ? (
    <p class="problem" role="alert">
      {text}
    </p>
  ) : null;
}

/** Something that takes a while and may fail: busy meanwhile, in words afterwards, about one field or all of it. */
export function useTask() {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const [field, setField] = useState("");
  const run = (task: () => Promise<unknown>, then?: () => void) => {
    setBusy(true);
    setError(null);
    task()
      .then(() => then?.())
      .catch((cause: unknown) => {
        setField(fieldOf(cause));
        setError(words(cause));
      })
      .finally(() => setBusy(false));
  };
  return { busy, error, field, setError, run };
}
