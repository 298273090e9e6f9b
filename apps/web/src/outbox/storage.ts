// Where what waits is kept: IndexedDB, since it keeps files, too, and survives the tab. It takes its time, and a page that is left
// meanwhile takes with it what was not through; so words are jotted down at once beside it, until it has them.
import { holding, keep, recall, recallAll } from "../lib/storage";
import type { AccountId } from "../wire/types";
import type { Item } from "./item";

export interface Storage {
  /** Reads all; what cannot be read is done without. */
  all(): Promise<Item[]>;
  put(item: Item): Promise<void>;
  remove(key: string): Promise<void>;
  /** Throws away what is kept of one account; its words, which anybody could read, at once. */
  clear(account: AccountId): Promise<void>;
}

const NAME = "koine";
const STORE = "outbox";
/** Words on their way into the database, each under its key. */
const JOTTED = "jotted.";

/** What cannot be done to one item is no reason to leave the others undone. */
function forgiving(event: Event): void {
  event.preventDefault();
  event.stopPropagation();
}

export function indexed(): Storage {
  let opened: Promise<IDBDatabase> | undefined;
  const open = () =>
    (opened ??= new Promise((resolve, reject) => {
      const asked = indexedDB.open(NAME, 1);
      asked.onupgradeneeded = () => asked.result.createObjectStore(STORE, { keyPath: "key" });
      asked.onsuccess = () => resolve(asked.result);
      asked.onerror = () => reject(asked.error ?? new Error("the browser's database cannot be opened"));
    }));
  const run = async <Value>(mode: IDBTransactionMode, how: (store: IDBObjectStore) => IDBRequest<Value>): Promise<Value> => {
    const database = await open();
    return new Promise((resolve, reject) => {
      const transaction = database.transaction(STORE, mode);
      const asked = how(transaction.objectStore(STORE));
      // Only the transaction's end means that it is kept.
      transaction.oncomplete = () => resolve(asked.result);
      transaction.onabort = transaction.onerror = () => reject(transaction.error ?? new Error("the browser's database refused"));
    });
  };
  const all = async () => {
    // First what is on its way: by the time that the database answers, it may have arrived.
    const jotted = recallAll<Item>(JOTTED);
    const newer = new Set(jotted.map((item) => item.key));
    const kept = await run("readonly", (store) => store.getAll() as IDBRequest<Item[]>).catch(() => []);
    return [...kept.filter((item) => !newer.has(item.key)), ...jotted];
  };
  const remove = async (key: string) => {
    keep(JOTTED + key, null);
    await run("readwrite", (store) => store.delete(key));
  };
  return {
    all,
    remove,
    put: async (item) => {
      const put = run("readwrite", (store) => store.put(item));
      if (item.kind === "send" && item.attachments.length > 0) return void (await holding(put));
      const words = JSON.stringify(item);
      // Where there is no room for these, older ones must not stand for them.
      keep(JOTTED + item.key, null);
      keep(JOTTED + item.key, item);
      await put;
      // If they are not newer ones by now.
      if (JSON.stringify(recall(JOTTED + item.key, null)) === words) keep(JOTTED + item.key, null);
    },
    clear: async (account) => {
      for (const item of recallAll<Item>(JOTTED)) if (item.account === account) keep(JOTTED + item.key, null);
      // In one step: whoever reads from now on, the same person who signs in again say, finds nothing of it.
      await run("readwrite", (store) => {
        const walk = store.openCursor();
        walk.onsuccess = () => {
          if ((walk.result?.value as Item | undefined)?.account === account) walk.result?.delete().addEventListener("error", forgiving);
          walk.result?.continue();
        };
        return walk;
      }).catch(() => undefined);
    },
  };
}
