// What happened to groups while one was there: who came and went, other names, pictures and leaders. The log does not have it, so
// what is here is what was heard on this device, each at the place in the log where it was heard; what happened meanwhile is not.
import { signal } from "@preact/signals";
import type { Event } from "../wire/events";
import type { AccountId, ConversationId, Moment, Seq } from "../wire/types";
import { conversation } from "./conversations";
import { logOf } from "./logs";
import { skew } from "./net";
import { atEpoch } from "./parting";

export interface Happening {
  what: "joined" | "added" | "invited" | "declined" | "left" | "removed" | "leads" | "renamed" | "picture";
  /** It stands behind this entry of the log. */
  after: Seq;
  at: Moment;
  by: { id: AccountId; nick: string };
  whom: { id: AccountId; nick: string };
  /** The name of the group as it was then. */
  name: string;
}

/** The most that are kept of one group. */
const MOST = 40;

export const happenings = signal<ReadonlyMap<ConversationId, readonly Happening[]>>(new Map());

export function happeningsIn(id: ConversationId): readonly Happening[] {
  return happenings.value.get(id) ?? NONE;
}
const NONE: readonly Happening[] = [];

export function happened(event: Extract<Event, { event: "group" }>): void {
  const what = kindOf(event);
  if (what === null) return;
  const id = event.conversation;
  const { by, whom, name } = event;
  const after = logOf(id)?.position ?? conversation(id)?.last_seq ?? 0;
  const one: Happening = { what, after, at: Date.now() + skew.peek(), by: { id: by.id, nick: by.nick }, whom: { id: whom.id, nick: whom.nick }, name };
  const known = happenings.peek().get(id) ?? NONE;
  happenings.value = new Map(happenings.peek()).set(id, [...known.slice(1 - MOST), one]);
}

export function restoreHappenings(kept: [ConversationId, Happening[]][]): void {
  happenings.value = new Map(kept);
}

atEpoch(() => {
  happenings.value = new Map();
});

function kindOf(event: Extract<Event, { event: "group" }>): Happening["what"] | null {
  switch (event.happening) {
    case "joined":
      return event.by.id === event.whom.id ? "joined" : "added";
    case "expelled":
      return "removed";
    // There is nobody left to whom it could be shown.
    case "dissolved":
      return null;
    default:
      return event.happening;
  }
}
