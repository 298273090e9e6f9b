// What was known last, kept by the browser: a visit without a server shows it, and one with a server goes on from it. It is of one
// account, has no token in it, and is erased with everything else of the account. It is bounded, and whatever of it cannot be read or
// written is done without: the server has the truth.
import { batch, effect, signal } from "@preact/signals";
import { keep, recall } from "../lib/storage";
import type { AccountId, Contacts, Conversation, ConversationId, Invitation, Me, Seq } from "../wire/types";
import { conversations, replaceAll, sorted } from "./conversations";
import { epoch, restoreEpoch } from "./epoch";
import { type Happening, happenings, restoreHappenings } from "./happenings";
import type { Run } from "./log";
import { ensureLog, loadTail, logOf, restoreLog, watchLogs } from "./logs";
import { me } from "./me";
import { type Mark, marksOf, restoreMarks } from "./members";
import { live } from "./net";
import { outbox } from "./outbox";
import { contacts, invitations, setContacts, setInvitations } from "./people";
import { parts } from "./snapshotStorage";
import { ours, token } from "./token";

/** Another shape is another number: what an older page left is not read. */
const VERSION = 2;
const CONVERSATIONS = 200;
/** Conversations of which the last page is kept. */
const LOGS = 20;
const MESSAGES = 60;
/** Characters of JSON of one page: long messages leave room for fewer. */
const LONGEST = 256 * 1024;
/** Milliseconds from a change until it is written: soon, but where one change follows another not each by itself. */
const SOON = 200;
const OFTEN = 1_500;
/** Longer than this, nobody waits for the browser's database. */
const WITHIN = 1_500;
/** So many of the newest conversations are read ahead, after a moment in which there is other work. */
const AHEAD = 8;
const MOMENT = 2_500;

interface Whole {
  version: number;
  /** In which all of it was told. */
  epoch: string | null;
  me: Me;
  conversations: Conversation[];
  contacts: Contacts;
  invitations: Invitation[];
  happenings: [ConversationId, Happening[]][];
}

interface Page {
  epoch: string | null;
  position: Seq;
  run: Run;
  marks: [AccountId, Mark][];
}

/** What is on the screen is of an earlier visit, until the server has been heard. */
export const restored = signal(false);

const storage = parts();
const dirty = new Set<ConversationId>();
let later: ReturnType<typeof setTimeout> | undefined;
let written = -Infinity;
let ahead: ReturnType<typeof setTimeout> | undefined;

/** The token that is kept is this account's. */
export function belongsTo(account: AccountId): void {
  keep("account", account);
}

/**
 * Shows what was kept of the account whose token is here. Where the browser's database takes longer than one should wait, it is shown
 * when it comes, unless the server was heard by then.
 */
export async function restoreSnapshot(): Promise<void> {
  const account = recall<AccountId | null>("account", null);
  const secret = token.peek();
  if (secret === null || account === null) return;
  let late = false;
  const wait = new Promise<void>((resolve) => setTimeout(resolve, WITHIN)).then(() => {
    late = true;
  });
  const shown = storage.all().then(
    (kept) => {
      const heard = late && (me.peek() !== null || epoch() !== null);
      return heard || token.peek() !== secret ? undefined : show(account, kept);
    },
    () => undefined,
  );
  await Promise.race([shown, wait]);
}

async function show(account: AccountId, kept: ReadonlyMap<string, unknown>): Promise<void> {
  const whole = kept.get("whole") as Whole | undefined;
  if (whole?.version !== VERSION || whole.me.id !== account) return;
  restoreEpoch(whole.epoch);
  batch(() => {
    me.value = whole.me;
    replaceAll(whole.conversations);
    // Who is there is known when the server has said so.
    setContacts({ ...whole.contacts, contacts: whole.contacts.contacts.map((one) => ({ ...one, online: false })) });
    setInvitations(whole.invitations);
    restoreHappenings(whole.happenings);
    for (const one of whole.conversations) {
      const page = kept.get(nameOf(one.id)) as Page | undefined;
      // A page that was not written since the server was brought back from a backup is of before.
      if (page === undefined || page.epoch !== whole.epoch) continue;
      restoreLog(one.id, page.position, page.run);
      restoreMarks(one.id, page.marks);
    }
    restored.value = true;
  });
  dirty.clear();
  await outbox.load(account);
}

/** From here on, what changes is written. */
export function watchSnapshot(): void {
  watchLogs((id) => {
    dirty.add(id);
    soon();
  });
  effect(() => {
    void [me.value, conversations.value, contacts.value, invitations.value, happenings.value];
    soon();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden" && later !== undefined) void save();
  });
}

/** Nothing more is written or read ahead; what is kept stays. */
export function forgetSnapshot(): void {
  clearTimeout(later);
  clearTimeout(ahead);
  later = undefined;
  dirty.clear();
  restored.value = false;
}

export async function eraseSnapshot(): Promise<void> {
  forgetSnapshot();
  await storage.clear().catch(() => undefined);
}

/** Reads the last pages of the newest conversations, so that they are there when there is no server. */
export function prefetch(): void {
  restored.value = false;
  clearTimeout(ahead);
  ahead = setTimeout(() => void read(), MOMENT);
  const read = async () => {
    for (const { id, last, last_seq } of sorted.peek().slice(0, AHEAD)) {
      if (!live.peek()) return;
      if (last !== null && logOf(id) === undefined) await loadTail(id, ensureLog(id, last_seq)).catch(() => undefined);
    }
  };
}

function soon(): void {
  // What was never heard from the server in this visit is no newer than what is kept.
  if (!live.peek()) return;
  later ??= setTimeout(() => void save(), Math.max(SOON, written + OFTEN - performance.now()));
}

async function save(): Promise<void> {
  clearTimeout(later);
  later = undefined;
  written = performance.now();
  const own = me.peek();
  // Signed out here, or in another window.
  if (own === null || token.peek() === null || !ours()) return;
  const newest = sorted.peek().slice(0, CONVERSATIONS);
  const whole: Whole = {
    version: VERSION,
    epoch: epoch(),
    me: own,
    conversations: newest,
    contacts: contacts.peek(),
    invitations: invitations.peek(),
    happenings: newest.flatMap(({ id }) => {
      const some = happenings.peek().get(id);
      return some === undefined ? [] : [[id, [...some]] as [ConversationId, Happening[]]];
    }),
  };
  const paged = newest.slice(0, LOGS).map((one) => one.id);
  const changes = new Map<string, unknown>([["whole", whole]]);
  for (const id of paged) if (dirty.has(id)) changes.set(nameOf(id), pageOf(id));
  dirty.clear();
  await storage.write(changes, new Set(["whole", ...paged.map(nameOf)])).catch(() => undefined);
}

/** The end of a log, as much of it as is kept. Nothing where it is not known. */
function pageOf(id: ConversationId): Page | undefined {
  const log = logOf(id);
  const tail = log?.tail();
  if (log === undefined || tail === undefined) return undefined;
  let room = LONGEST;
  let first = tail.messages.length;
  while (first > 0 && tail.messages.length - first < MESSAGES) {
    room -= JSON.stringify(tail.messages[first - 1]).length;
    if (room < 0) break;
    first--;
  }
  const messages = tail.messages.slice(first);
  const from = first === 0 ? tail.from : messages[0]?.seq;
  return from === undefined ? undefined : { epoch: epoch(), position: log.position, run: { from, to: tail.to, messages }, marks: marksOf(id) };
}

function nameOf(id: ConversationId): string {
  return `log ${id}`;
}
