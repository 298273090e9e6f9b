// A lost password: a link by mail where the server sends mail, and no word of it where it does not.
import assert from "node:assert/strict";
import { startMail } from "../support/mail.mjs";
import { cuttable } from "../support/browser.mjs";
import { composer, openChat, row, say, sees, signUp, ticks, writeTo } from "../support/people.mjs";
import { scene } from "../support/scene.mjs";
import { until } from "../support/wait.mjs";

const mail = await startMail();
const settings = {
  KOINE_SMTP__HOST: "127.0.0.1",
  KOINE_SMTP__PORT: String(mail.port),
  KOINE_SMTP__TLS: "none",
  KOINE_SMTP__FROM: "koine <koine@example.org>",
};

scene(
  "a lost password",
  async ({ server, browser, step }) => {
    const ann = await browser.open();

    await step("somebody has an account with an address", async () => {
      await ann.getByTestId("to-sign-up").click();
      await ann.locator("input[name=nick]").fill("Ann");
      await ann.locator("input[name=username]").fill("ann");
      await ann.locator("input[name=password]").fill("a long secret");
      await ann.locator("input[name=email]").fill("ann@example.org");
      await ann.locator("button[type=submit]").click();
      await ann.getByTestId("new-chat").waitFor();
    });

    const lost = await browser.open();
    const ask = async (address) => {
      await lost.getByTestId("lost").click();
      await lost.locator("input[name=email]").fill(address);
      await lost.getByRole("button", { name: "Send the link" }).click();
    };

    await step("the answer is the same for an address that nobody has, and nothing is sent", async () => {
      await ask("nobody@example.org");
      await lost.getByTestId("lost-sent").getByText("If there is such an account").waitFor();
      await lost.getByRole("button", { name: "Sign in" }).click();
    });

    await step("what is no address is told below the field", async () => {
      await lost.getByTestId("lost").click();
      await lost.locator("input[name=email]").fill("12");
      await lost.getByRole("button", { name: "Send the link" }).click();
      await lost.locator(".field-below[role=alert]").getByText("This is no e-mail address.").waitFor();
      assert.equal(await lost.getByTestId("lost-sent").count(), 0);
      await lost.getByRole("button", { name: "Sign in" }).click();
    });

    await step("the link in the mail leads to another password, with which one signs in", async () => {
      await ask("ann@example.org");
      await lost.getByTestId("lost-sent").waitFor();
      const letter = await mail.letter("ann@example.org");
      const link = /https?:\/\/\S+\/recover\S*/.exec(letter)?.[0] ?? "";
      assert.notEqual(link, "", letter);
      assert.equal(mail.letters.length, 1, "nobody else got one");
      const { pathname, search, hash } = new URL(link);
      await lost.goto(`${server.origin}${pathname}${search}${hash}`);
      for (const field of await lost.locator("input[type=password]").all()) await field.fill("another long secret");
      await lost.locator("button, input[type=submit]").first().click();
      await until("it was taken", async () => (await lost.locator("input[type=password]").count()) === 0);
      await lost.goto(server.origin);
      await lost.locator("input[name=username]").fill("ann");
      await lost.locator("input[name=password]").fill("another long secret");
      await lost.locator("button[type=submit]").click();
      await lost.getByTestId("new-chat").waitFor();
      // What the old password had opened is closed.
      await ann.getByText("You were signed out on this device").waitFor();
    });
    mail.close();
  },
  120_000,
  settings,
);

