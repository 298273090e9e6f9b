// What a message said before, and who has read it.
import { useEffect, useState } from "preact/hooks";
import { t } from "../../i18n";
import { full } from "../../lib/time";
import { me } from "../../state/me";
import { receipts } from "../../state/members";
import { nickOf } from "../../state/names";
import { request } from "../../state/net";
import { person } from "../../state/people";
import { words } from "../../state/toasts";
import type { AccountId, Message, Moment } from "../../wire/types";
import { PersonAvatar } from "../parts/Avatar";
import { RowSkeletons } from "../parts/Empty";
import { Dialog, Problem } from "./Dialog";

export function Versions({ of }: { of: Message }) {
  const [versions, setVersions] = useState<{ at: Moment; text: string }[] | null>(null);
  const [error, setError] = useState<string | null>(null);
  useEffect(() => {
    request("versions", { conversation: of.conversation, seq: of.seq }).then(
      (answer) => setVersions(answer.versions.toReversed()),
      (cause: unknown) => setError(words(cause)),
    );
  }, [of]);
  return (
    <Dialog title={t("message.versions")} kind="narrow">
      <Problem text={error} />
      {versions === null && error === null ? <RowSkeletons count={2} /> : null}
      <ol class="versions">
        {(versions ?? []).map((one, index) => (
          <li key={one.at}>
            <time>{index === 0 ? t("versions.now", { time: full(one.at) }) : full(one.at)}</time>
            <p>{one.text}</p>
          </li>
        ))}
      </ol>
    </Dialog>
  );
}

export function Receipts({ of }: { of: Message }) {
  const { read, delivered } = receipts(of.conversation, of.seq, me.value?.id ?? 0);
  return (
    <Dialog title={t("message.receipts")} kind="narrow">
      <p class="dialog-text">{t("receipts.sent", { time: full(of.at) })}</p>
      <People title={t("receipts.read")} ids={read} nobody={t("receipts.read.nobody")} />
      {delivered.length > 0 ? <People title={t("receipts.delivered")} ids={delivered} nobody="" /> : null}
    </Dialog>
  );
}

function People({ title, ids, nobody }: { title: string; ids: AccountId[]; nobody: string }) {
  return (
    <section>
      <h3 class="section-title">{title}</h3>
      {ids.length === 0 ? <p class="dim">{nobody}</p> : null}
      {ids.map((id) => {
        const one = person(id);
        return one ? (
          <div key={id} class="row row-small is-still">
            <PersonAvatar person={one} size={36} />
            <span class="row-name">{nickOf(one)}</span>
          </div>
        ) : null;
      })}
    </section>
  );
}
