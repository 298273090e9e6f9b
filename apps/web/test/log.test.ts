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

const span = (first: number, last: number) => messages(...Array.from({ length: last - first + 1 }, (_, index) => first + index));
/** Whether each run has all messages from its beginning to its end, and no two touch. */
const whole = (log: Log) =>
  log.runs.every((run, index) => {
    const [first, last] = [run.messages[0]?.seq, run.messages.at(-1)?.seq];
    return first === run.from && last === run.to && run.messages.length === run.to - run.from + 1 && (index === 0 || (log.runs[index - 1]?.to ?? 0) + 1 < run.from);
  });

test("where the beginning was pruned, the server says which message is the first, and nothing is asked for before it", () => {
  const log = new Log(140);
  log.addTail({ messages: span(121, 140), first: false, last: true });
  expect(Log.begins(log.tail()!)).toBe(false);
  log.addBefore(121, { messages: span(101, 120), first: true, last: false });
  expect(log.tail()?.messages[0]?.seq).toBe(101);
  expect(Log.begins(log.tail()!)).toBe(true);
  const short = new Log(140);
  short.addTail({ messages: span(101, 140), first: true, last: true });
  expect(Log.begins(short.tail()!)).toBe(true);
  // A place that is gone leads to what is left.
  const gone = new Log(140);
  gone.addAround(5, { messages: span(101, 130), first: true, last: false });
  expect(Log.begins(gone.holding(5)!)).toBe(true);
  gone.addAfter(130, { messages: span(131, 140), first: false, last: true });
  expect(Log.begins(gone.tail()!)).toBe(true);
  // All of it is gone.
  const bare = new Log(140);
  bare.addTail({ messages: [], first: true, last: true });
  expect(Log.begins(bare.tail()!)).toBe(true);
  bare.advance(141, message(141));
  expect(bare.tail()).toMatchObject({ from: 1, to: 141 });
});

test("whoever stands at the end keeps the end, however much is said", () => {
  const log = new Log(10);
  log.addTail({ messages: span(1, 10), first: true, last: true });
  let most = 0;
  for (let seq = 11; seq <= 6_000; seq++) {
    expect(log.advance(seq, message(seq))).toBe(true);
    log.trim(null);
    most = Math.max(most, log.runs.reduce((count, run) => count + run.messages.length, 0));
  }
  expect(most).toBeLessThanOrEqual(1_500);
  expect(log.runs).toHaveLength(1);
  expect(log.tail()?.to).toBe(6_000);
  expect(whole(log)).toBe(true);
  // What went is asked for where it ends, and joins without a hole.
  const from = log.tail()!.from;
  expect(Log.begins(log.tail()!)).toBe(false);
  log.addBefore(from, { messages: span(from - 60, from - 1), first: false, last: false });
  expect(log.runs).toHaveLength(1);
  expect(whole(log)).toBe(true);
});

test("whoever reads further up keeps what is around them, apart from the end", () => {
  const log = new Log(400);
  log.addTail({ messages: span(1, 400), first: true, last: true });
  for (let seq = 401; seq <= 3_000; seq++) {
    log.advance(seq, message(seq));
    log.trim(120);
  }
  expect(log.runs).toHaveLength(2);
  expect(whole(log)).toBe(true);
  const here = log.holding(120)!;
  expect(here).toMatchObject({ from: 1, to: 369 });
  expect(Log.begins(here)).toBe(true);
  expect(here).not.toBe(log.tail());
  expect(log.tail()?.to).toBe(3_000);
  // Reading on, page by page, meets the end.
  while (log.holding(120) !== log.tail()) {
    const { to } = log.holding(120)!;
    log.addAfter(to, { messages: span(to + 1, to + 60), first: false, last: false });
  }
  expect(log.runs).toHaveLength(1);
  expect(whole(log)).toBe(true);
});

test("acts at the edge of what is kept leave no hole and no overlap", () => {
  const log = new Log(0);
  log.addTail({ messages: [], first: true, last: true });
  // Each third entry alone is a message.
  for (let seq = 1; seq <= 6_000; seq++) log.advance(seq, seq % 3 === 0 ? message(seq) : null);
  expect(log.trim(1_500)).toBe(true);
  expect(log.trim(1_500)).toBe(false);
  const [here, tail] = log.runs;
  expect(here).toMatchObject({ from: 748, to: 2_249 });
  expect(tail).toMatchObject({ from: 4_501, to: 6_000 });
  expect([here?.messages[0]?.seq, here?.messages.at(-1)?.seq, tail?.messages[0]?.seq]).toEqual([750, 2_247, 4_503]);
});

test("what an earlier visit has kept and was pruned since goes when the server tells the beginning", () => {
  const log = new Log(60);
  log.runs = [{ from: 20, to: 60, messages: span(20, 60) }];
  log.addTail({ messages: span(41, 60), first: true, last: true });
  expect(log.tail()).toMatchObject({ from: 1, to: 60 });
  expect(log.tail()?.messages.map((one) => one.seq)).toEqual(span(41, 60).map((one) => one.seq));
  // All of it: the number that was given out last stays taken.
  log.addTail({ messages: [], first: true, last: true });
  expect(log.tail()).toMatchObject({ from: 1, to: 60, messages: [] });
  // A page that is not the first one takes nothing away.
  const other = new Log(60);
  other.addTail({ messages: span(20, 60), first: false, last: true });
  other.addTail({ messages: span(41, 60), first: false, last: true });
  expect(other.tail()).toMatchObject({ from: 20, to: 60 });
});
