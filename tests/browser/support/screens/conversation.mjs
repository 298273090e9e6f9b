// One conversation and all that can be done in it: the emoji, answering, editing, sending files, what waits and what was refused.
import { noise, picture } from "../files.mjs";
import { choose, composer, message, row, say } from "../people.mjs";

/** @typedef {import("./tour.mjs").Stage} Stage */

/** @param {Stage} stage */
export async function theConversation(stage) {
  const { page, look, words, world } = stage;
  await page.evaluate((to) => (location.hash = to), `#/c/${world.direct}`);
  await message(page, "24 × 7").waitFor();
  await page.getByTestId("conversation-menu").click();
  await page.getByRole("menu").waitFor();
  await look("conversation-menu");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: words["composer.emoji"], exact: true }).click();
  await page.locator(".composer-emoji").waitFor();
  await look("emoji");
  await page.getByRole("button", { name: words["composer.emoji"], exact: true }).click();
  await choose(page, "12:30?", words["message.reply"]);
  await page.locator(".about").waitFor();
  await composer(page).fill("7".repeat(70_000));
  await page.locator(".composer-long").waitFor();
  await look("answer-too-long");
  await composer(page).fill("1\n2\n3\n4\n5\n6\n7");
  await look("answer");
  await composer(page).fill("");
  await choose(page, "12:45!", words["message.edit"]);
  await page.locator(".about").waitFor();
  await look("edit");
  await composer(page).press("Escape");
  await page.getByTestId("file-input").setInputFiles([
    { name: "1.png", mimeType: "image/png", buffer: picture(320, 200) },
    { name: "1.bin", mimeType: "application/octet-stream", buffer: noise(5_000) },
    { name: `${"7".repeat(60)}.bin`, mimeType: "application/octet-stream", buffer: noise(5_000) },
  ]);
  await page.locator(".tray li").nth(2).waitFor();
  await look("files-to-send");
  await page.getByTestId("file-input").setInputFiles({ name: "0.bin", mimeType: "application/octet-stream", buffer: Buffer.alloc(0) });
  await page.locator(".toast-error").waitFor();
  await look("toast");
  await composer(page).press("Escape");
  await page.locator(".toast-error button").click();
  await drop(page, look);
  await dialogs(stage);
  await uploads(stage);
  await waits(stage);
}

async function drop(page, look) {
  await page.locator(".conversation").dispatchEvent("dragover", { dataTransfer: await page.evaluateHandle(() => {
    const data = new DataTransfer();
    data.items.add(new File(["1"], "1"));
    return data;
  }) });
  await page.locator(".drop").waitFor();
  await look("drop");
  await page.locator(".conversation").dispatchEvent("dragleave");
}

async function dialogs({ page, look, words }) {
  const close = async () => {
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
  };
  for (const [text, key, name, there] of [
    ["13:30", "message.versions", "versions", ".versions li"],
    ["24 × 7", "message.receipts", "receipts", ".dialog .row"],
    ["12:30?", "message.delete", "", ""],
  ]) {
    if (name === "") continue;
    await choose(page, text, words[key]);
    await page.locator(there).first().waitFor();
    await look(name);
    await close();
  }
  await message(page, "12:30?").click({ button: "right" });
  await page.getByRole("menuitem", { name: words["message.react.more"] }).click();
  await page.getByRole("dialog").waitFor();
  await look("reactions");
  await close();
  await choose(page, "12:45!", words["message.delete"]);
  await page.getByRole("dialog").waitFor();
  await look("delete-message");
  await close();
  await page.locator("[data-testid=message] .picture img[alt='2.png']").click();
  await page.locator(".viewer img").waitFor();
  await look("viewer");
  await close();
}

/** A picture and a file that have come some of the way. */
async function uploads({ page, look, words }) {
  // The first piece goes; what follows waits.
  await page.evaluate(() => {
    const send = XMLHttpRequest.prototype.send;
    globalThis.resend = () => (XMLHttpRequest.prototype.send = send);
    XMLHttpRequest.prototype.send = function () {
      this.upload.dispatchEvent(new ProgressEvent("progress", { lengthComputable: true, loaded: 90_000, total: 200_000 }));
    };
  });
  await page.getByTestId("file-input").setInputFiles([
    { name: "3.png", mimeType: "image/png", buffer: picture(480, 300) },
    { name: "2.bin", mimeType: "application/octet-stream", buffer: noise(200_000) },
  ]);
  await composer(page).press("Enter");
  await page.getByRole("progressbar").nth(1).waitFor();
  await page.waitForFunction(() => [...document.querySelectorAll("progress")].at(-1).value > 0);
  await look("uploads");
  for (let left = 2; left > 0; left--) await page.getByRole("button", { name: words["upload.cancel"], exact: true }).first().click();
  await page.evaluate(() => globalThis.resend());
}

async function waits({ page, look, words, world }) {
  // As an earlier visit has left it: refused.
  await page.evaluate(leaveFailed, world.direct);
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
  await page.evaluate(() => (location.hash = "#/chats"));
  await row(page, "Боб").locator("[data-testid=ticks]").waitFor();
  await look("chats-offline");
  await page.evaluate((to) => (location.hash = to), `#/c/${world.direct}`);
  await page.evaluate(() => globalThis.cut(false));
  await message(page, "12:50").locator("[data-testid=ticks]").waitFor();
  await choose(page, "12:50", words["message.delete"]);
  await page.getByRole("dialog").locator("button[type=submit]").click();
  await message(page, "12:50").waitFor({ state: "detached" });
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
