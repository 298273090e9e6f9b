// What a conversation is called: a group by its name, a direct one by the other.
import type { Brief, Conversation } from "../wire/types";

export function nameOf(of: Brief | Conversation): string {
  return of.name || ("other" in of ? (of.other?.nick ?? "") : "");
}
