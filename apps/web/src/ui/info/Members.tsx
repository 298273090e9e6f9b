// The members of a group, and what its leader can do about them.
import { t } from "../../i18n";
import { me } from "../../state/me";
import { members } from "../../state/members";
import { nickOf } from "../../state/names";
import { request } from "../../state/net";
import { online } from "../../state/people";
import type { Conversation, Member } from "../../wire/types";
import { attempt, inGroup, openDirect } from "../actions";
import { ask } from "../dialogs/Dialog";
import { PersonAvatar } from "../parts/Avatar";
import { IconButton } from "../parts/Button";
import { RowSkeletons } from "../parts/Empty";
import { type Choice, openMenu } from "../parts/Menu";

export function Members({ of }: { of: Conversation }) {
  const list = members.value.get(of.id);
  return (
    <section>
      <h3 class="section-title">{t("group.members", { count: of.members })}</h3>
      {list === undefined ? <RowSkeletons count={3} /> : null}
      {(list ?? [])
        .toSorted((a, b) => Number(b.leader) - Number(a.leader) || a.person.nick.localeCompare(b.person.nick))
        .map((one) => (
          <Row key={one.person.id} of={of} member={one} />
        ))}
    </section>
  );
}

export function leads(of: Conversation): boolean {
  const own = me.value?.id;
  if (own === undefined) return false;
  return of.leader === own || (members.value.get(of.id) ?? []).some((one) => one.person.id === own && one.leader);
}

function Row({ of, member }: { of: Conversation; member: Member }) {
  const who = member.person;
  const self = who.id === me.value?.id;
  const menu = (at: Element) => {
    const choices: Choice[] = [{ icon: "chats", words: t("person.write"), onChoose: () => openDirect(who.id) }];
    if (leads(of)) {
      choices.push(
        { icon: "leader", words: t("group.promote"), onChoose: () => askPromote(of, member) },
        { icon: "trash", words: t("group.remove"), danger: true, onChoose: () => askRemove(of, member) },
      );
    }
    openMenu(at, t("menu.label"), choices);
  };
  return (
    <div class="row row-small is-still">
      <PersonAvatar person={who} size={36} online={online.value.has(who.id)} />
      <span class="row-words">
        <span class="row-name ellipsis">
          {nickOf(who)}
          {self ? <span class="dim"> · {t("chats.you")}</span> : null}
        </span>
        {member.leader ? <span class="row-last">{t("group.leader")}</span> : null}
      </span>
      {self ? null : <IconButton icon="more" size={20} label={t("contacts.menu", { name: who.nick })} onClick={(event) => menu(event.currentTarget as Element)} />}
    </div>
  );
}

function askPromote(of: Conversation, { person }: Member): void {
  ask({
    title: t("group.promote.title", { name: person.nick }),
    text: t("group.promote.text"),
    yes: t("group.promote"),
    onYes: () => attempt(inGroup(of.id, request("group.promote", { conversation: of.id, who: person.id }))),
  });
}

function askRemove(of: Conversation, { person }: Member): void {
  ask({
    title: t("group.remove.title", { name: person.nick }),
    text: t("group.remove.text"),
    yes: t("group.remove"),
    danger: true,
    onYes: () => attempt(inGroup(of.id, request("group.remove", { conversation: of.id, who: person.id }))),
  });
}
