// A new group, and more people for an old one.
import { useState } from "preact/hooks";
import { t } from "../../i18n";
import { sought } from "../../lib/text";
import * as list from "../../state/conversations";
import { request } from "../../state/net";
import { friends, learn, online } from "../../state/people";
import { go } from "../../state/route";
import type { AccountId, Conversation, Person } from "../../wire/types";
import { inGroup } from "../actions";
import { PersonAvatar } from "../parts/Avatar";
import { Button } from "../parts/Button";
import { Field, NAME } from "../parts/Field";
import { Icon } from "../parts/Icon";
import { closeDialog, Dialog, Problem, useTask } from "./Dialog";

export function NewGroup() {
  const [name, setName] = useState("");
  const [chosen, setChosen] = useState<Person[]>([]);
  const { busy, error, run } = useTask();
  const make = () =>
    run(async () => {
      const { conversation } = await request("group.create", { name: name.trim(), members: chosen.map((one) => one.id) });
      list.put(conversation);
      closeDialog();
      go({ name: "conversation", id: conversation.id });
    });
  return (
    <Dialog
      title={t("group.new")}
      onSubmit={make}
      footer={
        <>
          <span class="dim">{t("group.chosen", { count: chosen.length })}</span>
          <Button kind="primary" type="submit" busy={busy} disabled={name.trim() === ""}>
            {t("group.create")}
          </Button>
        </>
      }
    >
      <Field label={t("group.name")} value={name} onInput={setName} autoFocus required maxLength={NAME} />
      <Problem text={error} />
      <Chooser chosen={chosen} setChosen={setChosen} without={[]} />
    </Dialog>
  );
}

export function AddMembers({ of, present }: { of: Conversation; present: AccountId[] }) {
  const [chosen, setChosen] = useState<Person[]>([]);
  const { busy, error, run } = useTask();
  const add = () =>
    run(async () => {
      for (const one of chosen) await inGroup(of.id, request("group.add", { conversation: of.id, who: one.id }));
    }, closeDialog);
  return (
    <Dialog
      title={t("group.add")}
      onSubmit={add}
      footer={
        <>
          <span class="dim">{t("group.chosen", { count: chosen.length })}</span>
          <Button kind="primary" type="submit" busy={busy} disabled={chosen.length === 0}>
            {t("group.add")}
          </Button>
        </>
      }
    >
      <Problem text={error} />
      <Chooser chosen={chosen} setChosen={setChosen} without={present} />
    </Dialog>
  );
}

/** Contacts to choose from; anybody else by handle, number or e-mail. */
function Chooser({ chosen, setChosen, without }: { chosen: Person[]; setChosen: (people: Person[]) => void; without: AccountId[] }) {
  const [who, setWho] = useState("");
  const { busy, error, setError, run } = useTask();
  const words = sought(who).toLocaleLowerCase();
  const others = chosen.filter((one) => !friends.value.some((friend) => friend.person.id === one.id));
  const all = [...others, ...friends.value.map((one) => one.person)].filter((one) => !without.includes(one.id));
  const shown = all.filter((one) => words === "" || one.nick.toLocaleLowerCase().includes(words) || one.handle?.toLocaleLowerCase().includes(words));
  const toggle = (one: Person) => setChosen(chosen.some((other) => other.id === one.id) ? chosen.filter((other) => other.id !== one.id) : [...chosen, one]);
  const find = () =>
    run(async () => {
      const { person } = await request("find", { who: sought(who) });
      learn([person]);
      if (!chosen.some((one) => one.id === person.id) && !without.includes(person.id)) setChosen([...chosen, person]);
      setWho("");
    });
  return (
    <>
      <div class="finder">
        <Icon name="search" size={20} />
        <input
          type="text"
          value={who}
          placeholder={t("find.placeholder")}
          aria-label={t("find.placeholder")}
          autoComplete="off"
          autoCapitalize="none"
          onInput={(event) => {
            setWho(event.currentTarget.value);
            setError(null);
          }}
          onKeyDown={(event) => {
            if (event.key !== "Enter" || words === "") return;
            event.preventDefault();
            find();
          }}
        />
        {words === "" ? null : (
          <Button busy={busy} onClick={find}>
            {t("find.add")}
          </Button>
        )}
      </div>
      <Problem text={error} />
      <div class="finder-list" role="group" aria-label={t("group.choose")}>
        {shown.map((one) => (
          <label key={one.id} class="row row-small">
            <PersonAvatar person={one} size={36} online={online.value.has(one.id)} />
            <span class="row-words">
              <span class="row-name ellipsis">{one.nick}</span>
              {one.handle ? <span class="dim ellipsis">@{one.handle}</span> : null}
            </span>
            <input type="checkbox" checked={chosen.some((other) => other.id === one.id)} onChange={() => toggle(one)} />
          </label>
        ))}
        {all.length === 0 ? <p class="hint">{t("group.nobody")}</p> : null}
      </div>
    </>
  );
}
