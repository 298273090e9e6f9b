// Somebody in a browser, and one with each of the other dialects: texts go both ways, and an edit is told in words.
import { PEERS } from "../support/dialects.mjs";
import { choose, composer, row, say, sees, signUp, writeTo } from "../support/people.mjs";
import { scene } from "../support/scene.mjs";
import { until } from "../support/wait.mjs";

scene("a browser and the other dialects", async ({ server, browser, step }) => {
  const ann = await browser.open();
  await signUp(ann, "ann", "Ann");
  for (const [dialect, enter] of Object.entries(PEERS)) {
    await step(dialect, async () => {
      const peer = await enter(server);
      try {
        const words = `Hello, ${dialect} — привет 你好 🎉`;
        await writeTo(ann, peer.find);
        await ann.locator(".pane-head h1", { hasText: peer.nick }).waitFor();
        await say(ann, words);
        await peer.heard(words);
        await peer.say("Thank you — спасибо 谢谢 🙏", "ann");
        await sees(ann, "Thank you — спасибо 谢谢 🙏");
        await choose(ann, words, "Edit");
        await until("the field has the words", async () => (await composer(ann).inputValue()) === words);
        await say(ann, "Good evening");
        await peer.heard("✎ Good evening");
        await sees(ann, "Good evening");
        await row(ann, peer.nick).filter({ hasText: "Thank you" }).waitFor();
      } finally {
        peer.close();
      }
    });
  }
});
