// Contacts, those who ask to be, invitations into groups, and who is blocked.
import { t } from "../i18n";
import { contacts, invitations, online, tieWith } from "../state/people";
import { nickOf } from "../state/names";
import { listKnown } from "../state/conversations";
import type { Contact, Invitation, Person } from "../wire/types";
import { answerContact, answerInvitation, attempt, openDirect, removeContact, setBlocked } from "./actions";
import { arrows } from "./ChatsTab";
import { ask, openDialog } from "./dialogs/Dialog";
import { NewChat } from "./dialogs/NewChat";
import { ConversationAvatar, PersonAvatar } from "./parts/Avatar";
import { Button, IconButton } from "./parts/Button";
import { Empty, RowSkeletons } from "./parts/Empty";
import { openMenu } from "./parts/Menu";

export function ContactsTab() {
  const all = contacts.value;
  const add = () => openDialog(<NewChat forContact />);
  const asked = all.asked.filter((one) => tieWith(one.id) === "asked");
  const people = all.contacts.filter((one) => tieWith(one.person.id) !== "asked").toSorted((a, b) => Number(b.online) - Number(a.online) || a.person.nick.localeCompare(b.person.nick));
  const nobody = people.length + all.requests.length + asked.length + all.blocked.length + invitations.value.length === 0;
  return (
    <>
      <header class="column-head">
        <h1>{t("tab.contacts")}</h1>
        <IconButton icon="addPerson" label={t("contacts.add")} onClick={add} testId="add-contact" />
      </header>
      <div class="column-body" onKeyDown={arrows}>
        {!listKnown.value ? <RowSkeletons /> : null}
        {listKnown.value && nobody ? (
          <Empty
            icon="contacts"
            title={t("contacts.empty")}
            action={
              <Button kind="primary" icon="addPerson" onClick={add}>
                {t("contacts.add")}
              </Button>
            }
          >
            {t("contacts.empty.hint")}
          </Empty>
        ) : null}
        {invitations.value.length > 0 ? (
          <section>
            <h2 class="section-title">{t("contacts.invitations")}</h2>
            {invitations.value.map((one) => (
              <Invited key={one.conversation.id} of={one} />
            ))}
          </section>
        ) : null}
        {all.requests.length > 0 ? (
          <section>
            <h2 class="section-title">{t("contacts.requests")}</h2>
            {all.requests.map((one) => (
              <Asking key={one.id} who={one} />
            ))}
          </section>
        ) : null}
        {people.length > 0 ? (
          <section>
            {nobody ? null : <h2 class="section-title">{t("contacts.all", { count: people.length })}</h2>}
            {people.map((one) => (
              <Known key={one.person.id} of={one} />
            ))}
          </section>
        ) : null}
        {asked.length > 0 ? (
          <section>
            <h2 class="section-title">{t("contacts.asking")}</h2>
            {asked.map((one) => (
              <Asked key={one.id} who={one} />
            ))}
          </section>
        ) : null}
        {all.blocked.length > 0 ? (
          <section>
            <h2 class="section-title">{t("contacts.blocked")}</h2>
            {all.blocked.map((one) => (
              <div key={one.id} class="row is-still">
                <PersonAvatar person={one} size={44} />
                <span class="row-words">
                  <span class="row-name ellipsis">{nickOf(one)}</span>
                </span>
                <Button onClick={() => attempt(setBlocked(one, false))}>{t("menu.unblock")}</Button>
              </div>
            ))}
          </section>
        ) : null}
      </div>
    </>
  );
}

function Known({ of }: { of: Contact }) {
  const there = online.value.has(of.person.id);
  const who = of.person;
  const menu = (at: { x: number; y: number } | Element) =>
    openMenu(at, t("menu.label"), [
      { icon: "chats", words: t("person.write"), onChoose: () => openDirect(who.id) },
      { icon: "trash", words: t("contacts.remove"), danger: true, onChoose: () => askRemove(who) },
      {
        icon: "block",
        words: t("menu.block"),
        danger: true,
        onChoose: () => ask({ title: t("block.title", { name: who.nick }), text: t("block.text"), yes: t("menu.block"), danger: true, onYes: () => setBlocked(who, true) }),
      },
    ]);
  return (
    <div class="row-with-menu">
      <button
        type="button"
        class="row"
        onClick={() => openDirect(who.id)}
        onContextMenu={(event) => {
          event.preventDefault();
          menu({ x: event.clientX, y: event.clientY });
        }}
        data-testid="contact-row"
      >
        <PersonAvatar person={who} size={44} online={there} />
        <span class="row-words">
          <span class="row-name ellipsis">{nickOf(who)}</span>
          <span class="row-last ellipsis">{who.status || t(there ? "presence.online" : "presence.offline")}</span>
        </span>
      </button>
      <IconButton icon="more" size={20} label={t("contacts.menu", { name: who.nick })} onClick={(event) => menu(event.currentTarget as Element)} />
    </div>
  );
}

export function askRemove(who: Person): void {
  ask({ title: t("contacts.remove.title", { name: who.nick }), text: t("contacts.remove.text"), yes: t("contacts.remove"), danger: true, onYes: () => removeContact(who) });
}

function Asking({ who }: { who: Person }) {
  return (
    <div class="row is-still" data-testid="contact-request">
      <PersonAvatar person={who} size={44} />
      <span class="row-words">
        <span class="row-name ellipsis">
          {who.nick}
          {who.handle ? <span class="dim"> @{who.handle}</span> : null}
        </span>
        <span class="row-last">{t("contacts.wants")}</span>
      </span>
      <IconButton icon="close" label={t("contacts.decline", { name: who.nick })} onClick={() => attempt(answerContact(who, false))} />
      <IconButton icon="check" kind="primary" label={t("contacts.accept", { name: who.nick })} onClick={() => attempt(answerContact(who, true))} />
    </div>
  );
}

function Asked({ who }: { who: Person }) {
  return (
    <div class="row is-still" data-testid="contact-asked">
      <PersonAvatar person={who} size={44} />
      <span class="row-words">
        <span class="row-name ellipsis">{nickOf(who)}</span>
        <span class="row-last ellipsis">{t("contacts.asked")}</span>
      </span>
      <Button onClick={() => attempt(removeContact(who))}>{t("contacts.withdraw")}</Button>
    </div>
  );
}

function Invited({ of }: { of: Invitation }) {
  const { id, name } = of.conversation;
  return (
    <div class="row is-still" data-testid="invitation">
      <ConversationAvatar of={of.conversation} size={44} />
      <span class="row-words">
        <span class="row-name ellipsis">{name}</span>
        <span class="row-snippet">{t("contacts.invited", { name: of.by.nick })}</span>
      </span>
      <IconButton icon="close" label={t("contacts.decline", { name })} onClick={() => attempt(answerInvitation(id, false))} />
      <IconButton icon="check" kind="primary" label={t("contacts.accept", { name })} onClick={() => attempt(answerInvitation(id, true))} />
    </div>
  );
}
