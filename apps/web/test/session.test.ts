// The account of the page: who has left leaves nothing, and one window spoils nothing of another one's account.
import "fake-indexeddb/auto";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Item } from "../src/outbox/item";
import type { Conversation, Me, Person } from "../src/wire/types";
import { emptied, localStorageOf } from "./browser";
import { message } from "./samples";

const local = new Map<string, string>();
const listeners = new Map<string, (event: unknown) => void>();
const sockets: Fake[] = [];

/** A server that says hello and answers as `answers` has it. */
class Fake {
  onopen: (() => void) | null = null;
  onmessage: ((message: { data: unknown }) => void) | null = null;
  onclose: (() => void) | null = null;
  onerror: (() => void) | null = null;
  asked: Record<string, unknown>[] = [];

  constructor() {
    sockets.push(this);
    setTimeout(() => this.tell({ event: "hello", limits: { text_bytes: 100 }, registration: "open", recovery: false, version: "1", time: Date.now(), epoch: life }));
  }

  send(text: string): void {
    const frame = JSON.parse(text) as Record<string, unknown>;
    this.asked.push(frame);
    const answer = answers(frame);
    if (answer !== undefined) setTimeout(() => this.tell({ id: frame["id"], ...answer }));
  }

  close(): void {
    this.onmessage = null;
  }

  tell(frame: unknown): void {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }
}

vi.stubGlobal("localStorage", localStorageOf(local));
vi.stubGlobal("document", { addEventListener: () => undefined, visibilityState: "visible", hasFocus: () => true, title: "" });
vi.stubGlobal("addEventListener", (name: string, how: (event: unknown) => void) => listeners.set(name, how));
vi.stubGlobal("location", { href: "http://localhost/", hash: "" });
vi.stubGlobal("history", { state: null, pushState: (_: unknown, __: string, hash: string) => void (location.hash = hash), replaceState: (_: unknown, __: string, hash: string) => void (location.hash = hash) });
vi.stubGlobal("WebSocket", Fake);

const bob: Person = { id: 2, handle: "bob", nick: "Bob", status: "", avatar: null, deleted: false };
const ann: Person = { ...bob, id: 1, handle: "ann", nick: "Ann" };
const own = (who: Person): Me => ({ ...who, email: "", phone: "", created: 0 });
const chat: Conversation = { id: 7, kind: "direct", name: "", avatar: null, leader: 1, other: bob, members: 2, last_seq: 3, last: message(3, { conversation: 7 }), read: 0, delivered: 0, unread: 0, words: true, reached: null };

let tokens = new Map<string, Me>();
let broken = false;
let life = "a";
let listed: Conversation[] = [];
let whole = true;

function answers(frame: Record<string, unknown>): object | undefined {
  if (frame["do"] === "resume") {
    const who = tokens.get(String(frame["token"]));
    return who === undefined ? { error: { code: "not_signed_in", message: "no" } } : { ok: { me: who, session: 1 } };
  }
  // An answer that nobody thought of: `take` throws on it.
  if (frame["do"] === "listen") {
    const conversations = listed.slice(0, (frame["newest"] as number | undefined) ?? listed.length);
    return broken ? { ok: { conversations: null } } : { ok: { conversations, others: conversations.length < listed.length, contacts: [], requests: [], asked: [], blocked: [], invitations: [], afresh: [], epoch: life } };
  }
  if (frame["do"] === "conversations") return whole ? { ok: { conversations: listed } } : undefined;
  if (frame["do"] === "send") return undefined;
  return { ok: { conversation: chat, members: [], messages: [], first: true, last: true } };
}

