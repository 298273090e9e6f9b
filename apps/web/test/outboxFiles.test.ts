// The outbox and the order of files: those that were chosen together come as they were chosen.
import "fake-indexeddb/auto";
import { beforeEach, expect, test, vi } from "vitest";
import type { SendItem } from "../src/outbox/item";
import { Outbox, type Transport } from "../src/outbox/outbox";
import { indexed } from "../src/outbox/storage";
import { emptied, localStorageOf } from "./browser";

vi.stubGlobal("localStorage", localStorageOf(new Map<string, string>()));

const storage = indexed();
let sent: string[];
/** What goes up, and how it ends. */
let way: Map<string, { up: () => void; broke: (cause: unknown) => void }>;

function transport(): Transport {
  return {
    epoch: () => "a",
    up: () => true,
    send: (item) => {
      sent.push(item.key);
      return new Promise(() => undefined);
    },
    upload: (one) => new Promise((resolve, reject) => way.set(one.name, { up: () => resolve(`id-${one.name}`), broke: reject })),
    forget: () => undefined,
    words: () => "in words",
    complain: () => undefined,
    giveBack: () => undefined,
    heard: () => false,
  };
}

function picture(key: string, more: Partial<SendItem> = {}): SendItem {
  const attachments = [{ name: key, type: "image/png", blob: new Blob([key]) }];
  return { key, account: 1, conversation: 5, at: 0, order: 0, kind: "send", text: "", reply: null, attachments, ...more };
}

const settle = () => new Promise((resolve) => setTimeout(resolve, 60));

/** Three pictures of which the first takes longest. */
async function three(): Promise<Outbox> {
  const box = new Outbox(storage, transport());
  for (const key of ["large", "small", "last"]) box.add(picture(key));
  await settle();
  expect([...way.keys()]).toEqual(["large", "small"]);
  way.get("small")?.up();
  await settle();
  way.get("last")?.up();
  await settle();
  return box;
}

beforeEach(async () => {
  [sent, way] = [[], new Map()];
  await emptied(storage);
});

test("pictures come in the order in which they were chosen, whichever is up first", async () => {
  const box = await three();
  expect(sent).toEqual([]);
  // Words do not wait, and nor does another conversation.
  box.add(picture("words", { text: "hello", attachments: [] }));
  box.add(picture("elsewhere", { conversation: 6 }));
  await settle();
  way.get("elsewhere")?.up();
  await settle();
  expect(sent).toEqual(["words", "elsewhere"]);
  way.get("large")?.up();
  await settle();
  expect(sent.slice(2)).toEqual(["large", "small", "last"]);
});

test("a picture that is refused or taken back holds up no others", async () => {
  await three();
  way.get("large")?.broke(Object.assign(new Error("large"), { status: 413 }));
  await settle();
  expect(sent).toEqual(["small", "last"]);
  [sent, way] = [[], new Map()];
  await emptied(storage);
  const box = await three();
  box.cancel("large");
  way.get("large")?.broke(new DOMException("aborted", "AbortError"));
  await settle();
  expect(sent).toEqual(["small", "last"]);
});
