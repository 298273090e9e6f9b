// The outbox: nothing lost, nothing doubled, in order.
import "fake-indexeddb/auto";
import { beforeEach, expect, test, vi } from "vitest";
import type { Item, SendItem } from "../src/outbox/item";
import { Outbox, type Transport } from "../src/outbox/outbox";
import { indexed } from "../src/outbox/storage";
import { Disconnected, Refused } from "../src/wire/fault";
import { emptied, held, localStorageOf } from "./browser";

const local = new Map<string, string>();
vi.stubGlobal("localStorage", localStorageOf(local));

const storage = indexed();
let sent: { item: Item; uploads: string[]; yes: (seq: number) => void; no: (cause: unknown) => void }[];
let up: boolean;
let position: number;
let epoch: string | null;
let complaints: unknown[];
let returned: string[];
let uploaded: string[];
let uploading: (() => Promise<string>) | null;

function transport(): Transport {
  return {
    epoch: () => epoch,
    up: () => up,
    send: (item, uploads) => new Promise((resolve, reject) => sent.push({ item, uploads, yes: (seq) => resolve({ seq, at: seq }), no: reject })),
    upload: async (one, onBytes, onLocation) => {
      onLocation(`/api/uploads/${one.name}`);
      onBytes(1);
      if (uploading) return uploading();
      uploaded.push(one.name);
      return `id-${one.name}`;
    },
    forget: () => undefined,
    words: () => "in words",
    complain: (cause) => complaints.push(cause),
    giveBack: (_, text) => returned.push(text),
    heard: (_, seq) => position >= seq,
  };
}

function item(key: string, more: Partial<SendItem> = {}): SendItem {
  return { key, account: 1, conversation: 5, at: 0, order: 0, kind: "send", text: key, reply: null, attachments: [], ...more };
}

const states = (box: Outbox) => box.entries.value.map((entry) => `${entry.item.key} ${entry.state.is}`);
const settle = () => new Promise((resolve) => setTimeout(resolve, 60));

beforeEach(async () => {
  [sent, up, position, complaints, returned, uploaded, uploading, epoch] = [[], true, 0, [], [], [], null, "a"];
  await emptied(storage);
});

test("sent, acknowledged, heard: then it is gone, from the disk, too", async () => {
  const box = new Outbox(storage, transport());
  box.add(item("a"));
  await settle();
  expect(states(box)).toEqual(["a sending"]);
  expect(await storage.all()).toHaveLength(1);
  sent[0]?.yes(8);
  await settle();
  expect(states(box)).toEqual(["a sent"]);
  expect(await storage.all()).toHaveLength(0);
  box.heard(5, 7);
  expect(states(box)).toEqual(["a sent"]);
  box.heard(6, 8);
  expect(states(box)).toEqual(["a sent"]);
  box.heard(5, 8);
  expect(states(box)).toEqual([]);
});

test("an answer for what the log has already leaves nothing to show", async () => {
  position = 8;
  const box = new Outbox(storage, transport());
  box.add(item("a"));
  await settle();
  sent[0]?.yes(8);
  await settle();
  expect(states(box)).toEqual([]);
});

test("after a break the same keys are said again, in order", async () => {
  const box = new Outbox(storage, transport());
  box.add(item("a"));
  box.add(item("b"));
  await settle();
  up = false;
  for (const one of sent) one.no(new Disconnected());
  box.add(item("c"));
  await settle();
  expect(states(box)).toEqual(["a waiting", "b waiting", "c waiting"]);
  up = true;
  box.flush();
  box.flush();
  expect(sent.map((one) => one.item.key)).toEqual(["a", "b", "a", "b", "c"]);
});

test("what an earlier visit left is taken up once, and only by its account", async () => {
  up = false;
  const before = new Outbox(storage, transport());
  before.add(item("a"));
  before.add(item("b"));
  before.add(item("other", { account: 2 }));
  await settle();
  up = true;
  const box = new Outbox(storage, transport());
  await box.load(1);
  await box.load(1);
  box.flush();
  expect(sent.map((one) => one.item.key)).toEqual(["a", "b"]);
});

