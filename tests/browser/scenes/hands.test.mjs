// What hands do beside typing: files that are dropped, pictures that are pasted, a finger that stays.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cuttable, PHONE } from "../support/browser.mjs";
import { picture } from "../support/files.mjs";
import { choose, composer, message, openChat, say, sees, signIn, signUp, writeTo } from "../support/people.mjs";
import { scene } from "../support/scene.mjs";
import { pause, until } from "../support/wait.mjs";

scene("dropping, pasting, pressing long", async ({ server, browser, step }) => {
  const folder = mkdtempSync(join(tmpdir(), "koine-hands-"));
  try {
    const ann = await browser.blank({ reducedMotion: "reduce" });
    await cuttable(ann);
    await ann.goto(server.origin);
    const bob = await browser.open({ viewport: PHONE, hasTouch: true, isMobile: true, reducedMotion: "reduce" });
    await signUp(ann, "ann", "Ann");
    await signUp(bob, "bob", "Bob");
    await writeTo(ann, "bob");

    await step("files are dropped anywhere on the conversation", async () => {
      const files = ["one.png", "two.txt"].map((name) => join(folder, name));
      writeFileSync(files[0], picture(240, 160));
      writeFileSync(files[1], "two");
      const wire = await ann.context().newCDPSession(ann);
      const drag = (type, x, y) => wire.send("Input.dispatchDragEvent", { type, x, y, data: { items: [], files, dragOperationsMask: 1 } });
      await drag("dragEnter", 700, 300);
      await until("it says so", async () => {
        await drag("dragOver", 700, 300);
        return (await ann.getByText("Drop files to send them").count()) > 0;
      });
      // Over the list there is nothing to drop them on.
      await drag("dragOver", 200, 600);
      await until("it is over", async () => (await ann.getByText("Drop files to send them").count()) === 0);
      assert.equal(await ann.locator(".tray").count(), 0, "what was not dropped is not sent");
      await drag("dragEnter", 700, 300);
      await drag("dragOver", 700, 300);
      await drag("drop", 700, 300);
      await ann.locator(".tray img[alt='one.png']").waitFor();
      await ann.locator(".tray", { hasText: "two.txt" }).waitFor();
      assert.equal(await ann.getByText("Drop files to send them").count(), 0);
      await say(ann, "Dropped");
      await openChat(bob, "Ann");
      await until("the picture is drawn", () => bob.locator("[data-testid=message] .picture img[alt='one.png']").evaluate((image) => image.complete && image.naturalWidth === 240));
      await bob.locator("[data-testid=message] .file", { hasText: "two.txt" }).waitFor();
      await sees(bob, "Dropped");
    });

    await step("a picture is pasted by the keyboard; text is pasted as text", async () => {
      await ann.context().grantPermissions(["clipboard-read", "clipboard-write"]);
      await ann.evaluate(async (base64) => {
        const bytes = Uint8Array.from(atob(base64), (one) => one.charCodeAt(0));
        await navigator.clipboard.write([new ClipboardItem({ "image/png": new Blob([bytes], { type: "image/png" }) })]);
      }, picture(96, 64).toString("base64"));
      await composer(ann).click();
      await ann.keyboard.press("Control+V");
      await ann.locator(".tray img").waitFor();
      await ann.evaluate(() => navigator.clipboard.writeText("Words from elsewhere"));
      await ann.keyboard.press("Control+V");
      await until("the words are in the field", async () => (await composer(ann).inputValue()) === "Words from elsewhere");
      assert.equal(await ann.locator(".tray img").count(), 1);
      await composer(ann).press("Enter");
      await sees(bob, "Words from elsewhere");
      await until("it is drawn", () => bob.locator("[data-testid=message] .picture img").last().evaluate((image) => image.complete && image.naturalWidth === 96));
    });

    await step("a finger that stays on a message opens its menu; one that taps or scrolls does not", async () => {
      const wire = await bob.context().newCDPSession(bob);
      const box = await message(bob, "Words from elsewhere").locator(".message-text").boundingBox();
      const at = { x: Math.round(box.x + box.width / 2), y: Math.round(box.y + box.height / 2) };
      const touch = (type, points) => wire.send("Input.dispatchTouchEvent", { type, touchPoints: points });
      await touch("touchStart", [at]);
      await touch("touchEnd", []);
      await pause(700);
      assert.equal(await bob.getByRole("menu").count(), 0, "a tap is no long press");
      await touch("touchStart", [at]);
      await touch("touchMove", [{ x: at.x, y: at.y - 40 }]);
      await pause(700);
      assert.equal(await bob.getByRole("menu").count(), 0, "scrolling is no long press");
      await touch("touchEnd", []);
      await touch("touchStart", [at]);
      await bob.getByRole("menu").waitFor();
      await touch("touchEnd", []);
      await pause(300);
      await bob.getByRole("menu").getByRole("menuitem", { name: "Answer" }).tap();
      await until("the menu is closed", async () => (await bob.getByRole("menu").count()) === 0);
      await bob.locator(".about", { hasText: "Words from elsewhere" }).waitFor();
      await say(bob, "By finger");
      await message(ann, "By finger").locator(".quote", { hasText: "Words from elsewhere" }).waitFor();
    });

    await step("on a phone, a search within a conversation leads to the field, and from the hit back", async () => {
      await bob.getByRole("button", { name: "Search here" }).tap();
      await bob.locator(".search .chip", { hasText: "Ann" }).waitFor();
      await bob.locator("#search").fill("elsewhere");
      await bob.getByTestId("search-hit").filter({ hasText: "Words from elsewhere" }).tap();
      await bob.locator(".message.is-flash", { hasText: "Words from elsewhere" }).waitFor();
      await bob.getByRole("button", { name: "Back" }).tap();
      await bob.getByRole("button", { name: "Search everywhere" }).tap();
      await openChat(bob, "Ann");
    });

    await step("an answer to what is gone can be sent without its quote; the place of the refusal is kept", async () => {
      await say(ann, "Gone in a moment");
      await sees(bob, "Gone in a moment");
      await ann.evaluate(() => globalThis.cut(true));
      await choose(ann, "Gone in a moment", "Answer");
      await say(ann, "With a quote of nothing");
      await ann.getByTestId("message-waiting").filter({ hasText: "With a quote of nothing" }).waitFor();
      const other = await browser.open();
      await signIn(other, "ann");
      await openChat(other, "Bob");
      await choose(other, "Gone in a moment", "Delete");
      await other.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
      await until("it is gone", async () => (await message(bob, "Gone in a moment").count()) === 0);
      await other.context().close();
      await ann.evaluate(() => globalThis.cut(false));
      await ann.locator(".message.is-failed", { hasText: "With a quote of nothing" }).waitFor();
      await ann.reload();
      const failed = ann.locator(".message.is-failed", { hasText: "With a quote of nothing" });
      await failed.getByRole("button").last().click();
      await ann.getByRole("menuitem", { name: "Send without the quote" }).click();
      await sees(bob, "With a quote of nothing");
      assert.equal(await message(bob, "With a quote of nothing").locator(".quote").count(), 0);
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
