// The server is brought back from an older backup: what was said since is gone, its numbers stand for other things, and nobody sees
// the one for the other.
import assert from "node:assert/strict";
import { choose, composer, openChat, say, sees, signUp, ticks, writeTo } from "../support/people.mjs";
import { kept } from "../support/kept.mjs";
import { scene } from "../support/scene.mjs";
import { until } from "../support/wait.mjs";

const shown = (page) => page.locator("[data-testid=message] .message-text").allInnerTexts();

scene("a server that is brought back from a backup", async ({ server, browser, step }) => {
  browser.excuse(/WebSocket connection to .* failed/);
  browser.excuse(/net::ERR_CONNECTION_REFUSED/);
  const ann = await browser.open();
  const bob = await browser.open();
  await signUp(ann, "ann", "Ann");
  await signUp(bob, "bob", "Bob");
  await writeTo(ann, "bob");
  for (const words of ["One", "Two"]) await say(ann, words);
  await openChat(bob, "Ann");
  await sees(bob, "Two");
  await ticks(ann, "Two", "read");

  await step("what is said after the backup is kept by both browsers", async () => {
    await server.command("backup", "the backup");
    for (const words of ["Lost three", "Lost four"]) await say(ann, words);
    for (const page of [ann, bob]) {
      await sees(page, "Lost four");
      await until("it is kept", async () => (await kept(page)).includes("Lost four"));
    }
    await until("the client is kept", () => bob.evaluate(async () => (await navigator.serviceWorker.ready).active !== null));
  });

  await step("while it is away, one waits with a message, and the other is opened anew", async () => {
    await server.kill();
    await ann.locator("[data-testid=offline]:visible").waitFor();
    await say(ann, "While away");
    await choose(ann, "Lost four", "Delete");
    await ann.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await bob.reload();
    await sees(bob, "Lost four");
  });

  await step("brought back: what is gone is gone, what waited is sent, and nothing else was deleted", async () => {
    await server.command("restore", "the backup", "--replace");
    await server.again();
    for (const page of [ann, bob]) {
      await sees(page, "While away");
      await until("what is gone is gone", async () => !(await shown(page)).some((text) => text.startsWith("Lost")));
      assert.deepEqual(await shown(page), ["One", "Two", "While away"]);
    }
    await ticks(ann, "While away", "read");
    await say(bob, "At the number of what was lost");
    await sees(ann, "At the number of what was lost");
    for (const page of [ann, bob]) assert.deepEqual(await shown(page), ["One", "Two", "While away", "At the number of what was lost"]);
  });

  await step("so it is after a reload", async () => {
    await until("it is kept", async () => (await kept(bob)).includes("At the number of what was lost"));
    assert.ok(!(await kept(bob)).includes("Lost"), "nothing of what is gone is kept");
    await bob.reload();
    await sees(bob, "At the number of what was lost");
    assert.deepEqual(await shown(bob), ["One", "Two", "While away", "At the number of what was lost"]);
    assert.equal(await composer(bob).inputValue(), "");
  });
});