test("a refusal stays to be seen, and can be tried again or thrown away", async () => {
  const box = new Outbox(storage, transport());
  box.add(item("a"));
  await settle();
  sent[0]?.no(new Refused("blocked", "no"));
  await settle();
  expect(box.entries.value[0]?.state).toEqual({ is: "failed", code: "blocked", words: "in words" });
  box.retry("a");
  expect(sent).toHaveLength(2);
  sent[1]?.no(new Refused("blocked", "no"));
  await settle();
  box.cancel("a");
  await settle();
  expect(states(box)).toEqual([]);
  expect(await storage.all()).toHaveLength(0);
});

test("a busy server is asked again by itself", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const box = new Outbox({ ...storage, put: async () => undefined }, transport());
  box.add(item("a"));
  await vi.advanceTimersByTimeAsync(1);
  sent[0]?.no(new Refused("busy", "later"));
  await vi.advanceTimersByTimeAsync(5_000);
  vi.useRealTimers();
  expect(sent).toHaveLength(2);
});

test("who is told to wait waits that long, and then says all of it again by itself, in order", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  try {
    const box = new Outbox({ ...storage, put: async () => undefined }, transport());
    box.add(item("a"));
    box.add({ key: "e", account: 1, conversation: 5, at: 0, order: 0, kind: "edit", target: 3, text: "x" });
    await vi.advanceTimersByTimeAsync(1);
    expect(sent).toHaveLength(2);
    sent[0]?.no(new Refused("too_often", "no", undefined, undefined, 7));
    sent[1]?.no(new Refused("too_often", "no", undefined, undefined, 7));
    await vi.advanceTimersByTimeAsync(1);
    expect(states(box)).toEqual(["a waiting", "e waiting"]);
    // Neither what is said meanwhile nor a new connection goes ahead of it.
    box.add(item("b"));
    box.flush();
    await vi.advanceTimersByTimeAsync(6_900);
    expect(sent).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(200);
    expect(sent.slice(2).map((one) => one.item.key)).toEqual(["a", "e", "b"]);
    expect(complaints).toEqual([]);
    expect(returned).toEqual([]);
    // The same again, for as long as the server says; what says nothing of the time is tried soon.
    sent[2]?.no(new Refused("too_often", "no", undefined, undefined, 1e9));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(sent).toHaveLength(5);
    sent[3]?.no(new Refused("too_often", "no"));
    await vi.advanceTimersByTimeAsync(10_000);
    expect(sent.slice(5).map((one) => one.item.key)).toEqual(["a", "e"]);
  } finally {
    vi.useRealTimers();
  }
});

test("letting go of an account ends its waiting", async () => {
  const box = new Outbox(storage, transport());
  box.add(item("a"));
  await settle();
  sent[0]?.no(new Refused("too_often", "no", undefined, undefined, 600));
  await settle();
  await box.clear(1);
  box.add(item("b", { account: 2 }));
  await settle();
  expect(sent.map((one) => one.item.key)).toEqual(["a", "b"]);
});

test("a refused act is gone and complained of; one that was done already is no complaint", async () => {
  const box = new Outbox(storage, transport());
  box.add({ key: "e", account: 1, conversation: 5, at: 0, order: 0, kind: "edit", target: 3, text: "x" });
  box.add({ key: "r", account: 1, conversation: 5, at: 0, order: 0, kind: "react", target: 3, emoji: "👍", on: true });
  await settle();
  sent[0]?.no(new Refused("not_author", "no"));
  sent[1]?.no(new Refused("already", "no"));
  await settle();
  expect(states(box)).toEqual([]);
  expect(complaints).toHaveLength(1);
  expect(returned, "the words of the edit").toEqual(["x"]);
});

test("what was refused is not sent by itself at the next visit, but stays to be seen", async () => {
  const before = new Outbox(storage, transport());
  before.add(item("a", { reply: { seq: 3, sender: null, text: "" } }));
  await settle();
  sent[0]?.no(new Refused("unknown_message", "no"));
  await settle();
  const box = new Outbox(storage, transport());
  await box.load(1);
  box.flush();
  await settle();
  expect(sent).toHaveLength(1);
  expect(box.entries.value[0]?.state).toEqual({ is: "failed", code: "unknown_message", words: "in words" });
  box.retryWithoutQuote("a");
  expect(sent[1]?.item).toMatchObject({ key: "a", text: "a", reply: null });
  up = false;
  sent[1]?.no(new Disconnected());
  await settle();
  const third = new Outbox(storage, transport());
  await third.load(1);
  expect(states(third), "what was tried again waits, also after a reload").toEqual(["a waiting"]);
});

