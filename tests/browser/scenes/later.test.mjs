// Conversations that do not begin with their first message, because one came later or what was old is gone: the client begins where the server does, and asks
// for nothing before it.
import assert from "node:assert/strict";
import { native } from "../support/dialects.mjs";
import { kept } from "../support/kept.mjs";
import { message, openChat, sees, signUp } from "../support/people.mjs";
import { scene } from "../support/scene.mjs";
import { pause, until } from "../support/wait.mjs";

const OLD = 30;
const NEW = 150;

scene("a log whose beginning is not there", async ({ server, browser, step }) => {
  const bob = await native(server);
  await bob.ask("register", { handle: "bob", nick: "Bob", password: "a long secret", device: "the test" });
  const ann = await browser.blank({ reducedMotion: "reduce" });
  const asked = [];
  ann.on("websocket", (socket) => socket.on("framesent", ({ payload }) => /"do":"history"/.test(String(payload)) && asked.push(String(payload))));
  await ann.goto(server.origin);
  await signUp(ann, "ann", "Ann");
  const say = async (conversation, word, count) => {
    for (let number = 1; number <= count; number++) await bob.ask("send", { to: { conversation }, key: `${conversation} ${word} ${number}`, text: `${word} ${number}.` });
  };
  const list = ann.getByTestId("messages");
  const begins = ann.locator(".beginning");
  const { conversation: group } = await bob.ask("group.create", { name: "Tea", members: [] });

  await step("upwards, it begins with the first message that is there", async () => {
    await say(group.id, "old", OLD);
    await bob.ask("group.add", { conversation: group.id, who: "ann" });
    await say(group.id, "new", NEW);
    await openChat(ann, "Tea");
    await ann.getByTestId("to-end").click();
    await sees(ann, `new ${NEW}.`);
    const box = await list.boundingBox();
    await ann.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await until("it begins", async () => {
      await ann.mouse.wheel(0, -1_500);
      await pause(40);
      return (await begins.count()) > 0;
    });
    await message(ann, /^new 1\.$/).waitFor();
    assert.equal(await message(ann, /^old /).count(), 0);
    assert.equal(Number(await message(ann, /^new 1\.$/).getAttribute("data-seq")), OLD + 1);
    assert.equal(await ann.locator(".bubble-skeletons").count(), 0);
  });

  await step("there is nothing above it, and nobody asks", async () => {
    const before = asked.length;
    assert.ok(before > 0, "what it asks for is seen here");
    for (let turn = 0; turn < 8; turn++) {
      await ann.mouse.wheel(0, turn % 2 === 0 ? 300 : -600);
      await pause(60);
    }
    assert.deepEqual(asked.slice(before), []);
  });

  await step("an address of a message that is not there leads to the first that is", async () => {
    await ann.evaluate((id) => (location.hash = `#/c/${id}/3`), group.id);
    await ann.reload();
    await begins.waitFor();
    await message(ann, /^new 1\.$/).waitFor();
  });

  await step("what an earlier visit has kept and is gone since is not shown", async () => {
    const { conversation: direct } = await bob.ask("open", { with: "ann" });
    await say(direct.id, "old", OLD);
    await openChat(ann, "Bob");
    await sees(ann, `old ${OLD}.`);
    await until("it is kept", async () => (await kept(ann)).includes(`old ${OLD}.`));
    // The page is elsewhere while it goes on another device.
    await ann.goto("about:blank");
    const phone = await native(server);
    await phone.ask("login", { who: "ann", password: "a long secret", device: "the phone" });
    await phone.ask("clear", { conversation: direct.id });
    phone.close();
    await say(direct.id, "new", 3);
    await ann.goto(server.origin);
    await openChat(ann, "Bob");
    await sees(ann, "new 3.");
    await begins.waitFor();
    await until("the old ones are gone", async () => (await message(ann, /^old /).count()) === 0);
    assert.equal(await message(ann, /^new /).count(), 3);
  });
  bob.close();
});
