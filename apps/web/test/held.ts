// A database of the browser that is busy with somebody else's transaction.

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
