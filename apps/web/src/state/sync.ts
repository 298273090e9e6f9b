// What happens at each `hello`, and what each event changes: the one place where the wire meets the state.
import { batch } from "@preact/signals";
import { codeOf, Refused } from "../wire/fault";
import type { Event, LogEvent } from "../wire/events";
import type { Conversation, ConversationId, Me, Message, Snapshot } from "../wire/types";
import { t } from "../i18n";
import { deleted, edited, reacted } from "./acts";
import * as list from "./conversations";
import { alertAbout } from "./alerts";
import { drafts, hearDrafts, setDraft } from "./drafts";
import { epoch, meetEpoch } from "./epoch";
import { happened } from "./happenings";
import { advanceLog, amend, logOf, positions, requote, settle } from "./logs";
import { me } from "./me";
import { members, setMark } from "./members";
import { attach, connection, everLive, live, request, watchNetwork } from "./net";
import { common, outbox, setSignedIn } from "./outbox";
import { atParting, forgetNumbers } from "./parting";
import { glimpse, learn, online, refreshContacts, refreshInvitations, setContacts, setInvitations, setPresence } from "./people";
import { go, route } from "./route";
import { followToken, left, onEntered, phase } from "./session";
import { belongsTo, prefetch, restoreSnapshot, watchSnapshot } from "./snapshot";
import { complain, say } from "./toasts";
import { ours, token } from "./token";
import * as typing from "./typing";

export function startSync(): void {
  attach({ onHello: ({ epoch }) => void hello(epoch), onEvents: (events) => batch(() => events.forEach(hearOne)), onDown: () => down() });
  onEntered(listen);
  watchNetwork();
  watchSnapshot();
  addEventListener("storage", ({ key }) => {
    if (key === "koine.token" || key === null) followToken();
    else if (key === "koine.drafts") hearDrafts();
  });
  // What the last visit left is shown first, and gone on with.
  void restoreSnapshot().finally(() => connection.start());
}

/** Milliseconds without a connection after which nobody can be said to be there; most breaks are shorter. */
const UNKNOWN = 900;

function down(): void {
  live.value = false;
  setSignedIn(false);
  setTimeout(() => {
    if (!live.peek()) online.value = new Set();
  }, UNKNOWN);
}

/** What the server says to a token that is worth nothing any more: ended from another device, too old, of an account that is gone. */
const DEAD = new Set(["not_signed_in", "unknown_account", "disabled"]);
/** Milliseconds until it is tried again after something nobody thought of; twice as long after each. */
const ODD = 1_000;
let odd = 0;

async function hello(told: string): Promise<void> {
  if (meetEpoch(told)) renew();
  // A window that slept while another one signed out, or in as somebody else.
  if (!ours()) return followToken();
  const secret = token.peek();
  if (secret === null) return;
  try {
    const { me: who } = await resume(secret);
    if (token.peek() !== secret) return;
    me.value = who;
    await listen(who);
    if (token.peek() !== secret) return;
    phase.value = "signed-in";
    odd = 0;
  } catch (cause) {
    if (token.peek() !== secret) return;
    const code = codeOf(cause);
    if (code === "disconnected") return;
    // A token that is younger than the backup from which the server came back says nothing against whoever had it.
    if (cause instanceof DeadToken) return left("ended", before !== null);
    if (code === "busy" || code === "maintenance" || code === "failed") return connection.restart();
    // Whatever this is, it is no reason to throw away what waits to be sent.
    console.error(cause);
    setTimeout(() => token.peek() === secret && !live.peek() && connection.restart(), Math.min(60_000, ODD * 2 ** odd++));
  }
}

/** The conversations as they were known before the server was brought back from a backup, until it has told its own. */
let before: ReadonlyMap<ConversationId, Conversation> | null = null;

atParting(() => {
  before = null;
});

