// A visit while there is no server: what was known last is there, what is said waits, and what has changed meanwhile is right once it is back.
import assert from "node:assert/strict";
import { held, kept } from "../support/kept.mjs";
import { composer, message, openChat, row, say, sees, signUp, ticks, writeTo } from "../support/people.mjs";
import { native } from "../support/dialects.mjs";
import { scene } from "../support/scene.mjs";
import { pause, until } from "../support/wait.mjs";

scene("a visit without a server", async ({ server, browser, step }) => {
  browser.excuse(/WebSocket connection to .* failed|net::ERR_CONNECTION_REFUSED|net::ERR_FAILED|Failed to fetch/);
  const ann = await browser.open({ reducedMotion: "reduce" });
  let bob = await native(server);
  await bob.ask("register", { handle: "bob", nick: "Bob", password: "a long secret", device: "the test" });
  const bobAgain = async () => {
    bob = await native(server);
    await bob.ask("login", { who: "bob", password: "a long secret", device: "the test" });
  };
  const texts = () => ann.locator("[data-testid=message] .message-text").allInnerTexts();
  let id = 0;
  let key = 0;
  const says = (text) => bob.ask("send", { to: { conversation: id }, key: `b${++key}`, text });

  await step("something was said", async () => {
    await signUp(ann, "ann", "Ann");
    await writeTo(ann, "bob");
    await say(ann, "Mine");
    await sees(ann, "Mine");
    id = Number((await ann.evaluate(() => location.hash)).split("/")[2]);
    await bob.ask("read", { conversation: id, seq: 1 });
    await ticks(ann, "Mine", "read");
    await says("To be edited");
    await says("To be deleted");
    await sees(ann, "To be deleted");
    await ann.evaluate(async () => (await navigator.serviceWorker.ready).active);
    await until("it is kept", async () => (await kept(ann)).includes("To be deleted"));
    assert.ok(!(await kept(ann)).includes(await ann.evaluate(() => JSON.parse(localStorage.getItem("koine.token")))), "the token is in it");
  });

  await step("a reload shows the list and the messages at once, and that there is no connection", async () => {
    bob.close();
    await server.kill();
    await ann.goto(server.origin);
    await row(ann, "Bob").filter({ hasText: "To be deleted" }).waitFor();
    await ann.locator("[data-testid=offline]:visible").waitFor();
    await row(ann, "Bob").click();
    await sees(ann, "To be deleted");
    assert.deepEqual(await texts(), ["Mine", "To be edited", "To be deleted"]);
    await ticks(ann, "Mine", "read");
    assert.equal(await ann.locator(".avatar.is-online").count(), 0, "nobody can be known to be there");
  });

  await step("what is said there waits through one more reload, and is said once", async () => {
    await say(ann, "Said without a server");
    await ann.getByTestId("message-waiting").filter({ hasText: "Said without a server" }).waitFor();
    await ann.reload();
    await ann.getByTestId("message-waiting").filter({ hasText: "Said without a server" }).waitFor();
    await composer(ann).fill("A draft");
    await server.again();
    await sees(ann, "Said without a server");
    await until("nothing waits", async () => (await ann.getByTestId("message-waiting").count()) === 0);
    await until("the word of no connection is gone", async () => (await ann.getByTestId("offline").count()) === 0);
    assert.deepEqual(await texts(), ["Mine", "To be edited", "To be deleted", "Said without a server"]);
    assert.equal(await composer(ann).inputValue(), "A draft");
    await composer(ann).fill("");
    await bobAgain();
    const { messages } = await bob.ask("history", { conversation: id, limit: 50 });
    assert.equal(messages.filter((one) => one.parts[0]?.text === "Said without a server").length, 1);
  });

  await step("a browser that takes its time loses no words, and shows in the end what it has", async () => {
    const other = await ann.context().newPage();
    await other.goto(`${server.origin}/readyz`);
    await server.kill();
    const written = await held(other, "koine", "outbox");
    await say(ann, "Said in a hurry");
    await ann.getByTestId("message-waiting").filter({ hasText: "Said in a hurry" }).waitFor();
    await ann.reload();
    await written();
    await ann.getByTestId("message-waiting").filter({ hasText: "Said in a hurry" }).waitFor();
    const read = await held(other, "koine-snapshot", "parts");
    await ann.reload();
    // Longer than the page waits for it.
    await pause(2_500);
    assert.equal(await ann.getByTestId("message-waiting").count(), 0);
    await read();
    await ann.getByTestId("message-waiting").filter({ hasText: "Said in a hurry" }).waitFor();
    assert.deepEqual(await texts(), ["Mine", "To be edited", "To be deleted", "Said without a server"]);
    await other.close();
    await server.again();
    await sees(ann, "Said in a hurry");
    await until("nothing waits", async () => (await ann.getByTestId("message-waiting").count()) === 0);
    assert.deepEqual(await ann.evaluate(() => Object.keys(localStorage).filter((name) => name.includes("jotted"))), []);
    await bobAgain();
  });

  await step("what others did while the page was closed is right once the connection stands", async () => {
    await until("it is kept", async () => (await kept(ann)).includes("Said in a hurry"));
    await ann.goto("about:blank");
    await bob.ask("edit", { conversation: id, seq: 2, key: "e", text: "Edited" });
    await bob.ask("delete", { conversation: id, seq: 3, key: "d" });
    await says("New");
    bob.close();
    await server.kill();
    await ann.goto(server.origin);
    await row(ann, "Bob").click();
    await sees(ann, "To be edited");
    await server.again();
    await sees(ann, "New");
    await sees(ann, "Edited");
    await message(ann, "Message deleted").waitFor();
    assert.deepEqual(await texts(), ["Mine", "Edited", "Message deleted", "Said without a server", "Said in a hurry", "New"]);
    await until("the word of no connection is gone", async () => (await ann.getByTestId("offline").count()) === 0);
  });

  await step("what was cleared on another device does not come back with the next message", async () => {
    await until("it is kept", async () => (await kept(ann)).includes("New"));
    await ann.goto("about:blank");
    const phone = await native(server);
    await phone.ask("login", { who: "ann", password: "a long secret", device: "phone" });
    await phone.ask("clear", { conversation: id });
    phone.close();
    await bobAgain();
    await says("From the beginning");
    await ann.goto(server.origin);
    await openChat(ann, "Bob");
    await sees(ann, "From the beginning");
    await until("nothing else is there", async () => (await ann.getByTestId("message").count()) === 1);
    bob.close();
  });

  await step("signing out leaves nothing", async () => {
    await until("it is kept", async () => (await kept(ann)).includes("From the beginning"));
    await ann.getByTestId("tab-settings").click();
    await ann.getByRole("button", { name: "Sign out" }).click();
    await ann.getByRole("dialog").getByRole("button", { name: "Sign out" }).click();
    await ann.locator("input[name=password]").waitFor();
    assert.equal(await kept(ann), "[]");
    assert.deepEqual(await ann.evaluate(() => Object.keys(localStorage).filter((name) => !/theme|language|notify/.test(name))), []);
    await server.kill();
    await ann.goto(server.origin);
    await ann.locator("input[name=password]").waitFor();
    assert.equal(await ann.getByTestId("conversation-row").count(), 0);
    await server.again();
  });
});
