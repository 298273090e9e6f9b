// What happened to a group, as a quiet line between the messages.
import { t } from "../i18n";
import type { Key } from "../i18n/en";
import { clock, full } from "../lib/time";
import type { Happening } from "../state/happenings";
import { me } from "../state/me";

export function Happened({ of }: { of: Happening }) {
  return (
    <div class="happened" role="note" tabIndex={-1} data-focus data-testid="happening">
      <span>{wordsOf(of)}</span> <time title={full(of.at)}>{clock(of.at)}</time>
    </div>
  );
}

/** Whoever did it oneself is addressed: languages have a form of the verb for that. */
function wordsOf({ what, by, whom, name }: Happening): string {
  const own = me.value?.id;
  const actor = what === "joined" || what === "left" || what === "leads" || what === "declined" ? whom : by;
  const key: Key = actor.id === own ? `happening.${what}.you` : `happening.${what}`;
  return t(key, { name: actor.nick, whom: whom.id === own ? t("happening.you") : whom.nick, group: name });
}
