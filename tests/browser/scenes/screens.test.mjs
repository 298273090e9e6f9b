// All screens: in three languages, light and dark, wide and narrow; with no serious fault that axe-core finds, nothing in a wrong language and nothing that
// sticks out. Pictures go to shots/.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { cuttable, PHONE, SHOTS } from "../support/browser.mjs";
import { foreignWords, phrasesOf } from "../support/languages.mjs";
import { startMail } from "../support/mail.mjs";
import { scene } from "../support/scene.mjs";
import { outside } from "../support/screens/outside.mjs";
import { theMainScreens, theOtherScreens } from "../support/screens/tour.mjs";
import { makeWorld } from "../support/screens/world.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const LOCALES = { en: "en-GB", ru: "ru-RU", zh: "zh-CN" };
/** How the screens that are seen less often are looked at; SCREENS=all looks at them in each way. */
const WAYS = new Set(["en wide light", "en phone dark", "ru phone light", "zh wide dark"]);
const ALL = process.env["SCREENS"] === "all";
/** Languages to look in: SCREENS_IN=ru,zh; all where none is named. */
const LANGUAGES = (process.env["SCREENS_IN"] ?? "en,ru,zh").split(",");

mkdirSync(SHOTS, { recursive: true });
const mail = await startMail();

scene(
  "all screens",
  async ({ server, browser, step }) => {
    // What the pages behind mailed links answer to a wrong form and a dead link.
    browser.excuse(/status of (404|422)/);
    /** Where each was seen. @type {Map<string, string[]>} */
    const faults = new Map();
    const note = (where, found) => found.forEach((fault) => faults.set(fault, [...(faults.get(fault) ?? []), where]));
    let world;
    let link = "";

    await step("something to look at", async () => {
      world = await makeWorld(server, browser);
      const page = await browser.open();
      await page.getByTestId("lost").click();
      await page.locator("input[name=email]").fill("ann@example.org");
      await page.locator("button[type=submit]").click();
      const { pathname } = new URL(/https?:\/\/\S+\/recover\S*/.exec(await mail.letter("ann@example.org"))?.[0] ?? "");
      link = `${server.origin}${pathname}`;
      await page.context().close();
    });

    for (const language of LANGUAGES) {
      await step(language, async () => {
        for (const [size, viewport] of [["wide", undefined], ["phone", PHONE]]) {
          for (const colorScheme of ["light", "dark"]) {
            const way = `${language} ${size} ${colorScheme}`;
            const options = { reducedMotion: "reduce", colorScheme, locale: LOCALES[language], ...(viewport ? { viewport, hasTouch: true } : {}) };
            const open = () => browser.blank(options);
            const page = await open();
            await cuttable(page);
            await page.goto(server.origin);
            const look = async (name, at = page) => {
              const where = `${way} ${name}`;
              await at.evaluate(() => document.fonts.ready);
              note(where, (await foreignWords(at, language)).map((words) => `not in the language: ${words}`));
              note(where, (await at.evaluate(outside)).map((what) => `sticks out: ${what}`));
              await at.screenshot({ path: join(SHOTS, `${where.replaceAll(" ", "-")}.png`) });
              // Colours and structure are the same in each language.
              if (language === "en") note(where, await axe(at));
            };
            const stage = { page, look, words: phrasesOf(language), world, origin: server.origin, link, open };
            await theMainScreens(stage);
            if (ALL || WAYS.has(way)) await theOtherScreens(stage);
            await page.context().close();
          }
        }
      });
    }

    await step("no faults", async () => {
      assert.equal([...faults].map(([fault, places]) => `${fault} (${places.slice(0, 3).join(", ")}${places.length > 3 ? ` and ${places.length - 3} more` : ""})`).join("\n"), "");
    });
    world.close();
    mail.close();
  },
  900_000,
  {
    KOINE_SMTP__HOST: "127.0.0.1",
    KOINE_SMTP__PORT: String(mail.port),
    KOINE_SMTP__TLS: "none",
    KOINE_SMTP__FROM: "koine <koine@example.org>",
    // Each walk has its wrong passwords and its lost ones.
    KOINE_LIMITS__FAILED_LOGINS: "0",
    KOINE_LIMITS__FAILED_LOGINS_PER_ADDRESS: "0",
    KOINE_LIMITS__MAILS_PER_ADDRESS: "0",
  },
);

/** What axe-core calls serious or critical. */
async function axe(page) {
  // The policy lets no script in; the debugger's door is not a page's.
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.slice(0, 3).map((node) => `${node.html.slice(0, 160)} ${node.any[0]?.message ?? node.all[0]?.message ?? ""}`).join(" | ")}`);
}