test("clearing throws away what one account left, and nobody else's", async () => {
  up = false;
  const box = new Outbox(storage, transport());
  box.add(item("a"));
  box.add(item("other", { account: 2 }));
  await settle();
  await box.clear(1);
  expect(states(box)).toEqual([]);
  expect((await storage.all()).map((one) => one.key)).toEqual(["other"]);
});

test("what was asked of the disk before all was let go of is not taken up afterwards", async () => {
  up = false;
  const before = new Outbox(storage, transport());
  before.add(item("a"));
  await settle();
  const box = new Outbox(storage, transport());
  const loading = box.load(1);
  box.forget();
  await loading;
  expect(states(box)).toEqual([]);
});

test("files go up before their message, and text does not wait for them", async () => {
  const box = new Outbox(storage, transport());
  box.add(item("pictures", { attachments: [{ name: "x", type: "", blob: new Blob(["1"]) }, { name: "y", type: "", blob: new Blob(["2"]) }] }));
  box.add(item("text"));
  await vi.waitFor(() => expect(sent).toHaveLength(2));
  expect(uploaded).toEqual(["x", "y"]);
  expect(sent.map((one) => [one.item.key, one.uploads])).toEqual([["text", []], ["pictures", ["id-x", "id-y"]]]);
});

test("an upload that the network broke waits with its place; one that is refused fails", async () => {
  const box = new Outbox(storage, transport());
  uploading = () => Promise.reject(new TypeError("network"));
  box.add(item("a", { attachments: [{ name: "x", type: "", blob: new Blob(["1"]) }] }));
  await settle();
  expect(states(box)).toEqual(["a waiting"]);
  expect((await storage.all())[0]).toMatchObject({ attachments: [{ location: "/api/uploads/x" }] });
  const second = new Outbox(storage, transport());
  uploading = () => Promise.reject(Object.assign(new Error("large"), { status: 413 }));
  second.add(item("b", { attachments: [{ name: "y", type: "", blob: new Blob(["1"]) }] }));
  await settle();
  expect(second.entries.value[0]?.state).toMatchObject({ is: "failed", code: "too_large" });
});

test("what was written before the server was brought back from a backup waits until the list is known, and hangs on no message", async () => {
  up = false;
  const box = new Outbox(storage, transport());
  const quote = { seq: 3, sender: { id: 2, handle: "bob", nick: "Bob" }, text: "what was said" };
  const letter = { name: "letter", type: "text/plain", blob: new Blob(["dear"]), location: "/api/uploads/old", upload: "old" };
  const act = { account: 1, conversation: 5, at: 0, order: 0, target: 3, epoch: "a" };
  box.add(item("answer", { epoch: "a", reply: quote, attachments: [letter] }));
  box.add(item("elsewhere", { epoch: "a", conversation: 6 }));
  box.add({ ...act, key: "edit", kind: "edit", text: "other words" });
  box.add({ ...act, key: "deletion", kind: "delete" });
  box.add({ ...act, key: "reaction", kind: "react", emoji: "👍", on: true });
  box.add(item("of an older page"));
  await settle();
  [up, epoch] = [true, "b"];
  box.flush();
  await settle();
  expect(sent.map((one) => one.item.key)).toEqual(["of an older page"]);
  box.renew((conversation) => conversation === 5);
  box.flush();
  await settle();
  expect([uploaded, sent.map((one) => one.item.key)]).toEqual([["letter"], ["of an older page", "answer"]]);
  expect(sent[1]).toMatchObject({ uploads: ["id-letter"], item: { reply: null, conversation: 5, epoch: "b" } });
  expect([returned, complaints.map((cause) => (cause as Refused).code)]).toEqual([["other words"], ["restored"]]);
  expect(states(box)).toEqual(["answer sending", "elsewhere failed", "of an older page sending"]);
  const kept = new Map((await storage.all()).map((one) => [one.key, one]));
  expect([...kept.keys()].sort()).toEqual(["answer", "elsewhere", "of an older page"]);
  expect(kept.get("elsewhere")).toMatchObject({ epoch: "b", failed: { code: "restored" } });
  // With somebody's word it goes.
  box.retry("elsewhere");
  await settle();
  expect(sent.map((one) => one.item.key)).toEqual(["of an older page", "answer", "elsewhere"]);
  // Nothing more is done where nothing is of before.
  box.renew(() => false);
  expect([states(box).length, complaints.length]).toEqual([3, 1]);
});

