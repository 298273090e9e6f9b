// Who is writing just now. The server says it once; it lasts for six seconds.
import { signal } from "@preact/signals";
import type { AccountId, ConversationId } from "../wire/types";
import { live, request } from "./net";
import { atParting } from "./parting";

const LASTS = 6_000;
/** Often enough that it does not lapse while one goes on writing. */
const TELL_EVERY = 4_000;

export const typing = signal<ReadonlyMap<ConversationId, ReadonlyMap<AccountId, number>>>(new Map());
const told = new Map<ConversationId, number>();

export function typingIn(conversation: ConversationId): AccountId[] {
  return [...(typing.value.get(conversation)?.keys() ?? [])];
}

export function heard(conversation: ConversationId, who: AccountId): void {
  const until = Date.now() + LASTS;
  change(conversation, (people) => people.set(who, until));
  setTimeout(() => {
    if ((typing.peek().get(conversation)?.get(who) ?? Infinity) <= Date.now()) ended(conversation, who);
  }, LASTS + 50);
}

export function ended(conversation: ConversationId, who: AccountId): void {
  if (typing.peek().get(conversation)?.has(who)) change(conversation, (people) => people.delete(who));
}

export function tell(conversation: ConversationId): void {
  const now = Date.now();
  if (!live.peek() || now - (told.get(conversation) ?? 0) < TELL_EVERY) return;
  told.set(conversation, now);
  request("typing", { conversation }).catch(() => undefined);
}

/** What was sent is not being written any more: the next key press tells anew. */
export function done(conversation: ConversationId): void {
  told.delete(conversation);
}

atParting(() => {
  typing.value = new Map();
  told.clear();
});

function change(conversation: ConversationId, how: (people: Map<AccountId, number>) => void): void {
  const people = new Map(typing.peek().get(conversation));
  how(people);
  const next = new Map(typing.peek());
  if (people.size > 0) next.set(conversation, people);
  else next.delete(conversation);
  typing.value = next;
}
