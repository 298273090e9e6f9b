// Two people in two browsers: from making an account to a group.
import assert from "node:assert/strict";
import { choose, composer, message, openChat, row, say, sees, signIn, signUp, ticks, writeTo } from "../support/people.mjs";
import { picture } from "../support/files.mjs";
import { scene } from "../support/scene.mjs";
import { until } from "../support/wait.mjs";

scene("two people in two browsers", async ({ browser, step }) => {
  const ann = await browser.open();
  const bob = await browser.open();

  await step("both make an account", async () => {
    await signUp(ann, "ann", "Ann");
    await signUp(bob, "bob", "Bob");
  });

  await step("one asks to be a contact, the other accepts", async () => {
    await ann.getByTestId("tab-contacts").click();
    await ann.getByTestId("add-contact").click();
    await ann.getByLabel("Handle, number or e-mail").fill("bob");
    await ann.getByRole("button", { name: "Find", exact: true }).click();
    await ann.getByRole("dialog").locator(".card").getByRole("button", { name: "Add contact" }).click();
    await ann.getByRole("status").getByText("Request sent to Bob").waitFor();
    await bob.getByTestId("tab-contacts").click();
    await bob.getByTestId("contact-request").getByRole("button", { name: "Accept: Ann" }).click();
    await bob.getByTestId("contact-row").filter({ hasText: "here now" }).waitFor();
    await ann.getByTestId("contact-row").filter({ hasText: "here now" }).waitFor();
  });

  await step("a message appears at the other, and its ticks go to read", async () => {
    await ann.getByTestId("contact-row").click();
    await say(ann, "Hello, Bob");
    await ticks(ann, "Hello, Bob", "delivered");
    await bob.getByTestId("tab-chats").click();
    await row(bob, "Ann").locator(".badge").waitFor();
    await row(bob, "Ann").click();
    await sees(bob, "Hello, Bob");
    await ticks(ann, "Hello, Bob", "read");
    await until("nothing is unread", async () => (await row(bob, "Ann").locator(".badge").count()) === 0);
  });

  await step("typing is seen, and ends with the message", async () => {
    await composer(bob).pressSequentially("Hi");
    await ann.locator(".pane-under.is-typing").waitFor();
    await composer(bob).press("Enter");
    await sees(ann, /^Hi$/);
    await until("nobody writes", async () => (await ann.locator(".pane-under.is-typing").count()) === 0);
    await ticks(bob, "Hi", "read");
  });

  await step("an answer quotes", async () => {
    await choose(bob, "Hello, Bob", "Answer");
    await say(bob, "And to you");
    const answer = message(ann, "And to you");
    await answer.locator(".quote", { hasText: "Hello, Bob" }).waitFor();
    assert.match(await answer.locator(".quote strong").innerText(), /You/);
  });

  await step("an edit changes the words for both, and keeps the earlier ones", async () => {
    await choose(ann, "Hello, Bob", "Edit");
    await until("the field has the words", async () => (await composer(ann).inputValue()) === "Hello, Bob");
    await composer(ann).fill("Good morning, Bob");
    await composer(ann).press("Enter");
    await sees(ann, "Good morning, Bob");
    await sees(bob, "Good morning, Bob");
    await message(bob, "Good morning, Bob").getByText("edited").waitFor();
    await choose(bob, "Good morning, Bob", "Earlier versions");
    await bob.getByRole("dialog").getByText("Hello, Bob", { exact: true }).waitFor();
    await bob.keyboard.press("Escape");
  });

  await step("an edit that is sent twice in a hurry is one edit, and no message", async () => {
    await choose(ann, "Good morning, Bob", "Edit");
    await until("the field has the words", async () => (await composer(ann).inputValue()) === "Good morning, Bob");
    await composer(ann).fill("Good morning, dear Bob");
    await ann.evaluate(async () => {
      const enter = () => document.querySelector("#composer").dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true }));
      enter();
      // What a hand cannot do quicker: after the page knows, before it is painted.
      await new Promise((resolve) => setTimeout(resolve));
      enter();
    });
    await sees(bob, "Good morning, dear Bob");
    await choose(ann, "Good morning, dear Bob", "Edit");
    await composer(ann).fill("Good morning, Bob");
    await composer(ann).press("Enter");
    await sees(bob, "Good morning, Bob");
    assert.equal(await message(bob, "dear Bob").count(), 0, "the edit was sent as a message, too");
    assert.equal(await composer(ann).inputValue(), "");
  });

  await step("Escape takes back what is begun, step by step and wherever the focus is, before it leaves", async () => {
    await choose(ann, "And to you", "Answer");
    await ann.locator(".about").waitFor();
    await ann.getByRole("button", { name: "Emoji" }).click();
    await ann.locator(".composer-emoji").waitFor();
    const escape = async () => {
      await ann.evaluate(() => document.activeElement?.blur());
      await ann.keyboard.press("Escape");
    };
    await escape();
    await until("the emoji are gone", async () => (await ann.locator(".composer-emoji").count()) === 0);
    assert.equal(await ann.locator(".about").count(), 1);
    await escape();
    await until("the answer is taken back", async () => (await ann.locator(".about").count()) === 0);
    assert.equal(await composer(ann).count(), 1, "the conversation is left");
    await escape();
    await until("the conversation is left", async () => (await composer(ann).count()) === 0);
    await openChat(ann, "Bob");
  });

  await step("what is too long is said in words, and by Enter", async () => {
    const most = 65_536;
    await composer(ann).fill("x".repeat(most + 7));
    await ann.getByRole("alert").getByText("The message is too long.").waitFor();
    assert.equal(await composer(ann).getAttribute("aria-invalid"), "true");
    await composer(ann).press("Enter");
    const toast = ann.locator(".toast", { hasText: "The message is too long." });
    await toast.waitFor();
    // Where nothing is covered by it.
    const [word, field, last] = [await toast.boundingBox(), await ann.locator(".composer").boundingBox(), await ann.getByTestId("message").last().boundingBox()];
    const apart = (a, b) => a.y + a.height <= b.y || b.y + b.height <= a.y || a.x + a.width <= b.x || b.x + b.width <= a.x;
    assert.ok(apart(word, field) && apart(word, last), JSON.stringify({ word, field, last }));
    await toast.getByRole("button").click();
    await composer(ann).fill("");
    assert.equal(await ann.locator(".composer-long").count(), 0);
  });

  await step("words are found by the search, and the hit leads to them", async () => {
    await say(bob, "茶比咖啡好");
    await sees(ann, "茶比咖啡好");
    const find = async (words) => {
      await ann.keyboard.press("Control+K");
      await ann.locator("#search").fill(words);
    };
    await find("morn");
    await ann.getByTestId("search-hit").filter({ hasText: "Good morning, Bob" }).filter({ hasText: "You" }).locator("mark", { hasText: "morning" }).waitFor();
    await ann.getByTestId("search-hit").click();
    await ann.locator(".message.is-flash", { hasText: "Good morning, Bob" }).waitFor();
    await find("咖啡");
    await ann.getByTestId("search-hit").filter({ hasText: "茶比咖啡好" }).waitFor();
    await find("nowhere-to-be-found");
    await ann.getByText("Nothing found").waitFor();
    await find("@bob");
    await ann.locator(".results .row-name", { hasText: "Bob" }).first().waitFor();
    await ann.getByRole("button", { name: "End the search" }).click();
    await row(ann, "Bob").waitFor();
  });

  await step("a reaction is seen and taken back", async () => {
    await message(bob, "Good morning, Bob").click({ button: "right" });
    await bob.getByRole("menuitemcheckbox", { name: "React with 👍" }).click();
    await message(ann, "Good morning, Bob").locator(".reaction", { hasText: "👍" }).waitFor();
    await message(ann, "Good morning, Bob").locator(".reaction").click();
    await message(bob, "Good morning, Bob").locator(".reaction-count", { hasText: "2" }).waitFor();
    await message(bob, "Good morning, Bob").locator(".reaction").click();
    await until("one is left", async () => (await message(ann, "Good morning, Bob").locator(".reaction-count").count()) === 0);
    await message(ann, "Good morning, Bob").locator(".reaction").waitFor();
  });

  await step("a deletion leaves a place", async () => {
    await choose(bob, /^Hi$/, "Delete");
    await bob.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await sees(ann, "Message deleted");
    await sees(bob, "Message deleted");
    assert.equal(await message(ann, /^Hi$/).count(), 0);
  });

  await step("a picture by pasting, one by choosing", async () => {
    await composer(ann).focus();
    await ann.evaluate((base64) => {
      const bytes = Uint8Array.from(atob(base64), (one) => one.charCodeAt(0));
      const data = new DataTransfer();
      data.items.add(new File([bytes], "pasted.png", { type: "image/png" }));
      document.querySelector("#composer").dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
    }, picture(320, 200).toString("base64"));
    await ann.locator(".tray img[alt='pasted.png']").waitFor();
    await say(ann, "From the clipboard");
    await ann.getByTestId("file-input").setInputFiles({ name: "chosen.png", mimeType: "image/png", buffer: picture(200, 300) });
    await ann.locator(".tray img[alt='chosen.png']").waitFor();
    await composer(ann).press("Enter");
    for (const page of [ann, bob]) {
      for (const name of ["pasted.png", "chosen.png"]) {
        await until(`${name} is drawn`, () => page.locator(`[data-testid=message] .picture img[alt='${name}']`).evaluate((image) => image.complete && image.naturalWidth > 0));
      }
    }
    await bob.getByRole("button", { name: "Open chosen.png" }).click();
    const isSeen = (width) => until(`one of ${width} is seen as a whole`, () => bob.getByRole("dialog").locator("img").first().evaluate((image, width) => image.complete && image.naturalWidth === width, width));
    await isSeen(200);
    await bob.keyboard.press("ArrowLeft");
    await isSeen(320);
    await bob.keyboard.press("ArrowRight");
    await isSeen(200);
    await bob.keyboard.press("Escape");
    await until("the viewer is closed", async () => (await bob.getByRole("dialog").count()) === 0);
  });

  await step("a group", async () => {
    await ann.getByTestId("tab-chats").click();
    await ann.getByTestId("new-chat").click();
    await ann.getByTestId("new-group").click();
    await ann.getByLabel("Name of the group").fill("Tea");
    await ann.getByRole("checkbox", { name: "Bob" }).check();
    await ann.getByRole("button", { name: "Create group" }).click();
    await ann.getByRole("heading", { name: "Tea", level: 1 }).waitFor();
    await say(ann, "Who brings cups?");
    await openChat(bob, "Tea");
    await sees(bob, "Who brings cups?");
    await bob.locator(".message-sender", { hasText: "Ann" }).waitFor();
    await say(bob, "I do");
    await sees(ann, "I do");
    await ticks(ann, "Who brings cups?", "read");
  });

  await step("a reload keeps everything", async () => {
    await ann.reload();
    await sees(ann, "I do");
    await openChat(ann, "Bob");
    await sees(ann, "Good morning, Bob");
    await sees(ann, "Message deleted");
    await message(ann, "And to you").locator(".quote", { hasText: "Good morning, Bob" }).waitFor();
    await message(ann, "Good morning, Bob").locator(".reaction", { hasText: "👍" }).waitFor();
    await ann.locator("[data-testid=message] .picture img[alt='chosen.png']").waitFor();
  });

  await step("a second device of the same person has all of it, and what one says is on both", async () => {
    const second = await browser.open();
    await signIn(second, "ann");
    await openChat(second, "Bob");
    await sees(second, "Good morning, Bob");
    await say(second, "From my other device");
    await sees(ann, "From my other device");
    assert.equal(await message(ann, "From my other device").locator("[data-testid=ticks]").count(), 1);
    await openChat(bob, "Ann");
    await sees(bob, "From my other device");
    await ticks(second, "From my other device", "read");
    await ticks(ann, "From my other device", "read");
    // Ended from the first device, the second is at the door.
    await ann.getByTestId("tab-settings").click();
    await ann.getByRole("button", { name: "Devices" }).click();
    await until("two devices are listed", async () => (await ann.getByTestId("session").count()) === 2);
    await ann.getByRole("button", { name: "End", exact: true }).click();
    await second.getByText("You were signed out on this device").waitFor();
    await ann.keyboard.press("Escape");
  });

  await step("a message that goes while it is being edited or answered leaves the words as a draft", async () => {
    await openChat(ann, "Bob");
    await say(bob, "Soon gone");
    await say(ann, "Also soon gone");
    await sees(bob, "Also soon gone");
    await sees(ann, /^Soon gone$/);
    // One's own, deleted on another device.
    const second = await browser.open();
    await signIn(second, "ann");
    await openChat(second, "Bob");
    await choose(ann, "Also soon gone", "Edit");
    await composer(ann).fill("Rewritten with care");
    await choose(second, "Also soon gone", "Delete");
    await second.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await until("the edit has ended", async () => (await ann.locator(".about").count()) === 0);
    await until("its words are there", async () => (await composer(ann).inputValue()) === "Rewritten with care");
    await second.context().close();
    await choose(ann, /^Soon gone$/, "Answer");
    await message(ann, /^Soon gone$/).click({ button: "right" });
    await ann.getByRole("menu").waitFor();
    await choose(bob, /^Soon gone$/, "Delete");
    await bob.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await until("the answer has ended", async () => (await ann.locator(".about").count()) === 0);
    await until("the menu is closed", async () => (await ann.getByRole("menu").count()) === 0);
    assert.equal(await composer(ann).inputValue(), "Rewritten with care");
    await composer(ann).fill("");
    for (const page of [ann, bob]) await until("both are gone", async () => (await message(page, "oon gone").count()) === 0);
  });

  await step("who writes first need not be a contact", async () => {
    const eve = await browser.open();
    await signUp(eve, "eve", "Eve");
    await writeTo(eve, "ann");
    await say(eve, "We have not met");
    await ann.getByTestId("tab-chats").click();
    await openChat(ann, "Eve");
    await sees(ann, "We have not met");
  });
});