/** The same numbers stand for other things from now on. What waits to be sent stays; where it may go, the list will tell. */
function renew(): void {
  before ??= list.conversations.peek();
  batch(forgetNumbers);
}

/** Whether a number stands for the same conversation as before. */
function isSame(id: ConversationId): boolean {
  const [was, is] = [before?.get(id), list.conversation(id)];
  if (was === undefined || is === undefined || was.kind !== is.kind) return false;
  return was.kind === "direct" ? was.other?.id === is.other?.id && was.other?.handle === is.other?.handle : was.name === is.name;
}

/** What was begun for a conversation that may be another one by now waits for a word, and nobody is left in front of one. */
function leaveDoubtful(): void {
  for (const [id, text] of Object.entries(drafts.peek())) {
    if (isSame(Number(id))) continue;
    outbox.add({ ...common(Number(id)), epoch: BEFORE, kind: "send", text, reply: null, attachments: [] });
    setDraft(Number(id), "");
  }
  outbox.renew(isSame);
  const here = route.peek();
  if (here.name === "conversation" && !isSame(here.id)) go({ name: "chats" });
}
/** An epoch that is none of a server's. */
const BEFORE = "before";

class DeadToken extends Error {}

async function resume(secret: string): Promise<{ me: Me }> {
  try {
    return await request("resume", { token: secret });
  } catch (cause) {
    throw cause instanceof Refused && DEAD.has(cause.code) ? new DeadToken() : cause;
  }
}

/** So many conversations fill the list on any screen. Where nothing is shown yet, they come first. */
const SCREENFUL = 50;

/** What was begun goes out before `listen`: so its answers come before its events, and nothing is shown twice. */
async function listen(who: Me): Promise<void> {
  belongsTo(who.id);
  await outbox.load(who.id);
  setSignedIn(true);
  outbox.flush();
  const known = epoch();
  const newest = list.listKnown.peek() || before !== null ? null : SCREENFUL;
  const snapshot = await request("listen", { have: positions(), ...(known === null ? {} : { epoch: known }), ...(newest === null ? {} : { newest }) });
  batch(() => take(snapshot));
  outbox.flush();
  if (snapshot.others) void complete();
}

/** The conversations for which there was no room on the first screen. */
async function complete(): Promise<void> {
  const secret = token.peek();
  try {
    const { conversations } = await request("conversations", {});
    if (token.peek() !== secret) return;
    batch(() => {
      list.addAll(conversations);
      catchUp(conversations);
    });
  } catch (cause) {
    // A connection that begins anew asks for all of them at once.
    if (codeOf(cause) !== "disconnected") connection.restart();
  }
}

/** What went out before `listen` has no event to come where no log was named: it is in what `history` will tell. */
function catchUp(conversations: Conversation[]): void {
  for (const one of conversations) outbox.heard(one.id, logOf(one.id)?.position ?? one.last_seq);
}

function take(snapshot: Snapshot): void {
  if (snapshot.me) me.value = snapshot.me;
  learn([me.value]);
  list.replaceAll(snapshot.conversations, !snapshot.others);
  setContacts(snapshot);
  setInvitations(snapshot.invitations);
  online.value = new Set(snapshot.contacts.filter((one) => one.online).map((one) => one.person.id));
  settle(snapshot.afresh ?? [], (id) => list.conversation(id)?.last_seq);
  outbox.renew(isSame);
  if (before !== null) leaveDoubtful();
  before = null;
  catchUp(snapshot.conversations);
  live.value = true;
  everLive.value = true;
  prefetch();
  list.tellReadAgain();
  const here = route.peek();
  // Members and their marks of the others come when they are looked at.
  members.value = new Map();
  if (here.name === "conversation" && list.conversation(here.id)) list.refresh(here.id).catch(() => undefined);
}

/** What one event runs into keeps nobody from the next. */
function hearOne(event: Event): void {
  try {
    hear(event);
  } catch (cause) {
    reportError(cause);
  }
}

