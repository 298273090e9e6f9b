// What somebody sees who has just come: hints, empty places, the first conversation before its first word.
import { composer } from "../people.mjs";

/** @param {import("./tour.mjs").Stage} stage */
export async function theBeginning({ page, look, words }) {
  await page.getByTestId("own-name").waitFor();
  await look("first");
  await page.evaluate(() => (location.hash = "#/contacts"));
  await page.locator(".empty").waitFor();
  await look("first-contacts");
  await page.evaluate(() => (location.hash = "#/c/999999"));
  await page.locator(".main .empty").waitFor();
  await look("unknown-conversation");
  await page.evaluate(() => (location.hash = "#/chats"));
  await page.getByTestId("new-chat").click();
  await page.getByRole("dialog").waitFor();
  await look("first-new-chat");
  await page.getByTestId("new-group").click();
  await page.locator(".finder-list .hint").waitFor();
  await look("first-new-group");
  await page.keyboard.press("Escape");
  await page.getByTestId("new-chat").click();
  const find = async (who) => {
    await page.locator(".dialog input").fill(who);
    await page.locator(".dialog button[type=submit]").click();
  };
  await find("404");
  await page.getByRole("dialog").getByRole("alert").waitFor();
  await look("find-nobody");
  await find("@cyd");
  await page.locator(".card").waitFor();
  await look("found");
  await page.getByRole("button", { name: words["person.write"], exact: true }).click();
  await composer(page).waitFor();
  await page.locator(".beginning").waitFor();
  await look("empty-conversation");
}
