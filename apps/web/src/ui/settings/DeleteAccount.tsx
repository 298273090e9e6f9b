// Closing the account: the password first, then the question once more, with the moment until which it is asked.
import { useState } from "preact/hooks";
import { t } from "../../i18n";
import { clock } from "../../lib/time";
import { request } from "../../state/net";
import { left } from "../../state/session";
import { Button } from "../parts/Button";
import { Field } from "../parts/Field";
import { closeAllDialogs, closeDialog, Dialog, Problem, useTask } from "../dialogs/Dialog";

export function DeleteAccount() {
  const [password, setPassword] = useState("");
  const [asked, setAsked] = useState<{ confirm: string; until: number } | null>(null);
  const { busy, error, run } = useTask();
  const begin = () => run(async () => setAsked(await request("account.delete", { password })));
  const confirm = () =>
    run(async () => {
      await request("account.delete.confirm", { confirm: asked?.confirm ?? "" });
      closeAllDialogs();
      await left("deleted");
    });
  return (
    <Dialog
      title={t("delete.title")}
      kind="narrow"
      onSubmit={asked ? confirm : begin}
      footer={
        <>
          <Button kind="quiet" onClick={closeDialog}>
            {t("action.cancel")}
          </Button>
          <Button kind="danger" type="submit" busy={busy} disabled={password === ""}>
            {t(asked ? "delete.confirm" : "delete.go")}
          </Button>
        </>
      }
    >
      {asked ? (
        <p class="dialog-text" role="alert">
          {t("delete.sure", { time: clock(asked.until) })}
        </p>
      ) : (
        <div class="form">
          <p class="dialog-text">{t("delete.text")}</p>
          <Field label={t("door.password")} value={password} onInput={setPassword} type="password" autoComplete="current-password" autoFocus />
        </div>
      )}
      <Problem text={error} />
    </Dialog>
  );
}
