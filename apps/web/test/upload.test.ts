// Uploads: what stands still is not waited for without end.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { upload } from "../src/upload/tus";

let made: Fake[];

/** A request that goes out as far as the test lets it. */
class Fake {
  upload: { onprogress?: (event: { loaded: number }) => void } = {};
  onload?: () => void;
  onloadend?: () => void;
  onabort?: () => void;
  status = 204;
  aborted = false;

  constructor() {
    made.push(this);
  }

  open(): void {}
  setRequestHeader(): void {}
  send(): void {}
  getResponseHeader(): string {
    return "3";
  }

  abort(): void {
    this.aborted = true;
    this.onabort?.();
    this.onloadend?.();
  }
}

beforeEach(() => {
  made = [];
  vi.useFakeTimers();
  vi.stubGlobal("XMLHttpRequest", Fake);
  vi.stubGlobal("fetch", () => Promise.resolve(new Response(null, { status: 201, headers: { Location: "/api/uploads/abc" } })));
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function begin(): Promise<string> {
  return upload("token", { blob: new Blob(["abc"]), name: "a", type: "" }, undefined, { onLocation: () => undefined, onBytes: () => undefined }, new AbortController().signal);
}

test("an upload that stands still is given up, as when the network is away", async () => {
  const failed = begin().catch((cause: unknown) => cause);
  await vi.advanceTimersByTimeAsync(29_000);
  made[0]?.upload.onprogress?.({ loaded: 1 });
  await vi.advanceTimersByTimeAsync(29_000);
  expect(made[0]?.aborted).toBe(false);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(made[0]?.aborted).toBe(true);
  expect(await failed).toBeInstanceOf(TypeError);
});

test("one that is answered is done, however long it took", async () => {
  const done = begin();
  for (let turn = 0; turn < 10; turn++) {
    await vi.advanceTimersByTimeAsync(20_000);
    made[0]?.upload.onprogress?.({ loaded: turn });
  }
  made[0]?.onload?.();
  made[0]?.onloadend?.();
  expect(await done).toBe("abc");
  expect(vi.getTimerCount()).toBe(0);
});
