// More conversations than fill a screen: the newest come first, and nothing is missing.
import assert from "node:assert/strict";
import { native } from "../support/dialects.mjs";
import { openChat, row, say, sees, signIn } from "../support/people.mjs";
import { scene } from "../support/scene.mjs";
import { until } from "../support/wait.mjs";

const MANY = 70;

scene("more conversations than fill a screen", async ({ server, browser, step }) => {
  const ann = await native(server);
  await ann.ask("register", { handle: "ann", nick: "Ann", password: "a long secret", device: "the test" });
  const ids = [];
  for (let number = 1; number <= MANY; number++) {
    const { conversation } = await ann.ask("group.create", { name: `Group ${number}.`, members: [] });
    await ann.ask("send", { to: { conversation: conversation.id }, key: `${number}`, text: `Word ${number}.` });
    ids.push(conversation.id);
  }
  const page = await browser.blank({ reducedMotion: "reduce" });
  const asked = [];
  page.on("websocket", (socket) => socket.on("framesent", ({ payload }) => asked.push(String(payload))));
  const rows = page.getByTestId("conversation-row");

  await step("who signs in has all of them", async () => {
    await page.goto(`${server.origin}/#/c/${ids[0]}`);
    await signIn(page, "ann");
    await until("all are there", async () => (await rows.count()) === MANY);
    assert.match(await rows.first().innerText(), new RegExp(`Group ${MANY}\\.`));
    assert.match(await rows.last().innerText(), /Group 1\./);
    const listens = asked.map((frame) => JSON.parse(frame)).filter((frame) => frame.do === "listen");
    assert.deepEqual(listens.map((frame) => frame.newest), [50], "the newest were asked for first");
  });

  await step("the oldest, which was in the address, is open", async () => {
    await sees(page, "Word 1.");
    await say(page, "And more.");
    await sees(page, "And more.");
    await until("it is the newest now", async () => /Group 1\./.test(await rows.first().innerText()));
  });

  await step("another one is opened from the list, and all are there after a reload", async () => {
    await openChat(page, "Group 2.");
    await sees(page, "Word 2.");
    await page.reload();
    await sees(page, "Word 2.");
    await until("all are there again", async () => (await rows.count()) === MANY);
    await row(page, "Group 3.").waitFor();
  });
});