test("words outlive a page that was left before the database had them, and are said once", async () => {
  up = false;
  const release = await held("koine", "outbox");
  const left = new Outbox(storage, transport());
  left.add(item("a"));
  left.add(item("b"));
  left.add(item("other", { account: 2 }));
  const jotted = new Map(local);
  left.cancel("b");
  // The next page: what the database was asked goes with the one before.
  await release();
  await settle();
  expect([local.size, (await storage.all()).map((one) => one.key)]).toEqual([0, ["a", "other"]]);
  await emptied(storage);
  for (const [name, value] of jotted) if (!name.endsWith(".b")) local.set(name, value);
  up = true;
  const box = new Outbox(storage, transport());
  await box.load(1);
  await box.load(1);
  box.flush();
  await settle();
  expect(sent.map((one) => one.item.key)).toEqual(["a"]);
  sent[0]?.yes(8);
  await settle();
  expect([...local.keys()]).toEqual(["koine.jotted.other"]);
  await box.clear(2);
  expect([local.size, await storage.all()]).toEqual([0, []]);
});

test("what is asked about while files are not kept yet is whether one means to leave", async () => {
  const asking = new Set<unknown>();
  vi.stubGlobal("addEventListener", (name: string, listener: unknown) => name === "beforeunload" && asking.add(listener));
  vi.stubGlobal("removeEventListener", (_: string, listener: unknown) => asking.delete(listener));
  const release = await held("koine", "outbox");
  const box = new Outbox(storage, transport());
  box.add(item("words"));
  expect(asking.size).toBe(0);
  box.add(item("files", { attachments: [{ name: "x", type: "", blob: new Blob(["1"]) }] }));
  await settle();
  expect(asking.size).toBe(1);
  await release();
  await settle();
  expect(asking.size).toBe(0);
});

test("whoever signs out leaves no words, also where the database is busy and the page is closed", async () => {
  up = false;
  const release = await held("koine", "outbox");
  const box = new Outbox(storage, transport());
  box.add(item("mine"));
  box.add(item("other", { account: 2 }));
  const cleared = box.clear(1);
  expect([...local.keys()]).toEqual(["koine.jotted.other"]);
  await release();
  await cleared;
  expect((await storage.all()).map((one) => one.key)).toEqual(["other"]);
});

test("whoever signs in again at once, while the database is busy, is shown and sends nothing of what was let go of", async () => {
  up = false;
  const box = new Outbox(storage, transport());
  box.add(item("mine"));
  await settle();
  const release = await held("koine", "outbox");
  const cleared = box.clear(1);
  const again = box.load(1);
  await release();
  await Promise.all([cleared, again]);
  expect(states(box)).toEqual([]);
  up = true;
  box.flush();
  await settle();
  expect(sent).toEqual([]);
});

test("what is taken back while an earlier visit is looked up stays taken back", async () => {
  up = false;
  const before = new Outbox(storage, transport());
  before.add(item("a"));
  before.add(item("b"));
  await settle();
  const box = new Outbox(storage, transport());
  await box.load(1);
  const release = await held("koine", "outbox");
  const again = box.load(1);
  box.cancel("a");
  await release();
  await again;
  expect(states(box)).toEqual(["b waiting"]);
});

test("newer words stand for older ones until the database has them", async () => {
  const release = await held("koine", "outbox");
  const [first, second] = [storage.put(item("a", { text: "one" })), storage.put(item("a", { text: "two" }))];
  expect(JSON.parse(local.get("koine.jotted.a") ?? "{}")).toMatchObject({ text: "two" });
  await release();
  await Promise.all([first, second]);
  expect([local.size, (await storage.all()).map((one) => one.kind === "send" && one.text)]).toEqual([0, ["two"]]);
});