local.set("koine.token", JSON.stringify("ann's"));
const { indexed } = await import("../src/outbox/storage");
const { startSync } = await import("../src/state/sync");
const { connection, live } = await import("../src/state/net");
const { phase } = await import("../src/state/session");
const { me } = await import("../src/state/me");
const { token } = await import("../src/state/token");
const list = await import("../src/state/conversations");
const people = await import("../src/state/people");
const search = await import("../src/ui/search");
const typing = await import("../src/state/typing");
const { announced } = await import("../src/state/alerts");
const { say, toasts } = await import("../src/state/toasts");
const { drafts, setDraft } = await import("../src/state/drafts");
const { outbox } = await import("../src/state/outbox");
const { answering, choosing } = await import("../src/ui/compose");
const { left } = await import("../src/state/session");
const { ensureLog, logOf, changed } = await import("../src/state/logs");
const { go, route } = await import("../src/state/route");
const { placeOf, setPlace } = await import("../src/state/places");
const { marksOf, setMark } = await import("../src/state/members");
const { parts } = await import("../src/state/snapshotStorage");

const storage = indexed();
const item = (key: string, account: number): Item => ({ key, account, conversation: 7, at: 0, order: 1, kind: "send", text: key, reply: null, attachments: [] });
const until = (how: () => void) => vi.waitFor(how, 4_000);

startSync();

/** As a page that Ann has opened. */
beforeEach(async () => {
  tokens = new Map([["ann's", own(ann)], ["bob's", own(bob)]]);
  [broken, whole] = [false, true];
  [life, listed] = ["a", [chat]];
  local.clear();
  await emptied(storage);
  await annComes();
});

async function annComes(): Promise<void> {
  local.set("koine.token", JSON.stringify("ann's"));
  token.value = "ann's";
  phase.value = "starting";
  connection.restart();
  connection.nudge();
  await until(() => expect([phase.value, me.value?.id, live.value]).toEqual(["signed-in", 1, true]));
}

afterEach(async () => {
  await left(null);
});

/** Another window signs Ann out and Bob in, with a draft and a message that waits. */
async function bobComes(): Promise<void> {
  tokens.delete("ann's");
  local.set("koine.token", JSON.stringify("bob's"));
  local.set("koine.account", "2");
  local.set("koine.drafts", JSON.stringify({ "7": "Bob's draft" }));
  await storage.put(item("bob's message", 2));
}

test.each([false, true])("a window that comes back after another account has signed in goes along, and touches nothing of it; its own token counts: %s", async (counts) => {
  await bobComes();
  if (counts) tokens.set("ann's", own(ann));
  sockets.at(-1)?.onclose?.();
  connection.nudge();
  await until(() => expect([phase.value, me.value?.id, token.value]).toEqual(["signed-in", 2, "bob's"]));
  expect(local.get("koine.token")).toBe(JSON.stringify("bob's"));
  expect(drafts.value["7"]).toBe("Bob's draft");
  expect((await storage.all()).map((one) => one.key)).toEqual(["bob's message"]);
});

test("a window that hears of it goes along at once; one whose account is signed out is at the door", async () => {
  await bobComes();
  listeners.get("storage")?.({ key: "koine.token" });
  expect(me.value).toBeNull();
  await until(() => expect([phase.value, me.value?.id]).toEqual(["signed-in", 2]));
  local.delete("koine.token");
  listeners.get("storage")?.({ key: "koine.token" });
  expect([phase.value, me.value, list.sorted.value.length]).toEqual(["signed-out", null, 0]);
  expect((await storage.all()).map((one) => one.key), "what is kept is the other window's to throw away").toEqual(["bob's message"]);
});

test("a token that is worth nothing leaves nothing of its account", async () => {
  await storage.put(item("ann's message", 1));
  await storage.put(item("bob's message", 2));
  tokens.delete("ann's");
  sockets.at(-1)?.onclose?.();
  connection.nudge();
  await until(() => expect(phase.value).toBe("signed-out"));
  await until(() => expect(local.has("koine.account")).toBe(false));
  await vi.waitFor(async () => expect((await storage.all()).map((one) => one.key)).toEqual(["bob's message"]));
});

/** Ann has more than fill a screen. */
const many = Array.from({ length: 70 }, (_, index): Conversation => ({ ...chat, id: 100 + index }));

