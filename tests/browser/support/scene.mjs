// A scene: a server and a browser of its own, both ended whatever happens.
import { test } from "node:test";
import { startBrowser } from "./browser.mjs";
import { startServer } from "./server.mjs";

/**
 * @param {string} name
 * @param {(stage: { server: import("./server.mjs").Server, browser: import("./browser.mjs").Browsers, step: (name: string, how: () => Promise<void>) => Promise<void> }) => Promise<void>} play
 * @param {number} [within] milliseconds
 * @param {Record<string, string>} [settings] of the server, by their names in the environment
 */
export function scene(name, play, within = 120_000, settings = {}) {
  test(name, { timeout: within }, async (context) => {
    const server = await startServer(settings);
    try {
      const browser = await startBrowser(server.origin);
      // What follows on a step that failed would only fail, too.
      const step = async (words, how) => {
        let done = false;
        await context.test(words, async () => {
          await how();
          done = true;
        });
        if (done) return;
        await browser.look(words);
        throw new Error(`the scene ends at: ${words}`);
      };
      let played = false;
      try {
        await play({ server, browser, step });
        played = true;
      } finally {
        await browser.close().catch((cause) => {
          if (played) throw cause;
          console.error(cause);
        });
      }
    } finally {
      await server.stop();
    }
  });
}
