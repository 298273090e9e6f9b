// What several screens do in the same way: each asks the server, and says in words what went wrong.
import { t } from "../i18n";
import { codeOf } from "../wire/fault";
import * as list from "../state/conversations";
import { request } from "../state/net";
import { contacts, learn, refreshContacts, refreshInvitations, setContacts } from "../state/people";
import { go, route } from "../state/route";
import { complain, say } from "../state/toasts";
import type { Who } from "../wire/requests";
import type { Conversation, ConversationId, Person } from "../wire/types";

/** Runs a task whose failure is told at the edge of the screen. */
export function attempt(task: Promise<unknown>): void {
  task.catch(complain);
}

export async function openDirectNow(who: Who): Promise<void> {
  const { conversation } = await request("open", { with: who });
  list.put(conversation);
  go({ name: "conversation", id: conversation.id });
}

export function openDirect(who: Who): void {
  const known = typeof who === "number" ? list.sorted.peek().find((one) => one.other?.id === who) : undefined;
  if (known) go({ name: "conversation", id: known.id });
  else attempt(openDirectNow(who));
}

export async function requestContact(who: Who): Promise<void> {
  const { person } = await request("contact.request", { who });
  learn([person]);
  await refreshContacts();
  say(t("contact.toast.asked", { name: person.nick }));
}

export async function answerContact(who: Person, accept: boolean): Promise<void> {
  setContacts({ ...contacts.peek(), requests: contacts.peek().requests.filter((one) => one.id !== who.id) });
  try {
    await request("contact.answer", { who: who.id, accept });
  } finally {
    await refreshContacts();
  }
}

export async function removeContact(who: Person): Promise<void> {
  await request("contact.remove", { who: who.id });
  await refreshContacts();
}

export async function setBlocked(who: Person, on: boolean): Promise<void> {
  await request(on ? "block" : "unblock", { who: who.id });
  await refreshContacts();
  say(t(on ? "contact.toast.blocked" : "contact.toast.unblocked", { name: who.nick }));
}

export async function answerInvitation(id: ConversationId, accept: boolean): Promise<void> {
  const { conversation } = await request("invitation.answer", { conversation: id, accept });
  if (accept && conversation) {
    list.put(conversation);
    go({ name: "conversation", id });
  }
  await refreshInvitations();
}

export async function clearConversation(of: Conversation): Promise<void> {
  await request("clear", { conversation: of.id });
  gone(of.id);
}

export async function leaveGroup(of: Conversation): Promise<void> {
  await request("group.leave", { conversation: of.id });
  gone(of.id);
}

export async function dissolveGroup(of: Conversation): Promise<void> {
  await request("group.dissolve", { conversation: of.id });
  gone(of.id);
}

/** What changes a group's members answers with the group; its members are asked for anew. */
export async function inGroup(id: ConversationId, task: Promise<{ conversation: Conversation }>): Promise<void> {
  const { conversation } = await task;
  list.put(conversation);
  await list.refresh(id);
}

export async function copyText(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    say(t("message.toast.copied"));
  } catch (cause) {
    if (codeOf(cause) === "unexpected") say(t("error.clipboard"), "error");
  }
}

function gone(id: ConversationId): void {
  const here = route.peek();
  if (here.name === "conversation" && here.id === id) go({ name: "chats" });
  list.remove(id);
}
