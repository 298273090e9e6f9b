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
