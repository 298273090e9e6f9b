// The list of conversations, as the server summarises them, kept current by events.
import { computed, signal } from "@preact/signals";
import type { Conversation, ConversationId, Message, Seq } from "../wire/types";
import { forgetLog, logOf } from "./logs";
import { me } from "./me";
import { setMembers } from "./members";
import { connection, live, request } from "./net";
import { atEpoch } from "./parting";
import { learn } from "./people";

export const conversations = signal<ReadonlyMap<ConversationId, Conversation>>(new Map());
/** Whether the list was ever heard: an empty one and an unknown one look different. */
export const listKnown = signal(false);
/** Whether all of it was. */
export const listWhole = signal(false);

export const sorted = computed(() => [...conversations.value.values()].sort((a, b) => freshness(b) - freshness(a)));
export const unreadTotal = computed(() => [...conversations.value.values()].reduce((sum, one) => sum + one.unread, 0));

/** How far one has read here; told to the server, again after a broken connection. */
const wanted = new Map<ConversationId, Seq>();

/** When conversations without a message came to be known: a new one stands at the top. */
const born = new Map<ConversationId, number>();

function freshness(one: Conversation): number {
  return one.last?.at ?? born.get(one.id) ?? 0;
}

export function conversation(id: ConversationId): Conversation | undefined {
  return conversations.value.get(id);
}

export function replaceAll(list: Conversation[], whole = true): void {
  conversations.value = new Map(list.map((one) => [one.id, one]));
  learn(list.map((one) => one.other));
  listKnown.value = true;
  listWhole.value = whole;
  removed.clear();
}

export function put(one: Conversation): void {
  if (!conversations.peek().has(one.id) && one.last === null) born.set(one.id, Date.now());
  conversations.value = new Map(conversations.peek()).set(one.id, current(one));
  learn([one.other]);
}

/** What was taken off the list while it was not whole: an answer that is older does not bring it back. */
const removed = new Set<ConversationId>();

/** All of them, where the newest ones are here already. */
export function addAll(list: Conversation[]): void {
  const next = new Map(conversations.peek());
  for (const one of list) if (!removed.has(one.id)) next.set(one.id, current(one));
  conversations.value = next;
  removed.clear();
  learn(list.map((one) => one.other));
  listWhole.value = true;
}

/** An answer may be older than an event that overtook it. */
function current(one: Conversation): Conversation {
  const known = conversations.peek().get(one.id);
  return known && known.last_seq > one.last_seq ? { ...one, last_seq: known.last_seq, last: known.last, unread: known.unread, reached: known.reached } : one;
}

export function change(id: ConversationId, how: (one: Conversation) => Conversation): void {
  const known = conversations.peek().get(id);
  if (known === undefined) return;
  conversations.value = new Map(conversations.peek()).set(id, how(known));
}

export function remove(id: ConversationId): void {
  const next = new Map(conversations.peek());
  if (next.delete(id)) conversations.value = next;
  if (!listWhole.peek()) removed.add(id);
  forgetLog(id);
}

const fetching = new Map<ConversationId, Promise<void>>();

/** Asks for one conversation anew; many reasons at once ask once. */
export function refresh(id: ConversationId): Promise<void> {
  const running = fetching.get(id);
  if (running) return running;
  const asked = request("conversation", { conversation: id })
    .then((answer) => {
      put(answer.conversation);
      setMembers(id, answer.members);
    })
    .finally(() => fetching.delete(id));
  fetching.set(id, asked);
  return asked;
}

/** A new message, or the place of an act: the summary moves on. */
export function advance(id: ConversationId, seq: Seq, message: Message | null): void {
  const known = conversations.peek().get(id);
  if (known === undefined) {
    refresh(id).catch(() => undefined);
    return;
  }
  if (seq <= known.last_seq) return;
  const theirs = message !== null && message.sender.id !== me.peek()?.id;
  change(id, (one) => ({
    ...one,
    last_seq: seq,
    last: message ?? one.last,
    unread: theirs ? Math.min(100, one.unread + 1) : message ? 0 : one.unread,
    reached: message === null ? one.reached : theirs ? null : "sent",
  }));
}

/** An edit or a deletion of the message that the list shows. */
export function changeLast(id: ConversationId, target: Seq, how: (message: Message) => Message): void {
  change(id, (one) => (one.last?.seq === target ? { ...one, last: how(one.last) } : one));
}

/** One has seen everything up to `seq`. */
export function markRead(id: ConversationId, seq: Seq): void {
  const known = conversations.peek().get(id);
  if (known === undefined || (seq <= known.read && known.unread === 0) || seq <= (wanted.get(id) ?? 0)) return;
  wanted.set(id, seq);
  readTo(id, seq);
  if (live.peek()) tellRead(id, seq);
}

/** Marks of one's own: from here, or from another device. */
export function readTo(id: ConversationId, seq: Seq): void {
  change(id, (one) => {
    if (seq < one.read) return one;
    const left = seq >= (one.last?.seq ?? 0) ? 0 : (logOf(id)?.othersAfter(seq, me.peek()?.id ?? 0) ?? one.unread);
    return { ...one, read: seq, unread: Math.min(100, left) };
  });
}

/** After a reconnect: what was read while nobody could be told. */
export function tellReadAgain(): void {
  for (const [id, seq] of wanted) {
    const known = conversations.peek().get(id);
    if (known === undefined) wanted.delete(id);
    else if (seq > known.read) {
      readTo(id, seq);
      tellRead(id, seq);
    }
  }
}

atEpoch(() => {
  wanted.clear();
  born.clear();
  fetching.clear();
  conversations.value = new Map();
  listKnown.value = false;
  listWhole.value = false;
});

function tellRead(conversation: ConversationId, seq: Seq): void {
  if (connection.status.peek() === "up") request("read", { conversation, seq }).catch(() => undefined);
}
