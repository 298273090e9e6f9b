// Everybody one has heard of, who is there, and who is a contact.
import { computed, signal } from "@preact/signals";
import type { AccountId, Contacts, Face, Invitation, Person } from "../wire/types";
import { request } from "./net";
import { atParting } from "./parting";

/** What is known before anything was heard. */
export const NOBODY: Contacts = { contacts: [], requests: [], asked: [], blocked: [] };

export const contacts = signal<Contacts>(NOBODY);
export const invitations = signal<Invitation[]>([]);
export const online = signal<ReadonlySet<AccountId>>(new Set());
const known = signal<ReadonlyMap<AccountId, Person>>(new Map());

/** How many wait for one's word: requests and invitations. */
export const pending = computed(() => contacts.value.requests.length + invitations.value.length);
export const friends = computed(() => contacts.value.contacts.filter((contact) => !contact.person.deleted));

export function person(id: AccountId): Person | undefined {
  return known.value.get(id);
}

/** Whether there is nobody at all on one's lists. */
export function knowsNobody(): boolean {
  const { contacts: have, requests, asked, blocked } = contacts.value;
  return have.length + requests.length + asked.length + blocked.length + invitations.value.length === 0;
}

export function isBlocked(id: AccountId): boolean {
  return contacts.value.blocked.some((one) => one.id === id);
}

export function isContact(id: AccountId): boolean {
  return contacts.value.contacts.some((one) => one.person.id === id);
}

/** What the two are to each other, as far as it is on one's lists. */
export type Tie = "contact" | "asked" | "asks" | "blocked" | null;

export function tieWith(id: AccountId): Tie {
  const { asked, requests } = contacts.value;
  const named = (people: Person[]) => people.some((one) => one.id === id);
  if (isBlocked(id)) return "blocked";
  if (named(requests)) return "asks";
  // Some dialects have somebody at once and ask at the same time: until the answer, that is a request.
  if (named(asked) && !contacts.value.contacts.some((one) => one.person.id === id && one.mutual)) return "asked";
  return isContact(id) ? "contact" : null;
}

atParting(() => {
  contacts.value = NOBODY;
  invitations.value = [];
  online.value = new Set();
  known.value = new Map();
});

export function learn(people: Iterable<Person | null | undefined>): void {
  const next = new Map(known.peek());
  for (const one of people) if (one) next.set(one.id, one);
  known.value = next;
}

/** A sender's card is smaller than a person's: it adds where nothing is known. */
export function glimpse(sender: Face): void {
  if (known.peek().has(sender.id)) return;
  learn([{ ...sender, status: "", avatar: null, deleted: false }]);
}

export function setContacts(next: Contacts): void {
  contacts.value = { contacts: next.contacts ?? [], requests: next.requests ?? [], asked: next.asked ?? [], blocked: next.blocked ?? [] };
  learn([...contacts.value.contacts.map((one) => one.person), ...contacts.value.requests, ...contacts.value.asked, ...contacts.value.blocked]);
  // Nobody says of a new contact that they are there: they have been all the time.
  for (const one of contacts.value.contacts) setPresence(one.person.id, one.online, undefined);
}

export function setPresence(who: AccountId, there: boolean, status: string | undefined): void {
  if (online.peek().has(who) !== there) {
    const next = new Set(online.peek());
    if (there) next.add(who);
    else next.delete(who);
    online.value = next;
  }
  const one = known.peek().get(who);
  if (one && status !== undefined && one.status !== status) learn([{ ...one, status }]);
}

export async function refreshContacts(): Promise<void> {
  setContacts(await request("contacts", {}));
}

export async function refreshInvitations(): Promise<void> {
  const answer = await request("invitations", {});
  setInvitations(answer.invitations);
}

export function setInvitations(next: Invitation[] | undefined): void {
  invitations.value = next ?? [];
  for (const one of invitations.value) glimpse(one.by);
}
