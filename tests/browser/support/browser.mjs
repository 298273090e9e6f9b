// Browsers, and what must never happen in one: a request to another host, a violation of the policy, an error in the console.
import assert from "node:assert/strict";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { PATIENCE } from "./wait.mjs";

const FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
/** Where pictures of the screens go; git ignores it. */
export const SHOTS = join(import.meta.dirname, "../shots");
const WIDE = { width: 1280, height: 800 };
export const PHONE = { width: 390, height: 844 };

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {{ open: (options?: object) => Promise<Page>, blank: (options?: object) => Promise<Page>, close: () => Promise<void>, faults: string[], excuse: (pattern: RegExp) => void, look: (why: string) => Promise<void> }} Browsers */

/**
 * One browser, in which every `open` is another person's: nothing is shared between them.
 * @param {string} origin where the server is
 * @returns {Promise<Browsers>}
 */
export async function startBrowser(origin) {
  const browser = await chromium.launch({ executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium", args: FLAGS, timeout: PATIENCE });
  /** @type {string[]} */
  const faults = [];
  /** @type {RegExp[]} */
  const excused = [];
  const blank = async (options = {}) => {
    const context = await browser.newContext({ viewport: WIDE, locale: "en-GB", colorScheme: "light", ...options });
    context.setDefaultTimeout(PATIENCE);
    watch(context, origin, faults);
    return context.newPage();
  };
  return {
    faults,
    /** What is to be expected while the server is away. */
    excuse: (pattern) => excused.push(pattern),
    open: async (options) => {
      const page = await blank(options);
      await page.goto(origin);
      return page;
    },
    /** The same before anything was opened. */
    blank,
    /** Pictures of all that is open, for whoever asks why. */
    look: async (why) => {
      const pages = browser.contexts().flatMap((context) => context.pages());
      for (const [index, page] of pages.entries()) {
        const path = join(SHOTS, `failed ${why.replace(/\W+/g, "-")} ${index + 1}.png`);
        await page.screenshot({ path }).then(() => console.error(`see ${path}`), () => undefined);
      }
      if (faults.length > 0) console.error(faults.join("\n"));
    },
    /** Ends the browser, and tells whether all was well in it. */
    close: async () => {
      await browser.close();
      assert.deepEqual(faults.filter((fault) => !excused.some((pattern) => pattern.test(fault))), []);
    },
  };
}

/**
 * Has the pages of `page`'s context lose their connections at will: `globalThis.cut(true)` ends them and lets no other be made, until
 * `cut(false)`. Before the page is opened.
 * @param {Page} page
 */
export async function cuttable(page) {
  await page.context().addInitScript(() => {
    const made = new Set();
    let away = false;
    globalThis.WebSocket = class extends WebSocket {
      constructor(...words) {
        if (away) throw new Error("there is no network");
        super(...words);
        made.add(this);
      }

      // What is said into a broken line is lost without a word.
      send(text) {
        if (this.readyState === WebSocket.OPEN) super.send(text);
      }
    };
    globalThis.cut = (yes) => {
      away = yes;
      if (yes) for (const one of made) one.close();
      else dispatchEvent(new Event("online"));
    };
  });
}

function watch(context, origin, faults) {
  const own = new URL(origin).host;
  context.on("request", (request) => {
    const url = new URL(request.url());
    if (/^(https?|wss?):$/.test(url.protocol) && url.host !== own) faults.push(`request to another host: ${url.href}`);
  });
  context.on("console", (message) => {
    if (message.type() === "error" || /Content Security Policy/i.test(message.text())) faults.push(`console: ${message.text()} (${message.location().url})`);
  });
  context.on("weberror", (error) => faults.push(`uncaught: ${error.error().stack ?? error.error()}`));
  context.on("page", (page) => page.on("websocket", (socket) => new URL(socket.url()).host === own || faults.push(`socket to another host: ${socket.url()}`)));
}
