// The server dies in mid-typing and comes back: nothing is lost, nothing is doubled.
import assert from "node:assert/strict";
import { composer, message, row, say, sees, signUp, ticks, writeTo, openChat } from "../support/people.mjs";
import { native } from "../support/dialects.mjs";
import { scene } from "../support/scene.mjs";
import { until } from "../support/wait.mjs";

scene("a server that is killed", async ({ server, browser, step }) => {
  browser.excuse(/WebSocket connection to .* failed/);
  browser.excuse(/net::ERR_CONNECTION_REFUSED/);
  // With and without motion: they are laid out in different ways.
  const ann = await browser.open({ reducedMotion: "reduce" });
  const bob = await browser.open();
  await signUp(ann, "ann", "Ann");
  await signUp(bob, "bob", "Bob");
  await writeTo(ann, "bob");
  await say(ann, "Before");
  await openChat(bob, "Ann");
  await sees(bob, "Before");
  await ticks(ann, "Before", "read");

  await step("killed in mid-typing: the words stay in the field, and the page says that there is no connection", async () => {
    await composer(ann).pressSequentially("Half a sent");
    await server.kill();
    await composer(ann).pressSequentially("ence");
    await ann.locator("[data-testid=offline]:visible").waitFor();
    assert.equal(await composer(ann).inputValue(), "Half a sentence");
  });

  await step("what is said while it is away waits", async () => {
    await say(bob, "First, while away");
    await say(bob, "Second, while away");
    await until("both wait", async () => (await bob.getByTestId("message-waiting").count()) === 2);
    assert.equal(await bob.locator("[data-testid=message-waiting] [data-reach=waiting]").count(), 2);
    await bob.locator("[data-testid=offline]:visible", { hasText: "2 messages wait" }).waitFor();
    await row(bob, "Ann").filter({ hasText: "Second, while away" }).locator("[data-testid=ticks][data-reach=waiting]").waitFor();
    await until("nobody is said to be there", async () => (await bob.locator(".avatar.is-online").count()) === 0);
    // Even when the page is left and opened anew: the client itself is kept by the browser.
    await until("it is kept", () => bob.evaluate(async () => (await navigator.serviceWorker.ready).active !== null));
    await bob.reload();
    await bob.locator("[data-testid=message-waiting], [data-testid=offline]").first().waitFor();
  });

  await step("back again: all of it arrives once, in order", async () => {
    await server.again();
    for (const page of [ann, bob]) {
      await sees(page, "First, while away");
      await sees(page, "Second, while away");
    }
    await ticks(bob, "Second, while away", "read");
    for (const page of [ann, bob]) {
      assert.deepEqual(await page.locator("[data-testid=message] .message-text").allInnerTexts(), ["Before", "First, while away", "Second, while away"]);
      assert.equal(await page.getByTestId("message-waiting").count(), 0);
      await until("the word of no connection is gone", async () => (await page.getByTestId("offline").count()) === 0);
    }
    assert.equal(await composer(ann).inputValue(), "Half a sentence");
    await composer(ann).press("Enter");
    await sees(bob, "Half a sentence");
  });

  await step("a draft outlives a reload", async () => {
    await composer(ann).fill("Not yet");
    await until("it is kept", () => ann.evaluate(() => localStorage.getItem("koine.drafts")?.includes("Not yet")));
    await ann.reload();
    await until("it is there", async () => (await composer(ann).inputValue()) === "Not yet");
    await composer(ann).fill("");
  });

  await step("killed while messages fly: each is there once, in order", async () => {
    const said = Array.from({ length: 30 }, (_, index) => `number ${index + 1}.`);
    const saying = (async () => {
      for (const words of said) await say(ann, words);
    })();
    await message(bob, "number 3.").waitFor();
    await server.kill();
    await saying;
    await server.again();
    for (const page of [ann, bob]) {
      await sees(page, "number 30.");
      await until("nothing waits", async () => (await page.getByTestId("message-waiting").count()) === 0);
      await until("the word of no connection is gone", async () => (await page.getByTestId("offline").count()) === 0);
    }
    // The store has the last word.
    const third = await native(server);
    await third.ask("login", { who: "bob", password: "a long secret", device: "the test" });
    const { conversations } = await third.ask("conversations", {});
    const { messages } = await third.ask("history", { conversation: conversations[0].id, limit: 100 });
    third.close();
    const texts = messages.map((one) => one.parts[0].text).filter((text) => text.startsWith("number"));
    assert.deepEqual(texts, said);
    const shown = (await bob.locator("[data-testid=message] .message-text").allInnerTexts()).filter((text) => text.startsWith("number"));
    assert.deepEqual(shown, said.slice(-shown.length));
    await row(bob, "Ann").filter({ hasText: "number 30." }).waitFor();
  });
});
