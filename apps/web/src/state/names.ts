// What a conversation is called: a group by its name, a direct one by the other; and what a person is called.
import { t } from "../i18n";
import type { Brief, Conversation } from "../wire/types";

/** What the server calls everybody whose account is gone, in English. */
const GONE = "deleted account";

export function nickOf(who: { nick: string }): string {
  return who.nick === GONE ? t("person.gone") : who.nick;
}

export function nameOf(of: Brief | Conversation): string {
  return of.name || ("other" in of && of.other ? nickOf(of.other) : "");
}
