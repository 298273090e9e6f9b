// Where what waits is kept: IndexedDB, since it keeps files, too, and survives the tab.
import type { Item } from "./item";

export interface Storage {
  all(): Promise<Item[]>;
  put(item: Item): Promise<void>;
  remove(key: string): Promise<void>;
  clear(): Promise<void>;
}

const NAME = "koine";
const STORE = "outbox";

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
  return {
    all: () => run("readonly", (store) => store.getAll() as IDBRequest<Item[]>),
    put: async (item) => void (await run("readwrite", (store) => store.put(item))),
    remove: async (key) => void (await run("readwrite", (store) => store.delete(key))),
    clear: async () => void (await run("readwrite", (store) => store.clear())),
  };
}
