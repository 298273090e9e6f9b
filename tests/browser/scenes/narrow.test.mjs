// A narrow window with a mouse, which is no phone: nothing takes room that is not seen.
import assert from "node:assert/strict";
import { join } from "node:path";
import { PHONE, SHOTS } from "../support/browser.mjs";
import { message, say, sees, signUp, writeTo } from "../support/people.mjs";
import { scene } from "../support/scene.mjs";

const LONG = "words and more ".repeat(20).trim();
/** What may lie between two messages, in pixels. */
const GAP = 12;

scene("a narrow window with a mouse", async ({ browser, step }) => {
  const ann = await browser.open({ viewport: PHONE, reducedMotion: "reduce" });
  const bob = await browser.open({ viewport: PHONE, reducedMotion: "reduce" });
  await signUp(ann, "ann", "Ann");
  await signUp(bob, "bob", "Bob");

  await step("two talk", async () => {
    await writeTo(ann, "bob");
    for (const text of ["one", LONG, "three"]) await say(ann, text);
    await writeTo(bob, "ann");
    for (const text of ["four", "five"]) await say(bob, text);
    await sees(ann, "five");
  });

  await step("messages stand close together", async () => {
    const boxes = await ann.locator(".message > .bubble").evaluateAll((bubbles) => bubbles.map((one) => one.getBoundingClientRect().toJSON()));
    assert.equal(boxes.length, 5);
    for (const [index, box] of boxes.entries()) {
      const gap = index === 0 ? 0 : box.top - boxes[index - 1].bottom;
      assert.ok(gap >= 0 && gap <= GAP, `${gap} pixels above message ${index + 1}`);
    }
  });

  await step("what can be done with one shows under the mouse, and can be pressed", async () => {
    for (const text of [LONG, "five"]) {
      await message(ann, text).hover();
      const answer = ann.locator(".message").filter({ hasText: text }).getByRole("button", { name: "Answer" });
      await answer.waitFor();
      const { x, width } = await answer.boundingBox();
      assert.ok(x >= 0 && x + width <= PHONE.width, `it stands at ${x}`);
      await ann.screenshot({ path: join(SHOTS, `narrow-mouse-${text.length > 10 ? "long" : "short"}.png`) });
      await answer.click();
      await ann.locator(".composer .about").getByText(text.slice(0, 20)).waitFor();
      await ann.keyboard.press("Escape");
    }
  });
});
