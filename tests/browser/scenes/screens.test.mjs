// The main screens: in three languages, light and dark, wide and narrow; with no serious fault that axe-core finds. Pictures go to shots/.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { cuttable, PHONE, SHOTS } from "../support/browser.mjs";
import { native } from "../support/dialects.mjs";
import { picture } from "../support/files.mjs";
import { foreignWords, phrasesOf } from "../support/languages.mjs";
import { choose, composer, message, row, say, ticks } from "../support/people.mjs";
import { scene } from "../support/scene.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
mkdirSync(SHOTS, { recursive: true });

scene("the main screens", async ({ server, browser, step }) => {
  /** @type {string[]} */
  const faults = [];
  let secret = "";

  await step("something to look at", async () => {
    const bob = await native(server);
    await bob.ask("register", { handle: "bob", nick: "Боб", password: "a long secret", device: "the test" });
    await bob.ask("profile", { status: "☕" });
    const ann = await browser.open();
    await ann.getByTestId("to-sign-up").click();
    await ann.locator("input[name=nick]").fill("Ann");
    await ann.locator("input[name=username]").fill("ann");
    await ann.locator("input[name=password]").fill("a long secret");
    await ann.locator("button[type=submit]").click();
    await ann.getByTestId("new-chat").waitFor();
    await bob.ask("contact.request", { who: "ann" });
    const { conversation } = await bob.ask("open", { with: "ann" });
    await bob.ask("group.create", { name: "茶 · 1924", members: ["ann"] }).then(({ conversation: group }) => bob.ask("send", { to: { conversation: group.id }, key: "g", text: "1, 2, 3" }));
    await bob.ask("send", { to: { conversation: conversation.id }, key: "1", text: "12:30?" });
    await bob.ask("send", { to: { conversation: conversation.id }, key: "2", text: "https://example.org/1" });
    await ann.evaluate((id) => (location.hash = `#/c/${id}`), conversation.id);
    await composer(ann).waitFor();
    await say(ann, "👍");
    await say(ann, "12:45!");
    await ann.getByTestId("file-input").setInputFiles({ name: "1.png", mimeType: "image/png", buffer: picture(480, 300) });
    await composer(ann).press("Enter");
    await ann.locator("[data-testid=message] .picture img").waitFor();
    await bob.ask("react", { conversation: conversation.id, seq: 4, key: "3", emoji: "🎉", on: true });
    await bob.ask("read", { conversation: conversation.id, seq: 4 });
    await ticks(ann, "12:45!", "read");
    await message(ann, "12:45!").locator(".reaction").waitFor();
    await bob.ask("send", { to: { conversation: conversation.id }, key: "4", text: "7".repeat(180), reply: 4 });
    secret = await ann.evaluate(() => localStorage.getItem("koine.token"));
    await ann.context().close();
    bob.close();
  });

  for (const language of ["en", "ru", "zh"]) {
    await step(language, async () => {
      for (const [size, viewport] of [["wide", undefined], ["phone", PHONE]]) {
        for (const colorScheme of ["light", "dark"]) {
          const options = { reducedMotion: "reduce", colorScheme, locale: { en: "en-GB", ru: "ru-RU", zh: "zh-CN" }[language], ...(viewport ? { viewport, hasTouch: true } : {}) };
          const page = await browser.blank(options);
          await cuttable(page);
          await page.goto(server.origin);
          const look = async (name) => {
            const where = `${language} ${size} ${colorScheme} ${name}`;
            await page.evaluate(() => document.fonts.ready);
            faults.push(...(await foreignWords(page, language)).map((words) => `${where}: not in the language: ${words}`));
            await page.screenshot({ path: join(SHOTS, `${where.replaceAll(" ", "-")}.png`) });
            // Colours and structure are the same in each language.
            if (language === "en") faults.push(...(await axe(page)).map((fault) => `${where}: ${fault}`));
          };
          await page.locator("input[name=password]").waitFor();
          await look("door");
          await page.getByTestId("to-sign-up").click();
          await page.locator("input[name=nick]").waitFor();
          await look("sign-up");
          await page.evaluate((token) => localStorage.setItem("koine.token", token), secret);
          await page.reload();
          const show = async (name, path) => {
            await page.evaluate((to) => (location.hash = to), path);
            await look(name);
          };
          await page.getByTestId("conversation-row").first().waitFor();
          await look("chats");
          await row(page, "Боб").click();
          await page.locator("[data-testid=message] .picture img").waitFor();
          await look("conversation");
          await message(page, "12:45!").click({ button: "right" });
          await page.getByRole("menu").waitFor();
          await look("menu");
          await page.keyboard.press("Escape");
          const here = await page.evaluate(() => location.hash);
          await page.evaluate((to) => (location.hash = to), `${here}/info`);
          await page.locator("aside.info").waitFor();
          await look("details");
          await show("contacts", "#/contacts");
          await page.getByTestId("contact-request").waitFor();
          await page.getByTestId("add-contact").click();
          await page.getByRole("dialog").waitFor();
          await look("add-contact");
          await page.keyboard.press("Escape");
          await show("settings", "#/settings");
          await page.evaluate(() => (location.hash = "#/chats"));
          await page.getByTestId("new-chat").click();
          await page.getByTestId("new-group").click();
          await page.getByRole("dialog").waitFor();
          await look("new-group");
          await page.keyboard.press("Escape");
          // What is seen less often: each look in English, and once in the other languages.
          if (language === "en" || (size === "phone" && colorScheme === "light")) await more(page, look, language);
          await page.context().close();
        }
      }
    });
  }

  await step("no faults", async () => assert.deepEqual(faults, []));
}, 420_000);

