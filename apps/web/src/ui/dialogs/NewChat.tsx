// Beginning to talk: with a contact, with somebody whose name one knows, or with several.
import { useState } from "preact/hooks";
import { t } from "../../i18n";
import { sought } from "../../lib/text";
import { request } from "../../state/net";
import { friends, learn, online, tieWith } from "../../state/people";
import { me } from "../../state/me";
import type { Person } from "../../wire/types";
import { answerContact, openDirect, openDirectNow, requestContact } from "../actions";
import { PersonAvatar } from "../parts/Avatar";
import { Button } from "../parts/Button";
import { Icon } from "../parts/Icon";
import { closeDialog, Dialog, openDialog, Problem, useTask } from "./Dialog";
import { NewGroup } from "./NewGroup";

export function NewChat({ forContact = false }: { forContact?: boolean }) {
  const [who, setWho] = useState("");
  const [found, setFound] = useState<Person | null>(null);
  const { busy, error, setError, run } = useTask();
  const words = sought(who).toLocaleLowerCase();
  const fitting = friends.value.filter(({ person }) => words === "" || person.nick.toLocaleLowerCase().includes(words) || person.handle?.toLocaleLowerCase().includes(words));
  const find = () => {
    if (words === "") return;
    run(async () => {
      const { person } = await request("find", { who: sought(who) });
      learn([person]);
      setFound(person);
    });
  };
  return (
    <Dialog title={t(forContact ? "contacts.add" : "chats.new")} onSubmit={find}>
      <div class="finder">
        <Icon name={forContact ? "addPerson" : "search"} size={20} />
        <input
          type="text"
          value={who}
          placeholder={t("find.placeholder")}
          aria-label={t("find.placeholder")}
          autoFocus
          autoComplete="off"
          autoCapitalize="none"
          spellcheck={false}
          onInput={(event) => {
            setWho(event.currentTarget.value);
            setFound(null);
            setError(null);
          }}
        />
        <Button kind="primary" type="submit" busy={busy} disabled={words === ""}>
          {t("find.go")}
        </Button>
      </div>
      <p class="hint">{t("find.hint")}</p>
      <Problem text={error} />
      {found ? <Found person={found} /> : null}
      {forContact ? null : (
        <>
          <button type="button" class="row row-small" onClick={() => swap(<NewGroup />)} data-testid="new-group">
            <span class="row-icon">
              <Icon name="group" />
            </span>
            <span class="row-name">{t("group.new")}</span>
            <Icon name="forward" size={18} />
          </button>
          {fitting.length > 0 ? <h3 class="section-title">{t("tab.contacts")}</h3> : null}
          <div class="finder-list">
            {fitting.map(({ person }) => (
              <button
                key={person.id}
                type="button"
                class="row row-small"
                onClick={() => {
                  closeDialog();
                  openDirect(person.id);
                }}
              >
                <PersonAvatar person={person} size={36} online={online.value.has(person.id)} />
                <span class="row-words">
                  <span class="row-name ellipsis">{person.nick}</span>
                  {person.handle ? <span class="dim ellipsis">@{person.handle}</span> : null}
                </span>
              </button>
            ))}
          </div>
        </>
      )}
    </Dialog>
  );
}

function swap(next: preact.VNode): void {
  closeDialog();
  openDialog(next);
}

function Found({ person }: { person: Person }) {
  const { busy, error, run } = useTask();
  const self = person.id === me.value?.id;
  const tie = tieWith(person.id);
  return (
    <div class="card">
      <PersonAvatar person={person} size={48} online={online.value.has(person.id)} />
      <div class="card-words">
        <strong class="ellipsis">{person.nick}</strong>
        <span class="dim ellipsis">
          {person.handle ? `@${person.handle} · ` : ""}
          {person.id}
        </span>
        <Problem text={error} />
      </div>
      {self ? (
        <span class="dim">{t("find.self")}</span>
      ) : (
        <div class="card-buttons">
          {tie === "asked" ? <span class="dim">{t("contacts.asked")}</span> : null}
          {tie === "asks" ? (
            <Button icon="check" busy={busy} onClick={() => run(() => answerContact(person, true), closeDialog)}>
              {t("contacts.yes")}
            </Button>
          ) : null}
          {tie !== null ? null : (
            <Button icon="addPerson" busy={busy} onClick={() => run(() => requestContact(person.id), closeDialog)}>
              {t("contacts.add")}
            </Button>
          )}
          <Button kind="primary" icon="chats" busy={busy} onClick={() => run(() => openDirectNow(person.id), closeDialog)}>
            {t("person.write")}
          </Button>
        </div>
      )}
    </div>
  );
}
