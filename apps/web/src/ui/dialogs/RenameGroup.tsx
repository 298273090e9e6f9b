// Another name for a group.
import { useState } from "preact/hooks";
import { t } from "../../i18n";
import { request } from "../../state/net";
import type { Conversation } from "../../wire/types";
import { inGroup } from "../actions";
import { Button } from "../parts/Button";
import { Field } from "../parts/Field";
import { closeDialog, Dialog, useTask } from "./Dialog";

export function RenameGroup({ of }: { of: Conversation }) {
  const [name, setName] = useState(of.name);
  const { busy, error, run } = useTask();
  return (
    <Dialog
      title={t("group.rename")}
      kind="narrow"
      onSubmit={() => run(() => inGroup(of.id, request("group.rename", { conversation: of.id, name: name.trim() })), closeDialog)}
      footer={
        <Button kind="primary" type="submit" busy={busy} disabled={name.trim() === "" || name.trim() === of.name}>
          {t("action.save")}
        </Button>
      }
    >
      <Field label={t("group.name")} value={name} onInput={setName} error={error} autoFocus maxLength={64} />
    </Dialog>
  );
}
