// The log: runs without holes, whatever order pages and events come in.
import { expect, test } from "vitest";
import { Log } from "../src/state/log";
import { message, messages } from "./samples";

const seqs = (log: Log) => log.runs.map((run) => [run.from, run.to, run.messages.map((one) => one.seq)]);

test("the end, then pages before it, join into one run", () => {
  const log = new Log(9);
  log.addTail({ messages: messages(7, 9), first: false, last: true });
  expect(seqs(log)).toEqual([[7, 9, [7, 9]]]);
  log.addBefore(7, { messages: messages(3, 5), first: false, last: false });
  expect(seqs(log)).toEqual([[3, 9, [3, 5, 7, 9]]]);
  log.addBefore(3, { messages: messages(2), first: true, last: false });
  expect(seqs(log)).toEqual([[1, 9, [2, 3, 5, 7, 9]]]);
  expect(Log.begins(log.tail()!)).toBe(true);
});

test("a page around a message stands apart until it reaches the end", () => {
  const log = new Log(100);
  log.addTail({ messages: messages(90, 100), first: false, last: true });
  log.addAround(50, { messages: messages(48, 50, 52), first: false, last: false });
  expect(seqs(log)).toEqual([[48, 52, [48, 50, 52]], [90, 100, [90, 100]]]);
  expect(log.holding(50)).not.toBe(log.tail());
  log.addAfter(52, { messages: messages(60, 70, 95), first: false, last: false });
  expect(seqs(log)).toEqual([[48, 100, [48, 50, 52, 60, 70, 90, 95, 100]]]);
});

test("events go on with the tail; acts move the position alone", () => {
  const log = new Log(2);
  log.addTail({ messages: messages(1, 2), first: true, last: true });
  expect(log.advance(3, message(3))).toBe(true);
  expect(log.advance(4, null)).toBe(true);
  expect(log.advance(5, message(5))).toBe(true);
  expect(log.position).toBe(5);
  expect(seqs(log)).toEqual([[1, 5, [1, 2, 3, 5]]]);
});

test("what comes again changes nothing", () => {
  const log = new Log(2);
  log.addTail({ messages: messages(1, 2), first: true, last: true });
  log.advance(3, message(3));
  expect(log.advance(3, message(3))).toBe(false);
  expect(seqs(log)).toEqual([[1, 3, [1, 2, 3]]]);
});

test("an event that a page already held is there once", () => {
  const log = new Log(2);
  log.addTail({ messages: messages(1, 2, 3), first: true, last: true });
  log.advance(3, message(3));
  expect(seqs(log)).toEqual([[1, 3, [1, 2, 3]]]);
});

test("events while the first page is under way join it", () => {
  const log = new Log(2);
  log.advance(3, message(3));
  log.addTail({ messages: messages(1, 2), first: true, last: true });
  expect(seqs(log)).toEqual([[1, 3, [1, 2, 3]]]);
  expect(log.tail()?.messages).toHaveLength(3);
});

test("an entry that is not the next one leaves a hole, not a lie", () => {
  const log = new Log(2);
  log.addTail({ messages: messages(1, 2), first: true, last: true });
  log.advance(5, message(5));
  expect(seqs(log)).toEqual([[1, 2, [1, 2]], [5, 5, [5]]]);
  log.addAfter(2, { messages: messages(3, 4, 5), first: false, last: true });
  expect(seqs(log)).toEqual([[1, 5, [1, 2, 3, 4, 5]]]);
});

test("an empty conversation is known to be empty, and takes its first message", () => {
  const log = new Log(0);
  expect(log.tail()).toBeUndefined();
  log.addTail({ messages: [], first: true, last: true });
  expect(log.tail()).toBeDefined();
  log.advance(1, message(1));
  expect(seqs(log)).toEqual([[1, 1, [1]]]);
});

test("a page without messages ends the search for more", () => {
  const log = new Log(9);
  log.addTail({ messages: messages(8), first: false, last: true });
  log.addBefore(8, { messages: [], first: false, last: false });
  expect(Log.begins(log.tail()!)).toBe(true);
});

test("changes make a new object of the message, and miss what is not there", () => {
  const log = new Log(2);
  log.addTail({ messages: messages(1, 2), first: true, last: true });
  const before = log.message(1);
  expect(log.change(1, (one) => ({ ...one, deleted: true }))).toBe(true);
  expect(log.message(1)).not.toBe(before);
  expect(log.change(7, (one) => one)).toBe(false);
});

test("messages of others after a place are counted only where all are there", () => {
  const log = new Log(4);
  log.addTail({ messages: [message(3), message(4, { sender: { id: 9, handle: "me", nick: "Me" } })], first: false, last: true });
  expect(log.othersAfter(2, 9)).toBe(1);
  expect(log.othersAfter(1, 9)).toBeUndefined();
});

test("answers quote what is said now", () => {
  const log = new Log(4);
  const answer = message(3, { reply: { seq: 1, sender: { id: 2, handle: "bob", nick: "Bob" }, text: "old" } });
  log.addTail({ messages: [message(1), message(2), answer, message(4)], first: true, last: true });
  expect(log.quote(1, ` new\n${"x".repeat(200)}`)).toBe(true);
  expect(log.message(3)?.reply?.text).toBe(`new ${"x".repeat(116)}`);
  expect(log.message(3)).not.toBe(answer);
  expect(log.quote(1, "")).toBe(true);
  expect(log.message(3)?.reply?.text).toBe("");
  expect(log.quote(2, "nobody answers to it")).toBe(false);
});
