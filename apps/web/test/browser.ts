// What a browser keeps, for tests: its small storage, and a database that is busy with somebody else's transaction.
import type { Storage } from "../src/outbox/storage";

/** The browser's small storage, which is `local`. */
export function localStorageOf(local: Map<string, string>) {
  return {
    get length() {
      return local.size;
    },
    key: (index: number) => [...local.keys()][index] ?? null,
    getItem: (name: string) => local.get(name) ?? null,
    setItem: (name: string, value: string) => void local.set(name, value),
    removeItem: (name: string) => void local.delete(name),
  };
}

/** Throws away what waits, of whomever it is. */
export async function emptied(storage: Storage): Promise<void> {
  for (const item of await storage.all()) await storage.remove(item.key);
}

/** Holds all of a database's store; what is asked of it waits until the answer is called. */
export async function held(name: string, store: string): Promise<() => Promise<void>> {
  const database = await new Promise<IDBDatabase>((resolve, reject) => {
    const asked = indexedDB.open(name, 1);
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error ?? new Error("it cannot be opened"));
  });
  const transaction = database.transaction(store, "readwrite");
  const done = new Promise<void>((resolve) => (transaction.oncomplete = () => resolve()));
  let on = true;
  // A transaction ends when nothing more is asked in it.
  const ask = () => {
    transaction.objectStore(store).count().onsuccess = () => on && ask();
  };
  ask();
  return () => {
    on = false;
    return done.finally(() => database.close());
  };
}
