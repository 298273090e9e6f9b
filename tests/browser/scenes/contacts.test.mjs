// Asking to be a contact: what was asked is seen and can be taken back, on each device; who was asked can answer on the person's page.
import assert from "node:assert/strict";
import { composer, openChat, row, say, signIn, signUp, ticks, writeTo } from "../support/people.mjs";
import { native } from "../support/dialects.mjs";
import { scene } from "../support/scene.mjs";
import { until } from "../support/wait.mjs";

scene("asking to be a contact", async ({ server, browser, step }) => {
  const ann = await browser.open();
  const bob = await browser.open();

  await step("who knows nobody is told what to do first, and the own name", async () => {
    await signUp(ann, "ann", "Ann");
    await ann.getByTestId("own-name").getByText("@ann").waitFor();
    await ann.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await ann.getByTestId("own-name").getByRole("button", { name: "Copy: Handle" }).click();
    await until("the name was copied", async () => (await ann.evaluate(() => navigator.clipboard.readText())) === "ann");
    await signUp(bob, "bob", "Bob");
    await ann.getByTestId("first-add").click();
    await ann.getByLabel("Handle, number or e-mail").fill("bob");
    await ann.getByRole("button", { name: "Find", exact: true }).click();
    await ann.getByRole("dialog").locator(".card").getByRole("button", { name: "Add contact" }).click();
  });

  const phone = await browser.open();
  await step("the request is seen on one's other devices, also on one that comes later", async () => {
    await ann.getByTestId("tab-contacts").click();
    await ann.getByTestId("contact-asked").filter({ hasText: "Request sent" }).waitFor();
    await signIn(phone, "ann");
    await phone.getByTestId("tab-contacts").click();
    await phone.getByTestId("contact-asked").filter({ hasText: "Bob" }).waitFor();
    await bob.getByTestId("tab-contacts").click();
    await bob.getByTestId("contact-request").filter({ hasText: "Wants to be your contact" }).filter({ hasText: "@ann" }).waitFor();
  });

  await step("withdrawn on one device, it is gone everywhere", async () => {
    await phone.getByTestId("contact-asked").getByRole("button", { name: "Withdraw" }).click();
    for (const page of [phone, ann]) await until("nothing is asked", async () => (await page.getByTestId("contact-asked").count()) === 0);
    await until("nobody asks", async () => (await bob.getByTestId("contact-request").count()) === 0);
  });

  await step("the person's page has the request, on both sides", async () => {
    await writeTo(ann, "bob");
    await say(ann, "It is me");
    await ann.getByRole("button", { name: "Details" }).or(ann.locator(".pane-who")).first().click();
    const info = ann.locator("aside.info");
    await info.getByRole("button", { name: "Add contact" }).click();
    await info.getByTestId("request").filter({ hasText: "Request sent" }).waitFor();
    assert.equal(await info.getByRole("button", { name: "Add contact" }).count(), 0);
    await openChat(bob, "Ann");
    await bob.locator(".pane-who").click();
    const theirs = bob.locator("aside.info");
    await theirs.getByTestId("request").filter({ hasText: "Wants to be your contact" }).waitFor();
    assert.equal(await theirs.getByRole("button", { name: "Add contact" }).count(), 0);
    await theirs.getByTestId("request").getByRole("button", { name: "Decline" }).click();
    await theirs.getByRole("button", { name: "Add contact" }).waitFor();
    await info.getByRole("button", { name: "Add contact" }).click();
    await theirs.getByTestId("request").getByRole("button", { name: "Accept" }).click();
    for (const page of [info, theirs]) {
      await page.getByRole("button", { name: "Remove from contacts" }).waitFor();
      assert.equal(await page.getByTestId("request").count(), 0);
    }
    await phone.getByTestId("contact-row").filter({ hasText: "Bob" }).waitFor();
  });

  await step("how far the last message has come is on the list at once after a reload", async () => {
    await ticks(ann, "It is me", "read");
    await ann.getByTestId("tab-chats").click();
    // Without what the browser has kept: it is the server that tells.
    await ann.evaluate(() => (location.hash = "#/chats"));
    await row(ann, "Bob").locator("[data-testid=ticks][data-reach=read]").waitFor();
    const fresh = await browser.open();
    await signIn(fresh, "ann");
    await row(fresh, "Bob").locator("[data-testid=ticks]").waitFor();
    assert.equal(await row(fresh, "Bob").locator("[data-testid=ticks]").getAttribute("data-reach"), "read");
    const eve = await native(server);
    await eve.ask("register", { handle: "eve", nick: "Eve", password: "a long secret", device: "the test" });
    await writeTo(fresh, "eve");
    await say(fresh, "Nobody is there");
    await fresh.evaluate(() => (location.hash = "#/chats"));
    await fresh.reload();
    await row(fresh, "Eve").locator("[data-testid=ticks][data-reach=sent]").waitFor();
    eve.close();
    assert.equal(await composer(fresh).count(), 0);
  });
});
