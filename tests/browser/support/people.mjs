// What people do in the client, by the names and roles that everybody can see.
import assert from "node:assert/strict";

/** @typedef {import("playwright-core").Page} Page */

/** Makes an account and arrives at the list. @param {Page} page @param {string} handle @param {string} [nick] */
export async function signUp(page, handle, nick = handle) {
  await page.getByTestId("to-sign-up").click();
  await page.locator("input[name=nick]").fill(nick);
  await page.locator("input[name=username]").fill(handle);
  await page.locator("input[name=password]").fill("a long secret");
  await page.locator("button[type=submit]").click();
  await page.getByTestId("new-chat").waitFor();
}

/** @param {Page} page @param {string} handle */
export async function signIn(page, handle) {
  await page.locator("input[name=username]").fill(handle);
  await page.locator("input[name=password]").fill("a long secret");
  await page.locator("button[type=submit]").click();
  await page.getByTestId("new-chat").waitFor();
}

/** Opens the conversation with whoever has `handle`. @param {Page} page @param {string} handle */
export async function writeTo(page, handle) {
  await page.getByTestId("tab-chats").click();
  await page.getByTestId("new-chat").click();
  await page.getByLabel("Handle, number or e-mail").fill(handle);
  await page.getByRole("button", { name: "Find", exact: true }).click();
  await page.getByRole("button", { name: "Write", exact: true }).click();
  await composer(page).waitFor();
}

/** Opens a conversation from the list. @param {Page} page @param {string} name */
export async function openChat(page, name) {
  await page.getByTestId("tab-chats").click();
  await row(page, name).click();
  await composer(page).waitFor();
}

/** A conversation in the list. @param {Page} page @param {string} name */
export function row(page, name) {
  return page.getByTestId("conversation-row").filter({ has: page.locator(".row-name", { hasText: name }) });
}

/** @param {Page} page */
export function composer(page) {
  return page.locator("#composer");
}

/** @param {Page} page @param {string} text */
export async function say(page, text) {
  await composer(page).fill(text);
  await composer(page).press("Enter");
}

/** The message that says `text`, once it is in the log. @param {Page} page @param {string | RegExp} text */
export function message(page, text) {
  return page.getByTestId("message").filter({ has: page.locator(".message-text", { hasText: text }) });
}

/** Waits for the message, and that there is one of it. @param {Page} page @param {string | RegExp} text */
export async function sees(page, text) {
  await message(page, text).first().waitFor();
  assert.equal(await message(page, text).count(), 1, `${text} is there more than once`);
}

/** Waits until one's message has come so far. @param {Page} page @param {string} text @param {"sent" | "delivered" | "read"} reach */
export async function ticks(page, text, reach) {
  await message(page, text).locator(`[data-testid=ticks][data-reach=${reach}]`).waitFor();
}

/** Chooses from the menu of a message. @param {Page} page @param {string} text @param {string} what */
export async function choose(page, text, what) {
  // What is far above the screen is drawn or not, as it happens.
  for (let tries = 0; tries < 20 && (await message(page, text).count()) === 0; tries++) {
    await page.getByTestId("messages").hover();
    await page.mouse.wheel(0, -500);
    await page.waitForTimeout(100);
  }
  await message(page, text).click({ button: "right" });
  await page.getByRole("menu").getByRole("menuitem", { name: what }).click();
}