scene("a server without mail, and who comes and goes there", async ({ server, browser, step }) => {
  await step("offers no link that it could not send", async () => {
    const page = await browser.open();
    await signUp(page, "ann", "Ann");
    const other = await browser.open();
    await other.getByTestId("to-sign-up").waitFor();
    await other.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
    assert.equal(await other.getByTestId("lost").count(), 0);
    await other.context().close();
    await page.context().close();
  });

  // Two windows of one browser: what it keeps is of both.
  const one = await browser.blank({ reducedMotion: "reduce" });
  await cuttable(one);
  await one.goto(server.origin);
  const enter = async (page, name, password) => {
    await page.locator("input[name=username]").fill(name);
    await page.locator("input[name=password]").fill(password);
    await page.locator("button[type=submit]").click();
  };
  const leave = async (page) => {
    await page.getByTestId("tab-settings").click();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Sign out" }).click();
    await page.locator("input[name=password]").waitFor();
  };

  await step("a wrong password and an unknown name are told in the same words", async () => {
    for (const name of ["ann", "nobody"]) {
      await enter(one, name, "not the secret");
      await one.getByRole("alert").getByText("The name or the password is not right.").waitFor();
    }
    // Handles are shown with an @, so one may come in with it.
    await enter(one, "@ann", "a long secret");
    await one.getByTestId("new-chat").waitFor();
  });

  await step("theme and language change at once, and stay", async () => {
    await one.getByTestId("tab-settings").click();
    const paper = () => one.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await paper();
    await one.getByRole("radio", { name: "Dark" }).check();
    await until("it is dark", async () => (await paper()) !== light);
    await one.getByRole("radio", { name: "Русский" }).check();
    await one.getByRole("heading", { name: "Настройки" }).waitFor();
    await one.reload();
    await one.getByRole("heading", { name: "Настройки" }).waitFor();
    assert.notEqual(await paper(), light);
    assert.equal(await one.evaluate(() => document.documentElement.lang), "ru");
    await one.getByRole("radio", { name: "Светлая" }).check();
    await one.getByRole("radio", { name: "English" }).check();
    await one.getByRole("heading", { name: "Settings" }).waitFor();
  });

  await step("another password ends the other devices, whatever is open there", async () => {
    const phone = await browser.open();
    await enter(phone, "ann", "a long secret");
    await phone.getByTestId("new-chat").click();
    await phone.getByTestId("new-group").click();
    await one.getByRole("button", { name: "Change password" }).click();
    const change = async (old) => {
      await one.getByLabel("Present password").fill(old);
      await one.getByLabel("New password").fill("another long secret");
      await one.getByRole("dialog").getByRole("button", { name: "Save" }).click();
    };
    await change("not the secret");
    await one.getByRole("alert").getByText("The password is not right.").waitFor();
    await change("a long secret");
    await one.getByRole("status").getByText("Password changed").waitFor();
    await phone.getByText("You were signed out on this device").waitFor();
    assert.equal(await phone.getByRole("dialog").count(), 0, "a dialog is left at the door");
    await enter(phone, "ann", "a long secret");
    await phone.getByRole("alert").waitFor();
    await enter(phone, "ann", "another long secret");
    await phone.getByTestId("new-chat").waitFor();
    await phone.context().close();
  });

  await step("a window that lost its connection goes along with the one in which another account has come", async () => {
    const maker = await browser.open();
    await signUp(maker, "bob", "Bob");
    await maker.context().close();
    const two = await one.context().newPage();
    await two.goto(server.origin);
    await two.getByTestId("new-chat").waitFor();
    await writeTo(one, "@bob");
    await say(one, "A word of Ann's");
    await ticks(one, "A word of Ann's", "sent");
    await one.locator("#search").fill("word");
    await one.getByTestId("search-hit").waitFor();
    await two.evaluate(() => globalThis.cut(true));
    await leave(one);
    await enter(one, "bob", "a long secret");
    await one.getByTestId("new-chat").waitFor();
    assert.equal(await one.locator("#search").inputValue(), "", "what Ann has searched for");
    assert.equal(await one.getByTestId("search-hit").count(), 0, "what Ann has found");
    await openChat(one, "Ann");
    await one.evaluate(() => globalThis.cut(true));
    await say(one, "A word of Bob's");
    await one.getByTestId("message-waiting").waitFor();
    await row(one, "Ann").locator("[data-testid=ticks][data-reach=waiting]").waitFor();
    await composer(one).fill("A draft of Bob's");
    await one.waitForFunction(() => localStorage.getItem("koine.drafts")?.includes("A draft of Bob's"));
    await two.bringToFront();
    await two.evaluate(() => globalThis.cut(false));
    await openChat(two, "Ann");
    await until("it has Bob's draft", async () => (await composer(two).inputValue()) === "A draft of Bob's");
    await one.bringToFront();
    await one.evaluate(() => globalThis.cut(false));
    await sees(one, "A word of Bob's");
    await sees(two, "A word of Bob's");
  });

  await step("one window that signs out takes the other one along", async () => {
    const two = one.context().pages()[1];
    await two.bringToFront();
    await leave(two);
    await one.bringToFront();
    await one.locator("input[name=password]").waitFor();
    assert.equal(await one.getByTestId("conversation-row").count(), 0);
  });
});
