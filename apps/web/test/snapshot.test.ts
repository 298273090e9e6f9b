// What is kept for a visit without a server: that it comes back as it was, is bounded, and goes with the account.
import "fake-indexeddb/auto";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { keep } from "../src/lib/storage";
import * as list from "../src/state/conversations";
import { epoch, restoreEpoch } from "../src/state/epoch";
import { happened, happeningsIn } from "../src/state/happenings";
import { ensureLog, forgetLogs, changed, logOf, positions } from "../src/state/logs";
import { me } from "../src/state/me";
import { reached, forgetMembers, setMark } from "../src/state/members";
import { live } from "../src/state/net";
import { contacts, NOBODY, online, setContacts } from "../src/state/people";
import { belongsTo, eraseSnapshot, restored, restoreSnapshot, watchSnapshot } from "../src/state/snapshot";
import { parts } from "../src/state/snapshotStorage";
import { setToken } from "../src/state/token";
import type { Conversation, Me, Person } from "../src/wire/types";
import { held, localStorageOf } from "./browser";
import { message, messages } from "./samples";

const local = new Map<string, string>();
vi.stubGlobal("localStorage", localStorageOf(local));
vi.stubGlobal("document", { addEventListener: () => undefined, visibilityState: "visible" });

const bob: Person = { id: 2, handle: "bob", nick: "Bob", status: "", avatar: null, deleted: false };
const ann: Me = { ...bob, id: 1, handle: "ann", nick: "Ann", email: "", phone: "", created: 0 };

function conversation(id: number, last = 3): Conversation {
  return { id, kind: "direct", name: "", avatar: null, leader: 1, other: bob, members: 2, last_seq: last, last: message(last, { conversation: id }), read: 0, delivered: 0, unread: 0, words: true, reached: null };
}

/** As if the page had been left, and were opened anew. */
function leave(): void {
  live.value = false;
  me.value = null;
  list.replaceAll([]);
  list.listKnown.value = false;
  setContacts(NOBODY);
  forgetLogs();
  forgetMembers();
}

const written = async () => {
  await vi.waitFor(async () => expect((await parts().all()).has("whole")).toBe(true), 3_000);
  return parts().all();
};

watchSnapshot();

beforeEach(() => {
  restoreEpoch("a");
  setToken("secret");
  belongsTo(1);
});

afterEach(async () => {
  leave();
  await eraseSnapshot();
  local.clear();
});

function begin(conversations: Conversation[]): void {
  me.value = ann;
  live.value = true;
  list.replaceAll(conversations);
  setContacts({ ...NOBODY, contacts: [{ person: bob, mutual: true, online: true }] });
}

test("the list, the people and the last page come back, and are gone on with", async () => {
  begin([conversation(7)]);
  ensureLog(7, 3).addTail({ messages: messages(1, 2, 3), first: true, last: true });
  setMark(7, 2, 3, 3);
  happened({ event: "group", conversation: 7, name: "Tea", happening: "renamed", whom: bob, by: bob });
  changed(7);
  const kept = await written();
  expect(JSON.stringify([...kept])).not.toContain("secret");
  leave();
  restoreEpoch(null);
  await restoreSnapshot();
  expect([restored.value, epoch()]).toEqual([true, "a"]);
  expect(list.listKnown.value).toBe(true);
  expect(list.sorted.value.map((one) => one.id)).toEqual([7]);
  expect(logOf(7)?.tail()?.messages.map((one) => one.seq)).toEqual([1, 2, 3]);
  expect(positions()).toEqual({ "7": 3 });
  expect(reached(7, 3, 1)).toBe("read");
  expect(happeningsIn(7).map((one) => [one.what, one.after])).toEqual([["renamed", 3]]);
  expect(contacts.value.contacts[0]?.person.nick).toBe("Bob");
  expect(online.value.has(2), "who is there is not known before the server has said it").toBe(false);
});

test("long pages are cut at their beginning, and only the newest conversations have one", async () => {
  const many = Array.from({ length: 30 }, (_, index) => conversation(index + 1, 100 + index));
  begin(many);
  for (const one of many) {
    const numbers = Array.from({ length: 90 }, (_, index) => one.last_seq - 89 + index);
    ensureLog(one.id, one.last_seq).addTail({ messages: messages(...numbers), first: false, last: true });
    changed(one.id);
  }
  const kept = await written();
  expect([...kept.keys()].filter((name) => name.startsWith("log "))).toHaveLength(20);
  leave();
  await restoreSnapshot();
  const run = logOf(30)?.tail();
  expect(run?.messages).toHaveLength(60);
  expect([run?.from, run?.to, run?.messages[0]?.seq]).toEqual([70, 129, 70]);
  expect(logOf(1)).toBeUndefined();
});

test("messages that would not leave room are not kept, and none is left out between others", async () => {
  begin([conversation(7)]);
  const huge = message(2, { parts: [{ text: "x".repeat(300_000) }] });
  ensureLog(7, 3).addTail({ messages: [message(1), huge, message(3)], first: true, last: true });
  changed(7);
  await written();
  leave();
  await restoreSnapshot();
  expect(logOf(7)?.tail()).toMatchObject({ from: 3, to: 3 });
});

test("nothing is shown to another account, without a token, or after everything was erased", async () => {
  begin([conversation(7)]);
  await written();
  for (const spoil of [() => belongsTo(2), () => setToken(null), () => keep("account", null)]) {
    leave();
    spoil();
    await restoreSnapshot();
    expect(list.listKnown.value).toBe(false);
    setToken("secret");
    belongsTo(1);
  }
  leave();
  await eraseSnapshot();
  expect((await parts().all()).size).toBe(0);
  await restoreSnapshot();
  expect(list.listKnown.value).toBe(false);
});

test("a window that was left signed in writes nothing once another has signed out", async () => {
  begin([conversation(7)]);
  await written();
  await parts().clear();
  local.delete("koine.token");
  list.replaceAll([conversation(7), conversation(8)]);
  await new Promise((resolve) => setTimeout(resolve, 1_300));
  expect((await parts().all()).size).toBe(0);
});

test("a page of another epoch than the list is not taken up", async () => {
  begin([conversation(7), conversation(8)]);
  for (const id of [7, 8]) ensureLog(id, 3).addTail({ messages: messages(1, 2, 3), first: true, last: true });
  for (const id of [7, 8]) changed(id);
  const kept = await written();
  const names = new Set(["whole", "log 7", "log 8"]);
  await parts().write(new Map([["log 7", { ...(kept.get("log 7") as object), epoch: "z" }]]), names);
  leave();
  await restoreSnapshot();
  expect([logOf(7), logOf(8)?.position]).toEqual([undefined, 3]);
});

test("a database that takes its time is not waited for, and is shown when it comes, unless the server was heard", async () => {
  begin([conversation(7)]);
  await written();
  for (const heard of [false, true]) {
    leave();
    restoreEpoch(null);
    const release = await held("koine-snapshot", "parts");
    await restoreSnapshot();
    expect(list.listKnown.value).toBe(false);
    if (heard) restoreEpoch("b");
    await release();
    await parts().all();
    await vi.waitFor(() => expect([list.listKnown.value, epoch()]).toEqual(heard ? [false, "b"] : [true, "a"]));
  }
}, 10_000);
