// The first visit: what to do first, and by which name others can do it for one.
import { t } from "../i18n";
import { me } from "../state/me";
import { attempt, copyText } from "./actions";
import { openDialog } from "./dialogs/Dialog";
import { NewChat } from "./dialogs/NewChat";
import { Button, IconButton } from "./parts/Button";
import { Empty } from "./parts/Empty";

export function First() {
  const own = me.value;
  const name = own === null ? "" : own.handle || String(own.id);
  return (
    <>
      <Empty
        icon="chats"
        title={t("first.title")}
        action={
          <Button kind="primary" icon="addPerson" onClick={() => openDialog(<NewChat forContact />)} testId="first-add">
            {t("contacts.add")}
          </Button>
        }
      >
        {t("first.hint")}
      </Empty>
      {name === "" ? null : (
        <div class="own-name" data-testid="own-name">
          <span class="own-name-words">
            <span class="dim">{t("first.name")}</span>
            <strong class="ellipsis">{own?.handle ? `@${name}` : name}</strong>
          </span>
          <IconButton icon="copy" label={t("action.copy", { what: t(own?.handle ? "profile.handle" : "profile.number") })} onClick={() => attempt(copyText(name))} />
        </div>
      )}
    </>
  );
}