test("where nothing is shown yet the newest conversations come first, and the others behind them", async () => {
  await left(null);
  [listed, whole] = [many, false];
  await annComes();
  const asked = sockets.at(-1)?.asked ?? [];
  expect(asked.find((one) => one["do"] === "listen")?.["newest"]).toBe(50);
  expect([list.sorted.value.length, list.listKnown.value, list.listWhole.value]).toEqual([50, true, false]);
  await until(() => expect(asked.some((one) => one["do"] === "conversations")).toBe(true));
  // Meanwhile something is said, and something else is taken off the list.
  sockets.at(-1)?.tell({ event: "message", message: message(4, { conversation: 100 }) });
  sockets.at(-1)?.tell({ event: "conversation", conversation: 101, words: true, cleared: true });
  await until(() => expect(list.conversation(101)).toBeUndefined());
  sockets.at(-1)?.tell({ id: asked.find((one) => one["do"] === "conversations")?.["id"], ok: { conversations: many } });
  await until(() => expect(list.listWhole.value).toBe(true));
  expect([list.sorted.value.length, list.conversation(100)?.last_seq, list.conversation(101)]).toEqual([69, 4, undefined]);
});

test("who was cut off before the others came asks for all at once", async () => {
  await left(null);
  [listed, whole] = [many, false];
  await annComes();
  sockets.at(-1)?.onclose?.();
  connection.nudge();
  await until(() => expect([live.value, list.listWhole.value]).toEqual([true, true]));
  const listens = sockets.at(-1)?.asked.filter((one) => one["do"] === "listen");
  expect(listens?.map((one) => one["newest"])).toEqual([undefined]);
  expect(list.sorted.value.length).toBe(70);
});

test("what nobody thought of is no reason to sign out, or to throw away what waits", async () => {
  const said = vi.spyOn(console, "error").mockImplementation(() => undefined);
  await storage.put(item("ann's message", 1));
  broken = true;
  sockets.at(-1)?.onclose?.();
  connection.nudge();
  await until(() => expect(said).toHaveBeenCalled());
  expect([phase.value, token.value]).toEqual(["signed-in", "ann's"]);
  expect(await storage.all()).toHaveLength(1);
  broken = false;
  await until(() => expect(live.value).toBe(true));
  expect(outbox.entries.value.map((one) => one.item.key)).toEqual(["ann's message"]);
  said.mockRestore();
});

test("whoever leaves leaves nothing in memory or on the screen", async () => {
  search.setQuery("secret");
  search.scope.value = 7;
  search.results.value = { hits: [], more: false };
  typing.heard(7, 2);
  announced.value = "Bob: a secret";
  say("a secret");
  setDraft(7, "a secret");
  answering.value = message(3);
  choosing.value = true;
  expect(people.person(2)?.nick).toBe("Bob");
  await left(null);
  expect([search.query.value, search.scope.value, search.results.value, search.searching.value]).toEqual(["", null, null, false]);
  expect([typing.typing.value.size, announced.value, toasts.value, drafts.value, answering.value, choosing.value]).toEqual([0, "", [], {}, null, false]);
  expect([people.person(1), people.person(2)]).toEqual([undefined, undefined]);
  expect([list.listKnown.value, list.sorted.value]).toEqual([false, []]);
});

test("two windows of one account leave each other's drafts as they are", async () => {
  setDraft(7, "here");
  local.set("koine.drafts", JSON.stringify({ "8": "there" }));
  await until(() => expect(JSON.parse(local.get("koine.drafts") ?? "{}")).toEqual({ "7": "here", "8": "there" }));
  setDraft(7, "here, and more");
  local.set("koine.drafts", JSON.stringify({ "8": "there, and more" }));
  listeners.get("storage")?.({ key: "koine.drafts" });
  expect(drafts.value, "heard from the other window, with what was just written here").toEqual({ "7": "here, and more", "8": "there, and more" });
});

