// The logs that are in memory, and how their pages are fetched. Whoever draws a log reads its `version`.
import { type Signal, signal } from "@preact/signals";
import type { ConversationId, Message, Seq } from "../wire/types";
import { Log, type Run } from "./log";
import { request } from "./net";
import { atEpoch } from "./parting";

const PAGE = 60;
/** Conversations whose messages stay in memory; those looked at longest ago go first. */
const KEPT = 40;

const logs = new Map<ConversationId, Log>();
let watcher: (id: ConversationId) => void = () => undefined;
const versions = new Map<ConversationId, Signal<number>>();

export function logOf(id: ConversationId): Log | undefined {
  return logs.get(id);
}

/** Read in a component, it draws the component again whenever the log changes. */
export function versionOf(id: ConversationId): Signal<number> {
  let version = versions.get(id);
  if (version === undefined) versions.set(id, (version = signal(0)));
  return version;
}

export function changed(id: ConversationId): void {
  versionOf(id).value++;
  watcher(id);
}

/** Has `how` hear of each log that changes. */
export function watchLogs(how: (id: ConversationId) => void): void {
  watcher = how;
}

/** Who looks at which conversation, and at which message there; null at the end. */
let reader: { id: ConversationId; at: () => Seq | null } | null = null;

/** Has the messages around `at()` kept in memory, until what is given back is called. */
export function reading(id: ConversationId, at: () => Seq | null): () => void {
  const one = { id, at };
  reader = one;
  return () => {
    if (reader === one) reader = null;
    if (logs.get(id)?.trim(null)) changed(id);
  };
}

/** An entry came. Returns false where it was known already. */
export function advanceLog(id: ConversationId, seq: Seq, message: Message | null): boolean {
  const log = logs.get(id);
  if (log === undefined) return true;
  const news = log.advance(seq, message);
  log.trim(reader?.id === id ? reader.at() : null);
  changed(id);
  return news;
}

/** A log as an earlier visit left it: what came after `position` is asked for with the others. */
export function restoreLog(id: ConversationId, position: Seq, run: Run): void {
  if (logs.has(id)) return;
  const log = ensureLog(id, position);
  log.runs = [run];
  log.stale = true;
  changed(id);
}

/** The log, made where there is none; `position` is how far the server's summary says it goes. */
export function ensureLog(id: ConversationId, position: Seq): Log {
  let log = logs.get(id);
  if (log === undefined) log = new Log(position);
  // The order of the map is the order of use.
  logs.delete(id);
  logs.set(id, log);
  for (const old of logs.keys()) {
    if (logs.size <= KEPT) break;
    logs.delete(old);
  }
  return log;
}

export function forgetLog(id: ConversationId): void {
  logs.delete(id);
  changed(id);
}

export function forgetLogs(): void {
  const all = [...logs.keys()];
  logs.clear();
  for (const id of all) changed(id);
}
atEpoch(forgetLogs);

/** What `listen` names. */
export function positions(): Record<string, Seq> {
  return Object.fromEntries([...logs].filter(([, log]) => log.tail() !== undefined).map(([id, log]) => [String(id), log.position]));
}

/** Logs without a tail cannot be gone on with: after a reconnect they begin anew. */
export function settle(afresh: Iterable<ConversationId>, summaries: (id: ConversationId) => Seq | undefined): void {
  const gone = new Set(afresh);
  for (const [id, log] of logs) {
    const end = summaries(id);
    if (end === undefined || gone.has(id) || log.tail() === undefined) {
      logs.delete(id);
      changed(id);
    }
  }
}

const running = new Map<string, Promise<void>>();

function once(name: string, how: () => Promise<void>): Promise<void> {
  let one = running.get(name);
  if (one === undefined) running.set(name, (one = how().finally(() => running.delete(name))));
  return one;
}

/** Reads the end anew where it is known from an earlier visit alone. */
export async function freshen(id: ConversationId, log: Log): Promise<void> {
  if (log.stale && log.tail() !== undefined) await loadTail(id, log);
}

export function loadTail(id: ConversationId, log: Log): Promise<void> {
  return once(`${id} tail`, async () => {
    const page = await request("history", { conversation: id, limit: PAGE });
    if (logs.get(id) !== log) return;
    log.addTail({ ...page, last: true });
    changed(id);
  });
}

export function loadBefore(id: ConversationId, log: Log, run: Run): Promise<void> {
  const bound = run.from;
  return once(`${id} before ${bound}`, async () => {
    const page = await request("history", { conversation: id, before: bound, limit: PAGE });
    if (logs.get(id) !== log) return;
    log.addBefore(bound, page);
    changed(id);
  });
}

export function loadAfter(id: ConversationId, log: Log, run: Run): Promise<void> {
  const bound = run.to;
  return once(`${id} after ${bound}`, async () => {
    const page = await request("history", { conversation: id, after: bound, limit: PAGE });
    if (logs.get(id) !== log) return;
    log.addAfter(bound, page);
    changed(id);
  });
}

/** Makes sure that `seq` and its surroundings are there. */
export async function loadAround(id: ConversationId, log: Log, seq: Seq): Promise<void> {
  if (log.holding(seq) !== undefined) return;
  await once(`${id} around ${seq}`, async () => {
    const page = await request("history", { conversation: id, around: seq, limit: PAGE });
    if (logs.get(id) !== log) return;
    log.addAround(seq, page);
    changed(id);
  });
}

/** Changes a message that is in memory, and says so. */
export function amend(id: ConversationId, target: Seq, how: (message: Message) => Message): void {
  if (logs.get(id)?.change(target, how)) changed(id);
}

/** Has the answers to a message show what it says now. */
export function requote(id: ConversationId, target: Seq, text: string): void {
  if (logs.get(id)?.quote(target, text)) changed(id);
}
