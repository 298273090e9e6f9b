// Contacts, the search, the settings and their dialogs, with what goes wrong in them.
import { row } from "../people.mjs";

/** @typedef {import("./tour.mjs").Stage} Stage */

/** @param {Stage} stage */
export async function theSearch({ page, look }) {
  await page.evaluate(() => (location.hash = "#/chats"));
  await page.locator("#search").fill("1");
  await page.getByTestId("search-hit").first().waitFor();
  await look("search");
  await page.locator("#search").fill("9876");
  await page.locator(".results .empty").waitFor();
  await look("search-nothing");
  await page.locator("#search").press("Escape");
}

/** @param {Stage} stage */
export async function theSearchWithin({ page, look, words, world }) {
  await page.evaluate((to) => (location.hash = to), `#/c/${world.own}/info`);
  await page.locator("aside.info").getByRole("button", { name: words["menu.search"], exact: true }).click();
  await page.locator(".chip").waitFor();
  await look("search-within");
  await page.locator(".chip").click();
}

/** @param {Stage} stage */
export async function theContacts({ page, look, words, world }) {
  await page.evaluate(() => (location.hash = "#/contacts"));
  await page.getByTestId("contact-row").first().waitFor();
  await page.locator(".row-with-menu .icon-button").first().click();
  await page.getByRole("menu").waitFor();
  await look("contact-menu");
  await page.getByRole("menuitem", { name: words["contacts.remove"] }).click();
  await page.getByRole("dialog").waitFor();
  await look("remove-contact");
  await page.keyboard.press("Escape");
  await page.evaluate((to) => (location.hash = to), `#/c/${world.direct}/info`);
  await page.getByTestId("request").waitFor();
  await look("asked");
}

/** @param {Stage} stage */
export async function theSettings({ page, look, words, world }) {
  await page.evaluate(() => (location.hash = "#/settings"));
  const dialog = page.getByRole("dialog");
  const open = async (key) => {
    await page.getByRole("button", { name: words[key], exact: true }).click();
    await dialog.waitFor();
  };
  const close = async () => {
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
  };
  const submit = () => dialog.locator("button[type=submit]").click();
  for (const key of ["profile.title", "devices.title", "password.title", "keys.title", "delete.title", "settings.out"]) {
    await open(key);
    if (key === "devices.title") await page.getByTestId("session").first().waitFor();
    await look(`dialog-${key.split(".")[0]}`);
    await close();
  }
  await open("profile.title");
  await dialog.locator("input").nth(2).fill("bob");
  await submit();
  await dialog.getByRole("alert").waitFor();
  await look("profile-wrong");
  // What is said meanwhile is seen over the dialog.
  await world.cyd.ask("contact.remove", { who: "ann" });
  await world.cyd.ask("contact.request", { who: "ann" });
  await dialog.locator(".toast").waitFor();
  await look("dialog-toast");
  await close();
  await page.evaluate(() => (location.hash = "#/contacts"));
  await page.getByTestId("contact-request").filter({ has: page.locator(".row-name", { hasText: "@cyd" }) }).getByRole("button", { name: words["contacts.accept"].split("{")[0].trim() }).click();
  await page.getByTestId("contact-row").waitFor();
  await page.evaluate(() => (location.hash = "#/settings"));
  await open("password.title");
  for (const field of await dialog.locator("input").all()) await field.fill("404");
  await submit();
  await dialog.getByRole("alert").waitFor();
  await look("password-wrong");
  await close();
  await open("delete.title");
  await dialog.locator("input").fill("404");
  await submit();
  await dialog.getByRole("alert").waitFor();
  await look("delete-wrong");
  await dialog.locator("input").fill("a long secret");
  await submit();
  await dialog.locator("input").waitFor({ state: "detached" });
  await look("delete-sure");
  await close();
  await page.getByRole("button", { name: words["profile.title"], exact: true }).focus();
  await page.keyboard.press("Tab");
  await look("focus");
  await page.evaluate(() => (location.hash = "#/chats"));
  await row(page, "Боб").waitFor();
}
