// What the browser keeps for a visit without a server.

/** All of it, as text. @param {import("playwright-core").Page} page @returns {Promise<string>} */
export function kept(page) {
  return page.evaluate(
    () =>
      new Promise((resolve, reject) => {
        const opened = indexedDB.open("koine-snapshot");
        opened.onerror = () => reject(opened.error);
        opened.onsuccess = () => {
          const database = opened.result;
          const asked = database.transaction("parts").objectStore("parts").getAll();
          asked.onerror = () => reject(asked.error);
          asked.onsuccess = () => {
            database.close();
            resolve(JSON.stringify(asked.result));
          };
        };
      }),
  );
}

/** Throws all of it away, as a browser may that needs the room. @param {import("playwright-core").Page} page @returns {Promise<void>} */
export function forgetKept(page) {
  return page.evaluate(
    () =>
      new Promise((resolve, reject) => {
        const opened = indexedDB.open("koine-snapshot");
        opened.onerror = () => reject(opened.error);
        opened.onsuccess = () => {
          const cleared = opened.result.transaction("parts", "readwrite").objectStore("parts").clear();
          cleared.onerror = () => reject(cleared.error);
          cleared.onsuccess = () => {
            opened.result.close();
            resolve(undefined);
          };
        };
      }),
  );
}

/**
 * Holds one of the client's databases, as another window may that is at work: what is asked of it waits until the answer is called.
 * @param {import("playwright-core").Page} page another page of the same browser and origin
 * @param {string} name
 * @param {string} store
 * @returns {Promise<() => Promise<void>>}
 */
export async function held(page, name, store) {
  await page.evaluate(
    ([name, store]) =>
      new Promise((resolve, reject) => {
        const opened = indexedDB.open(name);
        opened.onerror = () => reject(opened.error);
        opened.onsuccess = () => {
          const transaction = opened.result.transaction(store, "readwrite");
          globalThis.holds = true;
          globalThis.released = new Promise((done) => (transaction.oncomplete = () => done(opened.result.close())));
          // A transaction ends when nothing more is asked in it.
          const ask = () => {
            transaction.objectStore(store).count().onsuccess = () => globalThis.holds && ask();
          };
          ask();
          resolve(undefined);
        };
      }),
    [name, store],
  );
  return () =>
    page.evaluate(async () => {
      globalThis.holds = false;
      await globalThis.released;
    });
}