function hear(event: Event): void {
  switch (event.event) {
    case "message":
    case "edited":
    case "deleted":
    case "reacted":
      return entry(event);
    case "marks":
      if (event.who === me.peek()?.id) list.readTo(event.conversation, event.read);
      return setMark(event.conversation, event.who, event.read, event.delivered);
    case "typing":
      if (event.who !== me.peek()?.id) typing.heard(event.conversation, event.who);
      return;
    case "contacts":
      return void refreshContacts().catch(quiet);
    case "presence":
      return setPresence(event.who, event.online, event.status);
    case "appeared":
      return void list.refresh(event.conversation.id).catch(() => undefined);
    case "group":
      return group(event);
    case "contact":
      return contact(event);
    case "conversation":
      return setting(event);
    case "bye":
      if (event.why === "ended" || event.why === "deleted") void left(event.why);
      else if (event.why === "late" && token.peek() === null) connection.rest();
      return;
  }
}

/** An entry of a log. The list and the log each know what they have seen, so an entry that comes again changes nothing. */
function entry(event: LogEvent): void {
  const message = event.event === "message" ? event.message : null;
  const id = message?.conversation ?? (event as { conversation: number }).conversation;
  const seq = message?.seq ?? (event as { seq: number }).seq;
  const fresh = seq > (list.conversation(id)?.last_seq ?? 0);
  list.advance(id, seq, message);
  if (message !== null) arrived(message, fresh);
  const news = advanceLog(id, seq, message);
  if (news && event.event !== "message") act(event);
  outbox.heard(id, seq);
}

function arrived(message: Message, fresh: boolean): void {
  glimpse(message.sender);
  typing.ended(message.conversation, message.sender.id);
  // Whoever writes has read what is above; the server says so by marks, too.
  if (fresh && message.sender.id !== me.peek()?.id) alertAbout(message);
}

function act(event: Exclude<LogEvent, { event: "message" }>): void {
  const how = (message: Message): Message => {
    if (event.event === "edited") return edited(message, event.text, event.at);
    if (event.event === "deleted") return deleted(message);
    return reacted(message, event.by.id, event.emoji, event.on);
  };
  amend(event.conversation, event.target, how);
  if (event.event === "edited") requote(event.conversation, event.target, event.text);
  else if (event.event === "deleted") requote(event.conversation, event.target, "");
  list.changeLast(event.conversation, event.target, how);
}

function group(event: Extract<Event, { event: "group" }>): void {
  const own = event.whom.id === me.peek()?.id;
  const name = event.name;
  if (event.happening === "invited" && own) {
    void refreshInvitations().catch(() => undefined);
    say(t("group.toast.invited", { name }));
  } else if (event.happening === "dissolved" || (own && (event.happening === "left" || event.happening === "expelled"))) {
    const here = route.peek();
    if (here.name === "conversation" && here.id === event.conversation) go({ name: "chats" });
    list.remove(event.conversation);
    if (event.happening === "dissolved" && event.by.id !== me.peek()?.id) say(t("group.toast.dissolved", { name }));
    if (event.happening === "expelled") say(t("group.toast.expelled", { name }));
  } else {
    happened(event);
    list.refresh(event.conversation).catch(() => undefined);
  }
}

function contact(event: Extract<Event, { event: "contact" }>): void {
  const name = event.by.nick;
  refreshContacts()
    .then(() => {
      if (event.happening === "requested") say(t("contact.toast.requested", { name }));
      if (event.happening === "accepted") say(t("contact.toast.accepted", { name }));
    })
    .catch(quiet);
}

function quiet(cause: unknown): void {
  if (codeOf(cause) !== "disconnected") complain(cause);
}

function setting(event: Extract<Event, { event: "conversation" }>): void {
  if (event.cleared) list.remove(event.conversation);
  else list.change(event.conversation, (one) => ({ ...one, words: event.words }));
}

