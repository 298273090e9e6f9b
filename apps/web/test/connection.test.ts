// The connection: answers find their questions, breaks break them, and it comes back.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { backoff } from "../src/wire/backoff";
import { Connection, type Socket } from "../src/wire/connection";
import { Disconnected, Refused } from "../src/wire/fault";

class Wire implements Socket {
  onopen = null;
  onmessage: ((message: { data: unknown }) => void) | null = null;
  onclose: (() => void) | null = null;
  onerror = null;
  sent: Record<string, unknown>[] = [];
  closed = false;
  send(text: string) {
    this.sent.push(JSON.parse(text) as Record<string, unknown>);
  }
  close() {
    this.closed = true;
  }
  say(frame: unknown) {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }
}

let wires: Wire[];
let events: string[];
let connection: Connection;
const hello = { event: "hello", server: "koine", version: "1", protocol: 1, time: 0, limits: {}, registration: "open" };

beforeEach(() => {
  vi.useFakeTimers();
  wires = [];
  events = [];
  connection = new Connection({
    open: () => {
      const wire = new Wire();
      wires.push(wire);
      return wire;
    },
    onHello: () => events.push("hello"),
    onEvents: (some) => events.push(some.map((event) => event.event).join()),
    onDown: () => events.push("down"),
    random: () => 0,
  });
});

afterEach(() => {
  connection.stop();
  vi.useRealTimers();
});

test("each answer goes to its question, refusals with their code and field", async () => {
  connection.start();
  wires[0]?.say(hello);
  const first = connection.request("contacts", {});
  const second = connection.request("find", { who: "nobody" });
  expect(wires[0]?.sent).toEqual([{ id: 1, do: "contacts" }, { id: 2, do: "find", who: "nobody" }]);
  expect(Object.keys(wires[0]?.sent[1] ?? {}), "the server reads it faster so").toEqual(["id", "do", "who"]);
  wires[0]?.say({ id: 2, error: { code: "unknown_account", message: "no", field: "who" } });
  wires[0]?.say({ id: 1, ok: { contacts: [] } });
  await expect(first).resolves.toEqual({ contacts: [] });
  const third = connection.request("contacts", {});
  wires[0]?.say({ id: 3, error: { code: "too_often", message: "no", seconds: 12 } });
  await expect(third).rejects.toMatchObject({ code: "too_often", seconds: 12 });
  await expect(second).rejects.toMatchObject({ code: "unknown_account", field: "who" });
  await expect(second).rejects.toBeInstanceOf(Refused);
});

test("nothing can be asked before hello", async () => {
  connection.start();
  await expect(connection.request("contacts", {})).rejects.toBeInstanceOf(Disconnected);
});

test("a break breaks what was asked, and the next attempt waits longer each time", async () => {
  connection.start();
  wires[0]?.say(hello);
  const asked = connection.request("contacts", {});
  wires[0]?.onclose?.();
  await expect(asked).rejects.toBeInstanceOf(Disconnected);
  expect(events).toEqual(["hello", "down"]);
  expect(connection.status.value).toBe("waiting");
  vi.advanceTimersByTime(backoff(0, () => 0));
  expect(wires).toHaveLength(2);
  wires[1]?.onclose?.();
  vi.advanceTimersByTime(backoff(0, () => 0));
  expect(wires).toHaveLength(2);
  vi.advanceTimersByTime(backoff(1, () => 0));
  expect(wires).toHaveLength(3);
  wires[2]?.say(hello);
  expect(connection.status.value).toBe("up");
});

test("events that come fast are told together, and before whatever comes after them", async () => {
  connection.start();
  wires[0]?.say(hello);
  for (const event of ["message", "marks", "typing"]) wires[0]?.say({ event });
  expect(events).toEqual(["hello", "message"]);
  vi.advanceTimersByTime(100);
  expect(events).toEqual(["hello", "message", "marks,typing"]);
  for (const event of ["message", "edited"]) wires[0]?.say({ event });
  const asked = connection.request("contacts", {}).then(() => events.push("answer"));
  wires[0]?.say({ id: 1, ok: { contacts: [] } });
  await asked;
  for (const event of ["message", "bye"]) wires[0]?.say({ event });
  wires[0]?.onclose?.();
  expect(events.slice(3)).toEqual(["message", "edited", "answer", "message,bye", "down"]);
});

