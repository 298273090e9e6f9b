// Who is in a conversation, and how far each of them has read. Marks of people whose card is not known yet are kept, too.
import { signal } from "@preact/signals";
import type { AccountId, Conversation, ConversationId, Member, Reached, Seq } from "../wire/types";
import { atEpoch } from "./parting";
import { learn, online, setPresence } from "./people";

export interface Mark {
  read: Seq;
  delivered: Seq;
}

export const members = signal<ReadonlyMap<ConversationId, Member[]>>(new Map());
const marks = signal<ReadonlyMap<ConversationId, ReadonlyMap<AccountId, Mark>>>(new Map());

export function setMembers(conversation: ConversationId, list: Member[]): void {
  members.value = new Map(members.peek()).set(conversation, list);
  learn(list.map((one) => one.person));
  for (const one of list) if (one.online !== online.peek().has(one.person.id)) setPresence(one.person.id, one.online, undefined);
  marks.value = new Map(marks.peek()).set(conversation, new Map(list.map((one) => [one.person.id, { read: one.read, delivered: one.delivered }])));
}

export function setMark(conversation: ConversationId, who: AccountId, read: Seq, delivered: Seq): void {
  const known = new Map(marks.peek().get(conversation));
  const before = known.get(who);
  known.set(who, { read: Math.max(read, before?.read ?? 0), delivered: Math.max(delivered, before?.delivered ?? 0) });
  marks.value = new Map(marks.peek()).set(conversation, known);
}

/** How far a message of one's own has come: the best of what the others' marks say. */
export function reached(conversation: ConversationId, seq: Seq, me: AccountId): Reached {
  let best: Reached = "sent";
  for (const [who, mark] of marks.value.get(conversation) ?? []) {
    if (who === me) continue;
    if (mark.read >= seq) return "read";
    if (mark.delivered >= seq) best = "delivered";
  }
  return best;
}

/** The same for the last message of a conversation: what the server said with the list, or what came since. */
export function reachedLast(of: Conversation, me: AccountId): Reached {
  const heard = of.last === null ? "sent" : reached(of.id, of.last.seq, me);
  if (heard === "read" || of.reached === "read") return "read";
  return heard === "delivered" || of.reached === "delivered" ? "delivered" : "sent";
}

/** Who has read `seq`, and to whom it was delivered. */
export function receipts(conversation: ConversationId, seq: Seq, me: AccountId): { read: AccountId[]; delivered: AccountId[] } {
  const all = [...(marks.value.get(conversation) ?? [])].filter(([who]) => who !== me);
  return {
    read: all.filter(([, mark]) => mark.read >= seq).map(([who]) => who),
    delivered: all.filter(([, mark]) => mark.read < seq && mark.delivered >= seq).map(([who]) => who),
  };
}

/** The marks of a conversation as pairs, to be kept and taken up again. */
export function marksOf(conversation: ConversationId): [AccountId, Mark][] {
  return [...(marks.peek().get(conversation) ?? [])];
}

export function restoreMarks(conversation: ConversationId, kept: [AccountId, Mark][]): void {
  for (const [who, mark] of kept) setMark(conversation, who, mark.read, mark.delivered);
}

export function forgetMembers(): void {
  members.value = new Map();
  marks.value = new Map();
}
atEpoch(forgetMembers);