/** The search, what stands above the field, what waits or has failed, the dialogs; `look` looks at each. */
async function more(page, look, language) {
  const words = phrasesOf(language);
  await page.locator("#search").fill("12");
  await page.getByTestId("search-hit").first().waitFor();
  await look("search");
  await page.locator("#search").fill("9876");
  await page.locator(".results .empty").waitFor();
  await look("search-nothing");
  await page.locator("#search").press("Escape");
  await row(page, "Боб").click();
  await page.locator("[data-testid=message] .picture img").waitFor();
  await page.getByRole("button", { name: words["composer.emoji"], exact: true }).click();
  await page.locator(".composer-emoji").waitFor();
  await look("emoji");
  await choose(page, "12:30?", words["message.reply"]);
  await page.locator(".about").waitFor();
  await composer(page).fill("7".repeat(70_000));
  await page.locator(".composer-long").waitFor();
  await look("answer-too-long");
  await composer(page).fill("");
  await choose(page, "12:45!", words["message.edit"]);
  await page.locator(".about").waitFor();
  await look("edit");
  await composer(page).press("Escape");
  await page.locator("[data-testid=message] .picture").click();
  await page.locator(".viewer img").waitFor();
  await look("viewer");
  await page.keyboard.press("Escape");
  // As an earlier visit has left it: refused.
  const id = Number((await page.evaluate(() => location.hash)).split("/")[2]);
  await page.evaluate(leaveFailed, id);
  await page.reload();
  await page.locator(".message.is-failed").waitFor();
  await page.evaluate(() => globalThis.cut(true));
  await say(page, "12:50");
  await page.locator("[data-testid=offline]:visible").waitFor();
  await page.locator("[data-testid=message-waiting] [data-reach=waiting]").waitFor();
  await look("waiting-and-failed");
  await page.locator(".message.is-failed .failed").click();
  await page.getByRole("menu").waitFor();
  await look("failed-menu");
  await page.getByRole("menuitem", { name: words["message.discard"] }).click();
  await page.evaluate(() => globalThis.cut(false));
  await message(page, "12:50").locator("[data-testid=ticks]").waitFor();
  await choose(page, "12:50", words["message.delete"]);
  await page.getByRole("dialog").waitFor();
  await look("delete-message");
  await page.getByRole("dialog").locator("button[type=submit]").click();
  await page.evaluate(() => (location.hash = "#/settings"));
  for (const key of ["profile.title", "devices.title", "password.title", "keys.title", "delete.title", "settings.out"]) {
    await page.getByRole("button", { name: words[key], exact: true }).click();
    await page.getByRole("dialog").waitFor();
    if (key === "devices.title") await page.getByTestId("session").first().waitFor();
    await look(`dialog-${key.split(".")[0]}`);
    await page.keyboard.press("Escape");
  }
}

/** In the page: a message of the conversation that the server has refused. */
function leaveFailed(conversation) {
  return new Promise((resolve, reject) => {
    const opened = indexedDB.open("koine");
    opened.onerror = () => reject(opened.error);
    opened.onsuccess = () => {
      const account = Number(localStorage.getItem("koine.account"));
      const failed = { code: "blocked", words: "404" };
      const store = opened.result.transaction("outbox", "readwrite");
      store.objectStore("outbox").put({ key: "failed", account, conversation, at: Date.now(), order: 1, kind: "send", text: "12:49", reply: { seq: 1, sender: null, text: "" }, attachments: [], failed });
      store.oncomplete = () => {
        opened.result.close();
        resolve(undefined);
      };
    };
  });
}

/** What axe-core calls serious or critical. */
async function axe(page) {
  // The policy lets no script in; the debugger's door is not a page's.
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.slice(0, 3).map((node) => `${node.html.slice(0, 160)} ${node.any[0]?.message ?? node.all[0]?.message ?? ""}`).join(" | ")}`);
}
