// Where the snapshot is kept: a database of its own, so that what waits to be sent does not depend on its shape.

export interface Parts {
  all(): Promise<Map<string, unknown>>;
  /** Writes what is named; `undefined` removes it. What is not in `wanted` goes. */
  write(changes: ReadonlyMap<string, unknown>, wanted: ReadonlySet<string>): Promise<void>;
  clear(): Promise<void>;
}

const NAME = "koine-snapshot";
const STORE = "parts";

export function parts(): Parts {
  let opened: Promise<IDBDatabase> | undefined;
  const open = () =>
    (opened ??= new Promise((resolve, reject) => {
      const asked = indexedDB.open(NAME, 1);
      asked.onupgradeneeded = () => asked.result.createObjectStore(STORE);
      asked.onsuccess = () => resolve(asked.result);
      asked.onerror = () => reject(asked.error ?? new Error("the browser's database cannot be opened"));
    }));
  const run = async (mode: IDBTransactionMode, how: (store: IDBObjectStore) => void): Promise<void> => {
    const database = await open();
    return new Promise((resolve, reject) => {
      const transaction = database.transaction(STORE, mode);
      transaction.oncomplete = () => resolve();
      transaction.onabort = transaction.onerror = () => reject(transaction.error ?? new Error("the browser's database refused"));
      how(transaction.objectStore(STORE));
    });
  };
  return {
    all: async () => {
      const found = new Map<string, unknown>();
      await run("readonly", (store) => {
        const asked = store.openCursor();
        asked.onsuccess = () => {
          const cursor = asked.result;
          if (cursor === null) return;
          found.set(String(cursor.key), cursor.value);
          cursor.continue();
        };
      });
      return found;
    },
    write: (changes, wanted) =>
      run("readwrite", (store) => {
        for (const [name, value] of changes) {
          if (value === undefined) store.delete(name);
          else store.put(value, name);
        }
        const names = store.getAllKeys();
        names.onsuccess = () => {
          for (const name of names.result) if (!wanted.has(String(name))) store.delete(name);
        };
      }),
    clear: () => run("readwrite", (store) => void store.clear()),
  };
}
