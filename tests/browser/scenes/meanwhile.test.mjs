// What is told while a dialog is open is seen over it; and who is told to wait waits, and then goes on by themselves.
import assert from "node:assert/strict";
import { native } from "../support/dialects.mjs";
import { composer, message, openChat, say, signUp, ticks } from "../support/people.mjs";
import { scene } from "../support/scene.mjs";
import { until } from "../support/wait.mjs";

/** Seconds that the server wants to be left in peace. */
const WAIT = 3;

scene("meanwhile", async ({ server, browser, step }) => {
  const bob = await native(server);
  await bob.ask("register", { handle: "bob", nick: "Bob", password: "a long secret", device: "the test" });
  const ann = await browser.blank({ reducedMotion: "reduce" });
  const sends = [];
  let refuse = 0;
  // The server holds back who writes too fast, and refuses nothing: so this stands in for one that does.
  await ann.routeWebSocket(/\/ws\/native/, (page) => {
    const line = page.connectToServer();
    page.onMessage((frame) => {
      const asked = JSON.parse(String(frame));
      if (asked.do === "send" || asked.do === "edit") {
        sends.push({ what: asked.text, at: Date.now() });
        if (refuse-- > 0) return page.send(JSON.stringify({ id: asked.id, error: { code: "too_often", message: "too often", seconds: WAIT } }));
      }
      line.send(frame);
    });
    line.onMessage((frame) => page.send(frame));
  });
  await ann.goto(server.origin);
  await signUp(ann, "ann", "Ann");
  const { conversation } = await bob.ask("open", { with: "ann" });
  await bob.ask("send", { to: { conversation: conversation.id }, key: "1", text: "Hello" });

  await step("what is told over a dialog can be seen, and sent away", async () => {
    await ann.getByTestId("tab-settings").click();
    await ann.getByRole("button", { name: "Profile" }).click();
    const dialog = ann.getByRole("dialog");
    await dialog.waitFor();
    await bob.ask("contact.request", { who: "ann" });
    const toast = dialog.locator(".toast").filter({ hasText: "Bob asks to be your contact" });
    await toast.waitFor();
    assert.equal(await ann.locator(".toast").count(), 1, "it is told once");
    const uppermost = await toast.evaluate((element) => {
      const { left, top, width, height } = element.getBoundingClientRect();
      return element.contains(document.elementFromPoint(left + width / 3, top + height / 2));
    });
    assert.ok(uppermost, "something covers it");
    assert.ok(await toast.evaluate((element) => element.closest("[role=status]") !== null), "nobody reads it out");
    await toast.getByRole("button", { name: "Close" }).click();
    await until("it is gone", async () => (await ann.locator(".toast").count()) === 0);
    assert.equal(await dialog.count(), 1);
  });

  await step("what is said as a dialog closes is seen on the page", async () => {
    await ann.getByLabel("Status").fill("Here");
    await ann.getByRole("dialog").getByRole("button", { name: "Save" }).click();
    await ann.getByRole("dialog").waitFor({ state: "detached" });
    await ann.getByRole("status").getByText("Saved").waitFor();
  });

  await step("messages that come too often wait as long as the server says, and go out in order", async () => {
    await openChat(ann, "Bob");
    refuse = 1;
    const begun = Date.now();
    await say(ann, "One");
    await ann.getByTestId("message-waiting").filter({ hasText: "One" }).waitFor();
    await until("it was refused", () => sends.length === 1);
    await say(ann, "Two");
    await say(ann, "Three");
    await ann.getByTestId("message-waiting").filter({ hasText: "Three" }).locator("[data-reach=waiting]").waitFor();
    assert.equal(await ann.getByTestId("message-waiting").locator("[data-reach=waiting]").count(), 3);
    assert.equal(await ann.locator(".message.is-failed").count(), 0);
    await ticks(ann, "Three", "sent");
    assert.deepEqual(sends.map((one) => one.what), ["One", "One", "Two", "Three"]);
    assert.ok((sends[1]?.at ?? 0) - begun >= WAIT * 1000 - 50, "it did not wait");
    const order = await message(ann, /^(One|Two|Three)$/).evaluateAll((all) => all.map((one) => [one.querySelector(".message-text").textContent, Number(one.dataset.seq)]));
    assert.deepEqual(order.map(([text]) => text), ["One", "Two", "Three"]);
    assert.deepEqual(order.map(([, seq]) => seq), order.map(([, seq]) => seq).sort((a, b) => a - b));
    const heard = (await bob.ask("history", { conversation: conversation.id, limit: 10 })).messages.map((one) => one.parts[0].text);
    assert.deepEqual(heard, ["Hello", "One", "Two", "Three"]);
  });

  await step("so does an edit", async () => {
    refuse = 1;
    await composer(ann).press("ArrowUp");
    await composer(ann).fill("Four");
    await composer(ann).press("Enter");
    await message(ann, "Four").waitFor();
    await until("it has arrived", async () => (await bob.ask("history", { conversation: conversation.id, limit: 1 })).messages[0].parts[0].text === "Four");
    assert.equal(await composer(ann).inputValue(), "", "its words are not given back");
    assert.equal(await ann.locator(".toast-error").count(), 0);
  });
  bob.close();
});
