// What there is to know of a conversation, and what can be changed about it.
import { t } from "../../i18n";
import { change } from "../../state/conversations";
import { me } from "../../state/me";
import { members } from "../../state/members";
import { nameOf } from "../../state/names";
import { request } from "../../state/net";
import { online, person, tieWith } from "../../state/people";
import { go } from "../../state/route";
import { say } from "../../state/toasts";
import type { Conversation, Person } from "../../wire/types";
import { answerContact, attempt, copyText, dissolveGroup, inGroup, removeContact, requestContact, setBlocked } from "../actions";
import { askRemove } from "../ContactsTab";
import { askBlock, askClear, askLeave } from "../conversationMenu";
import { ask, openDialog } from "../dialogs/Dialog";
import { AddMembers } from "../dialogs/NewGroup";
import { RenameGroup } from "../dialogs/RenameGroup";
import { ConversationAvatar } from "../parts/Avatar";
import { Button, IconButton } from "../parts/Button";
import { Switch } from "../parts/Field";
import { Icon, type IconName } from "../parts/Icon";
import { focusSearch } from "../search";
import { PictureButton } from "../PictureButton";
import { leads, Members } from "./Members";

export function Info({ of }: { of: Conversation }) {
  const name = nameOf(of);
  const leader = of.kind === "group" && leads(of);
  const there = of.other !== null && online.value.has(of.other.id);
  return (
    <aside class="info" aria-label={t("menu.info")}>
      <header class="pane-head">
        <IconButton icon="close" label={t("action.close")} onClick={() => go({ name: "conversation", id: of.id })} />
        <h1>{t("menu.info")}</h1>
      </header>
      <div class="info-body">
        <div class="info-top">
          {leader ? (
            <PictureButton label={t("group.picture")} has={of.avatar !== null} set={(upload) => inGroup(of.id, request("group.picture", { conversation: of.id, upload }))}>
              <ConversationAvatar of={of} size={96} />
            </PictureButton>
          ) : (
            <ConversationAvatar of={of} size={96} online={there} />
          )}
          <h2>
            {name}
            {leader ? <IconButton icon="edit" size={18} label={t("group.rename")} onClick={() => openDialog(<RenameGroup of={of} />)} /> : null}
          </h2>
          <p class="dim">{of.kind === "group" ? t("group.members", { count: of.members }) : t(there ? "presence.online" : "presence.offline")}</p>
        </div>
        {of.other ? <Request who={of.other} /> : null}
        {of.other ? <About who={person(of.other.id) ?? of.other} /> : null}
        <div class="actions">
          <Action icon="search" words={t("menu.search")} onClick={() => focusSearch(of.id)} />
          {of.kind === "group" ? <Action icon="addPerson" words={t("group.add")} onClick={() => openDialog(<AddMembers of={of} present={(members.value.get(of.id) ?? []).map((one) => one.person.id)} />)} /> : null}
          <Switch label={t("words.label")} hint={t("words.hint")} on={of.words} onChange={(on) => attempt(setWords(of, on))} />
        </div>
        {of.kind === "group" ? <Members of={of} /> : null}
        <div class="actions">
          <Action icon="clear" words={t("menu.clear")} onClick={() => askClear(of)} />
          {of.other ? <PersonActions of={of} who={of.other} /> : null}
          {of.kind === "group" ? <Action icon="leave" danger words={t("menu.leave")} onClick={() => askLeave(of)} /> : null}
          {leader ? <Action icon="trash" danger words={t("group.dissolve")} onClick={() => ask({ title: t("group.dissolve.title", { name }), text: t("group.dissolve.text"), yes: t("group.dissolve"), danger: true, onYes: () => dissolveGroup(of) })} /> : null}
        </div>
      </div>
    </aside>
  );
}

function About({ who }: { who: Person }) {
  const lines: [IconName, string, string][] = [["info", t("profile.number"), String(who.id)]];
  if (who.handle) lines.unshift(["at", t("profile.handle"), `@${who.handle}`]);
  if (who.status) lines.unshift(["words", t("profile.status"), who.status]);
  return (
    <dl class="facts">
      {lines.map(([icon, label, value]) => (
        <div key={label}>
          <dt>
            <Icon name={icon} size={20} />
            {label}
          </dt>
          <dd>
            {value}
            <IconButton icon="copy" size={18} label={t("action.copy", { what: label })} onClick={() => attempt(copyText(value.replace(/^@/, "")))} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

function PersonActions({ of, who }: { of: Conversation; who: Person }) {
  if (who.id === me.value?.id || who.deleted) return null;
  const tie = tieWith(who.id);
  return (
    <>
      {tie === "contact" ? <Action icon="trash" words={t("contacts.remove")} onClick={() => askRemove(who)} /> : null}
      {tie === null ? <Action icon="addPerson" words={t("contacts.add")} onClick={() => attempt(requestContact(who.id))} /> : null}
      {tie === "blocked" ? <Action icon="block" words={t("menu.unblock")} onClick={() => attempt(setBlocked(who, false))} /> : <Action icon="block" danger words={t("menu.block")} onClick={() => askBlock(of)} />}
    </>
  );
}

/** A request between the two that nobody has answered, and what can be done about it. */
function Request({ who }: { who: Person }) {
  const tie = tieWith(who.id);
  if (tie === "asked") {
    return (
      <div class="request" data-testid="request">
        <span>{t("contacts.asked")}</span>
        <Button onClick={() => attempt(removeContact(who))}>{t("contacts.withdraw")}</Button>
      </div>
    );
  }
  if (tie !== "asks") return null;
  return (
    <div class="request" data-testid="request">
      <span>{t("contacts.wants")}</span>
      <Button onClick={() => attempt(answerContact(who, false))}>{t("contacts.no")}</Button>
      <Button kind="primary" onClick={() => attempt(answerContact(who, true))}>
        {t("contacts.yes")}
      </Button>
    </div>
  );
}

export function Action({ icon, words, onClick, danger = false }: { icon: IconName; words: string; onClick: () => void; danger?: boolean }) {
  return (
    <button type="button" class={`action${danger ? " is-danger" : ""}`} onClick={onClick}>
      <Icon name={icon} size={20} />
      <span>{words}</span>
    </button>
  );
}

async function setWords(of: Conversation, on: boolean): Promise<void> {
  change(of.id, (one) => ({ ...one, words: on }));
  try {
    await request("words", { conversation: of.id, on });
    say(t("action.saved"));
  } catch (cause) {
    change(of.id, (one) => ({ ...one, words: !on }));
    throw cause;
  }
}

