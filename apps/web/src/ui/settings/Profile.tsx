// What others see of oneself, and the addresses by which one is found.
import { useState } from "preact/hooks";
import { t } from "../../i18n";
import { me } from "../../state/me";
import { learn } from "../../state/people";
import { request } from "../../state/net";
import { say } from "../../state/toasts";
import { Button } from "../parts/Button";
import { Field, NAME } from "../parts/Field";
import { closeDialog, Dialog, Problem, useTask } from "../dialogs/Dialog";

const FIELDS = ["nick", "status", "handle", "email", "phone"] as const;
type FieldName = (typeof FIELDS)[number];

export function Profile() {
  const who = me.value;
  const before = Object.fromEntries(FIELDS.map((name) => [name, who?.[name] ?? ""])) as Record<FieldName, string>;
  const [now, setNow] = useState(before);
  const { busy, error, field, run } = useTask();
  const changed = Object.fromEntries(FIELDS.filter((name) => now[name].trim() !== before[name]).map((name) => [name, now[name].trim()])) as Partial<Record<FieldName, string>>;
  const save = () =>
    run(
      async () => {
        const answer = await request("profile", changed);
        me.value = answer.me;
        learn([answer.me]);
        say(t("action.saved"));
      },
      closeDialog,
    );
  return (
    <Dialog
      title={t("profile.title")}
      kind="narrow"
      onSubmit={save}
      footer={
        <Button kind="primary" type="submit" busy={busy} disabled={Object.keys(changed).length === 0 || now.nick.trim() === ""}>
          {t("action.save")}
        </Button>
      }
    >
      <div class="form">
        {FIELDS.map((name) => (
          <Field
            key={name}
            label={t(`profile.${name}`)}
            hint={name === "handle" ? t("door.handle.hint") : name === "status" ? t("profile.status.hint") : undefined}
            type={name === "email" ? "email" : "text"}
            value={now[name]}
            error={field === name ? error : null}
            onInput={(value) => setNow({ ...now, [name]: value })}
            {...(name === "nick" ? { autoFocus: true, maxLength: NAME } : {})}
          />
        ))}
        <Problem text={FIELDS.some((name) => name === field) ? null : error} />
      </div>
    </Dialog>
  );
}