test("an answer is no burst: the event behind it is told at once", async () => {
  connection.start();
  wires[0]?.say(hello);
  const asked = connection.request("contacts", {});
  wires[0]?.say({ id: 1, ok: { contacts: [] } });
  await asked;
  wires[0]?.say({ event: "message" });
  expect(events).toEqual(["hello", "message"]);
});

test("what events run into takes no answer away, and no new attempt", async () => {
  const reported = vi.fn();
  vi.stubGlobal("reportError", reported);
  const broken = new Connection({
    open: () => {
      const wire = new Wire();
      wires.push(wire);
      return wire;
    },
    onHello: () => undefined,
    onEvents: () => {
      throw new Error("on purpose");
    },
    onDown: () => undefined,
    random: () => 0,
  });
  broken.start();
  const wire = wires.at(-1);
  wire?.say(hello);
  wire?.say({ event: "message" });
  const asked = broken.request("contacts", {});
  wire?.say({ event: "message" });
  wire?.say({ id: 1, ok: { contacts: [] } });
  await expect(asked).resolves.toEqual({ contacts: [] });
  wire?.say({ event: "message" });
  wire?.onclose?.();
  expect(broken.status.value).toBe("waiting");
  expect(reported).toHaveBeenCalledTimes(3);
  broken.stop();
  vi.unstubAllGlobals();
});

test("who breaks the connection off hears nothing that was told before", () => {
  connection.start();
  wires[0]?.say(hello);
  for (const event of ["message", "marks"]) wires[0]?.say({ event });
  connection.stop();
  vi.advanceTimersByTime(1_000);
  expect(events).toEqual(["hello", "message", "down"]);
});

test("a nudge tries at once", () => {
  connection.start();
  wires[0]?.onclose?.();
  connection.nudge();
  expect(wires).toHaveLength(2);
});

test("a connection that answers nothing is given up", async () => {
  connection.start();
  wires[0]?.say(hello);
  const asked = connection.request("contacts", {});
  const broken = expect(asked).rejects.toBeInstanceOf(Disconnected);
  vi.advanceTimersByTime(30_000);
  await broken;
  expect(wires[0]?.closed).toBe(true);
});

test("silence is asked about, and an answer is enough", () => {
  connection.start();
  wires[0]?.say(hello);
  vi.advanceTimersByTime(46_000);
  expect(wires[0]?.sent).toMatchObject([{ do: "invitations" }]);
  wires[0]?.say({ id: 1, ok: { invitations: [] } });
  vi.advanceTimersByTime(20_000);
  expect(connection.status.value).toBe("up");
});

test("a resting connection is made again when it is needed", async () => {
  connection.start();
  wires[0]?.say(hello);
  connection.rest();
  vi.advanceTimersByTime(120_000);
  expect(wires).toHaveLength(1);
  const ready = connection.ready();
  wires[1]?.say(hello);
  await ready;
  expect(connection.status.value).toBe("up");
});

test("nonsense from the server is let pass", () => {
  connection.start();
  wires[0]?.onmessage?.({ data: "no json" });
  wires[0]?.onmessage?.({ data: new ArrayBuffer(3) });
  wires[0]?.say({ id: 77, ok: {} });
  wires[0]?.say(hello);
  expect(connection.status.value).toBe("up");
});

test("waiting doubles, within bounds, and half of it is chance", () => {
  expect(backoff(0, () => 0)).toBe(250);
  expect(backoff(0, () => 0.999)).toBe(500);
  expect(backoff(3, () => 0)).toBe(2000);
  expect(backoff(50, () => 0.999)).toBeLessThanOrEqual(30_000);
});
