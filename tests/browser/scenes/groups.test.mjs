// What happens to a group is told in its conversation, and is still there after a reload.
import assert from "node:assert/strict";
import { openChat, say, sees, signUp, writeTo } from "../support/people.mjs";
import { native } from "../support/dialects.mjs";
import { kept } from "../support/kept.mjs";
import { picture } from "../support/files.mjs";
import { scene } from "../support/scene.mjs";
import { until } from "../support/wait.mjs";

scene("what happens to a group", async ({ server, browser, step }) => {
  const bob = await native(server);
  await bob.ask("register", { handle: "bob", nick: "Bob", password: "a long secret", device: "the test" });
  const eve = await native(server);
  await eve.ask("register", { handle: "eve", nick: "Eve", password: "a long secret", device: "the test" });
  const ann = await browser.open({ reducedMotion: "reduce" });
  await signUp(ann, "ann", "Ann");
  const { conversation } = await bob.ask("group.create", { name: "Tea", members: ["ann"] });
  const id = conversation.id;
  const told = () => ann.locator("[data-testid=happening] > span").allInnerTexts();
  const tells = (words) => until(`${words} is told`, async () => (await told()).at(-1) === words);

  await step("each is told in a line, between the messages where it happened", async () => {
    await bob.ask("send", { to: { conversation: id }, key: "1", text: "Welcome" });
    await openChat(ann, "Tea");
    await sees(ann, "Welcome");
    assert.deepEqual(await told(), []);
    await bob.ask("group.add", { conversation: id, who: "eve" });
    await tells("Bob added Eve");
    await bob.ask("group.rename", { conversation: id, name: "Coffee" });
    await tells("Bob named the group “Coffee”");
    await ann.locator(".pane-head h1", { hasText: "Coffee" }).waitFor();
    await bob.ask("send", { to: { conversation: id }, key: "2", text: "That is better" });
    await sees(ann, "That is better");
    await bob.ask("group.remove", { conversation: id, who: "eve" });
    await tells("Bob removed Eve");
    await bob.ask("group.promote", { conversation: id, who: "ann" });
    await tells("You lead the group now");
    const order = await ann.locator(".happened > span, .message-text").allInnerTexts();
    assert.deepEqual(order, ["Welcome", "Bob added Eve", "Bob named the group “Coffee”", "That is better", "Bob removed Eve", "You lead the group now"]);
  });

  await step("what one does oneself is told, too", async () => {
    await ann.locator(".pane-who").click();
    const chosen = ann.waitForEvent("filechooser");
    await ann.locator("aside.info").getByRole("button", { name: "Picture of the group" }).click();
    await (await chosen).setFiles({ name: "group.png", mimeType: "image/png", buffer: picture(64, 64) });
    await tells("You changed the picture of the group");
    await bob.ask("group.leave", { conversation: id });
    await tells("Bob left");
    await ann.evaluate((to) => (location.hash = `#/c/${to}`), id);
    await say(ann, "Alone");
    await sees(ann, "Alone");
  });

  await step("a reload keeps them, at their places", async () => {
    const lines = () => ann.locator(".happened > span, .message-text").allInnerTexts();
    const before = await lines();
    await until("they are kept", async () => /"left".*Alone|Alone.*"left"/.test(await kept(ann)));
    await ann.reload();
    await sees(ann, "Alone");
    assert.deepEqual(await lines(), before);
  });

  await step("another conversation has none of it", async () => {
    await writeTo(ann, "eve");
    await say(ann, "Hello");
    await sees(ann, "Hello");
    assert.deepEqual(await told(), []);
  });
  bob.close();
  eve.close();
});