/** Ann has read everything, and writes something while there is no connection. */
async function lives(): Promise<void> {
  ensureLog(7, 3).addTail({ messages: [message(1), message(2), message(3)], first: true, last: true });
  changed(7);
  setPlace(7, { seq: 2, offset: 0 });
  setMark(7, 2, 3, 3);
  setDraft(7, "begun");
  await vi.waitFor(async () => expect((await parts().all()).get("log 7")).toMatchObject({ position: 3, epoch: "a" }), 4_000);
}

const asked = (verb: string) => (sockets.at(-1)?.asked ?? []).filter((frame) => frame["do"] === verb);

async function comesBack(): Promise<void> {
  const before = sockets.length;
  sockets.at(-1)?.onclose?.();
  list.markRead(7, 3);
  outbox.add({ ...item("meanwhile", 1), epoch: "a" });
  connection.nudge();
  await until(() => expect([sockets.length > before, live.value]).toEqual([true, true]));
}

test("a server that is where it was is gone on with", async () => {
  await lives();
  await comesBack();
  expect(asked("listen")).toMatchObject([{ have: { "7": 3 }, epoch: "a" }]);
  expect([logOf(7)?.position, placeOf(7)?.seq, asked("read").length]).toEqual([3, 2, 1]);
});

test("where the server was brought back from a backup, everything that hangs on numbers is loaded anew, and what waits goes out", async () => {
  await lives();
  [life, listed] = ["b", [{ ...chat, last_seq: 2, last: message(2, { conversation: 7 }) }]];
  await comesBack();
  expect(asked("listen")).toMatchObject([{ have: {}, epoch: "b" }]);
  expect([logOf(7), placeOf(7), marksOf(7), asked("read").length]).toEqual([undefined, undefined, [], 0]);
  expect([list.conversation(7)?.last_seq, drafts.value["7"], phase.value]).toEqual([2, "begun", "signed-in"]);
  expect(asked("send")).toMatchObject([{ to: { conversation: 7 }, text: "meanwhile", key: "meanwhile" }]);
  expect(sockets.at(-1)?.asked.findIndex((frame) => frame["do"] === "send"), "behind `listen`").toBeGreaterThan(1);
  await vi.waitFor(async () => {
    const kept = await parts().all();
    expect([kept.get("whole"), kept.get("log 7")]).toMatchObject([{ epoch: "b" }, undefined]);
  }, 4_000);
});

test.each([
  ["of other people", { ...chat, other: { ...bob, id: 3, handle: "cy", nick: "Cy" } }],
  ["a group", { ...chat, kind: "group" as const, other: null, name: "Tea" }],
  ["nobody's", null],
])("what waits does not go by itself into a conversation that is %s by now", async (_, now) => {
  [life, listed] = ["b", now === null ? [] : [now]];
  setDraft(7, "begun for Bob");
  go({ name: "conversation", id: 7 });
  await comesBack();
  expect([asked("send"), outbox.entries.value.map((one) => one.state.is)]).toEqual([[], ["failed", "failed"]]);
  expect(outbox.entries.value.map(({ item: one }) => one.kind === "send" && one.text)).toEqual(["meanwhile", "begun for Bob"]);
  expect([drafts.value["7"], route.value.name], "whoever has the number now is not written to").toEqual([undefined, "chats"]);
  await vi.waitFor(async () => expect((await storage.all()).map((one) => one.failed?.code)).toEqual(["restored", "restored"]));
});

test("what waits is kept where the token is younger than the backup", async () => {
  [life, tokens] = ["b", new Map()];
  sockets.at(-1)?.onclose?.();
  outbox.add({ ...item("meanwhile", 1), epoch: "a" });
  connection.nudge();
  await until(() => expect(phase.value).toBe("signed-out"));
  await new Promise((rest) => setTimeout(rest, 50));
  expect((await storage.all()).map((one) => one.key)).toEqual(["meanwhile"]);
});
