// One walk through all screens, in one language, size and colour scheme.
import { choose, message, row } from "../people.mjs";
import { theConversation } from "./conversation.mjs";
import { notYet, otherDoors, theDoor } from "./door.mjs";
import { theGroups } from "./groups.mjs";
import { theBeginning } from "./newcomer.mjs";
import { theContacts, theSearch, theSearchWithin, theSettings } from "./settings.mjs";
import { come } from "./world.mjs";

/**
 * @typedef {object} Stage
 * @property {import("playwright-core").Page} page
 * @property {(name: string, page?: import("playwright-core").Page) => Promise<void>} look looks at what is on the screen
 * @property {Record<string, string>} words the phrases of the language, by their keys
 * @property {Awaited<ReturnType<typeof import("./world.mjs").makeWorld>>} world
 * @property {string} origin
 * @property {string} link to the page where another password is set
 * @property {() => Promise<import("playwright-core").Page>} open another page of the same kind
 */

/** The screens that everybody sees every day. @param {Stage} stage */
export async function theMainScreens({ page, look, words, world }) {
  await page.locator("input[name=password]").waitFor();
  await look("door");
  await page.getByTestId("to-sign-up").click();
  await page.locator("input[name=nick]").waitFor();
  await look("sign-up");
  await come(page, world.token);
  await page.getByTestId("conversation-row").first().waitFor();
  await look("chats");
  await row(page, "Боб").click();
  await page.locator("[data-testid=message] .picture img[alt='1.png']").waitFor();
  await look("conversation");
  await choose(page, "12:30?", words["message.reply"]);
  await page.locator(".about").waitFor();
  await page.keyboard.press("Escape");
  await message(page, "24 × 7").click({ button: "right" });
  await page.getByRole("menu").waitFor();
  await look("menu");
  await page.keyboard.press("Escape");
  await page.evaluate((to) => (location.hash = to), `#/c/${world.direct}/info`);
  await page.locator("aside.info").waitFor();
  await look("details");
  await page.evaluate(() => (location.hash = "#/contacts"));
  await page.getByTestId("contact-request").waitFor();
  await look("contacts");
  await page.getByTestId("add-contact").click();
  await page.getByRole("dialog").waitFor();
  await look("add-contact");
  await page.keyboard.press("Escape");
  await page.evaluate(() => (location.hash = "#/settings"));
  await look("settings");
  await page.evaluate(() => (location.hash = "#/chats"));
  await page.getByTestId("new-chat").click();
  await page.getByRole("dialog").waitFor();
  await look("new-chat");
  await page.getByTestId("new-group").click();
  await page.locator(".finder-list .row").first().waitFor();
  await look("new-group");
  await page.keyboard.press("Escape");
}

/** All others. Ann is signed in when it begins. @param {Stage} stage */
export async function theOtherScreens(stage) {
  const { page, world } = stage;
  await theSearch(stage);
  await theGroups(stage);
  await theConversation(stage);
  await theSearchWithin(stage);
  await theContacts(stage);
  await theSettings(stage);
  await notYet(stage, world.token);
  await come(page, await world.newcomer());
  await theBeginning(stage);
  await page.evaluate(() => localStorage.clear());
  await page.goto(stage.origin);
  await page.reload();
  await theDoor(stage);
  await otherDoors(stage);
}
