// The message list's arithmetic: heights, rows.
import { expect, test } from "vitest";
import { Heights } from "../src/ui/list/heights";
import { rowsOf } from "../src/ui/list/rows";
import { message } from "./samples";

test("rows begin where the heights above them end; unmeasured ones are guessed", () => {
  const heights = new Heights(50);
  heights.setKeys(["a", "b", "c", "d"]);
  expect(heights.total).toBe(200);
  expect(heights.measure("b", 80)).toBe(true);
  expect(heights.measure("b", 80.1)).toBe(false);
  heights.settle();
  expect(Array.from(heights.offsets.slice(0, 5))).toEqual([0, 50, 130, 180, 230]);
  expect([0, 49, 50, 129, 130, 229, 999, -5].map((y) => heights.at(y))).toEqual([0, 0, 1, 1, 2, 3, 3, 0]);
});

test("heights follow their rows when rows come above", () => {
  const heights = new Heights(50);
  heights.setKeys(["c"]);
  heights.measure("c", 10);
  heights.setKeys(["a", "b", "c"]);
  expect(heights.place("c")).toBe(2);
  expect(heights.total).toBe(110);
});

test("heights of rows that are gone are not kept for ever, and those that are here are", () => {
  const heights = new Heights(50);
  for (let first = 0; first < 10_000; first += 10) {
    const keys = Array.from({ length: 10 }, (_, index) => `m${first + index}`);
    heights.setKeys(keys);
    for (const key of keys) heights.measure(key, 100);
    heights.settle();
  }
  expect(heights.total).toBe(1_000);
  // Long gone: guessed anew, by what is typical. A moment ago: known.
  heights.measure("m9999", 30);
  heights.setKeys(["m0", "m9998", "m9999"]);
  expect(heights.offsets[2]).toBeGreaterThan(150);
  expect(heights.total - (heights.offsets[2] ?? 0)).toBe(30);
});

test("ten thousand rows are settled in a few milliseconds", () => {
  const heights = new Heights();
  const keys = Array.from({ length: 10_000 }, (_, index) => `m${index}`);
  const began = performance.now();
  heights.setKeys(keys);
  for (const key of keys.slice(0, 40)) heights.measure(key, 70);
  heights.settle();
  expect(performance.now() - began).toBeLessThan(100);
  expect(heights.at(heights.total)).toBe(9_999);
});

const run = (...messages: ReturnType<typeof message>[]) => ({ from: 1, to: 99, messages });
const at = (hours: number, minutes = 0) => new Date(2026, 10, 21, hours, minutes).getTime();

test("messages of one sender stand together for five minutes; days and senders part them", () => {
  const rows = rowsOf(
    run(message(1, { at: at(9) }), message(2, { at: at(9, 2) }), message(3, { at: at(9, 20) }), message(4, { at: at(9, 21), sender: { id: 7, handle: "c", nick: "C" } }), message(5, { at: at(33) })),
    [],
    1,
    null,
  );
  expect(rows.map((row) => [row.day, row.head, row.foot])).toEqual([
    [true, true, false],
    [false, false, true],
    [false, true, true],
    [false, true, true],
    [true, true, true],
  ]);
});

test("the divider stands above the first message of others that was not read", () => {
  const own = { id: 1, handle: "me", nick: "Me" };
  const rows = rowsOf(run(message(1), message(2), message(3, { sender: own }), message(4), message(5)), [], 1, 2);
  expect(rows.map((row) => row.divider)).toEqual([false, false, false, true, false]);
});

test("what waits stands at the end, with one's own", () => {
  const item = { key: "k", account: 1, conversation: 1, at: at(10), order: 1, kind: "send" as const, text: "x", reply: null, attachments: [] };
  const rows = rowsOf(run(message(1)), [{ item, state: { is: "waiting" } }], 1, null);
  expect(rows.map((row) => [row.key, row.own, row.seq])).toEqual([["m1", false, 1], ["ok", true, 0]]);
});

test("what happened to a group stands where it was heard, and only where the log around it is known", () => {
  const happening = (after: number) => ({ what: "joined" as const, after, at: at(9, 30), by: { id: 2, nick: "Bob" }, whom: { id: 2, nick: "Bob" }, name: "Tea" });
  const said = [message(5, { at: at(9) }), message(6, { at: at(9, 1) }), message(8, { at: at(9, 2) })];
  const rows = rowsOf({ from: 5, to: 9, messages: said }, [], 1, null, undefined, [happening(3), happening(4), happening(6), happening(6), happening(9), happening(12)]);
  expect(rows.map((row) => (row.happening ? `happened ${row.seq}` : row.seq))).toEqual(["happened 4", 5, 6, "happened 6", "happened 6", 8, "happened 9"]);
  expect(new Set(rows.map((row) => row.key)).size).toBe(rows.length);
  // It parts what is said before it from what is said after it.
  expect(rows.filter((row) => row.message).map((row) => [row.head, row.foot])).toEqual([[true, false], [false, true], [true, true]]);
  expect(rowsOf(undefined, [], 1, null, undefined, [happening(0)])).toEqual([]);
});
