// A file of 20 MiB: it is seen to come along, and the other gets every bit of it.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { digest, noise } from "../support/files.mjs";
import { composer, openChat, signUp, writeTo } from "../support/people.mjs";
import { scene } from "../support/scene.mjs";
import { until } from "../support/wait.mjs";

const SIZE = 20 * 1024 * 1024;

scene("20 MiB", async ({ server, browser, step }) => {
  browser.excuse(/WebSocket connection to .* failed|net::ERR_CONNECTION_REFUSED|net::ERR_CONNECTION_RESET|net::ERR_EMPTY_RESPONSE/);
  const folder = mkdtempSync(join(tmpdir(), "koine-upload-"));
  try {
    const bytes = noise(SIZE);
    const path = join(folder, "twenty.bin");
    writeFileSync(path, bytes);
    const ann = await browser.open();
    // Loopback is too fast to see anything: each piece waits a little.
    await ann.evaluate(() => {
      const send = XMLHttpRequest.prototype.send;
      XMLHttpRequest.prototype.send = function (body) {
        setTimeout(() => this.readyState === XMLHttpRequest.OPENED && send.call(this, body), 500);
      };
    });
    const bob = await browser.open({ acceptDownloads: true });
    await signUp(ann, "ann", "Ann");
    await signUp(bob, "bob", "Bob");
    await writeTo(ann, "bob");

    await step("its progress is seen", async () => {
      await ann.getByTestId("file-input").setInputFiles(path);
      await ann.locator(".tray", { hasText: "twenty.bin" }).waitFor();
      await composer(ann).press("Enter");
      const bar = ann.getByRole("progressbar", { name: "Upload of twenty.bin" });
      await bar.waitFor();
      await until("some of it has gone", async () => Number(await bar.evaluate((one) => one.value)) >= 0.2);
      assert.ok(Number(await bar.evaluate((one) => one.value)) < 1);
    });

    await step("a server that is killed in the middle gets the rest when it is back", async () => {
      await server.kill();
      await ann.locator("[data-testid=offline]:visible").waitFor();
      assert.equal(await ann.getByTestId("message-waiting").count(), 1);
      await server.again();
      await until("nothing waits", async () => (await ann.getByTestId("message-waiting").count()) === 0);
      assert.equal(await ann.locator("[data-testid=message] .file", { hasText: "twenty.bin" }).count(), 1);
    });

    await step("the other gets every bit", async () => {
      await openChat(bob, "Ann");
      const file = bob.locator("[data-testid=message] .file", { hasText: "twenty.bin" });
      await file.waitFor();
      assert.match(await file.innerText(), /21\sMB/);
      const begun = bob.waitForEvent("download");
      await file.click();
      const download = await begun;
      assert.equal(download.suggestedFilename(), "twenty.bin");
      const got = readFileSync(await download.path());
      assert.equal(got.length, SIZE);
      assert.equal(digest(got), digest(bytes));
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
