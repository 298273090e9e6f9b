// Another password. All other devices are signed out by it.
import { useState } from "preact/hooks";
import { t } from "../../i18n";
import { request } from "../../state/net";
import { say } from "../../state/toasts";
import { Button } from "../parts/Button";
import { Field } from "../parts/Field";
import { closeDialog, Dialog, Problem, useTask } from "../dialogs/Dialog";

export function Password() {
  const [old, setOld] = useState("");
  const [next, setNext] = useState("");
  const { busy, error, run } = useTask();
  const save = () =>
    run(async () => {
      await request("password", { old, new: next });
      say(t("password.done"));
    }, closeDialog);
  return (
    <Dialog
      title={t("password.title")}
      kind="narrow"
      onSubmit={save}
      footer={
        <Button kind="primary" type="submit" busy={busy} disabled={old === "" || next === ""}>
          {t("action.save")}
        </Button>
      }
    >
      <div class="form">
        <Field label={t("password.old")} value={old} onInput={setOld} type="password" autoComplete="current-password" autoFocus />
        <Field label={t("password.new")} hint={t("password.hint")} value={next} onInput={setNext} type="password" autoComplete="new-password" />
        <Problem text={error} />
      </div>
    </Dialog>
  );
}
