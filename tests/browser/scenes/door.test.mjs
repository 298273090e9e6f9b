// A lost password: a link by mail where the server sends mail, and no word of it where it does not.
import assert from "node:assert/strict";
import { startMail } from "../support/mail.mjs";
import { signUp } from "../support/people.mjs";
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
      await lost.locator(".field-below[role=alert], [data-testid=lost-sent]").first().waitFor();
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

scene("a server without mail", async ({ browser, step }) => {
  await step("offers no link that it could not send", async () => {
    const page = await browser.open();
    await signUp(page, "ann", "Ann");
    const other = await browser.open();
    await other.getByTestId("to-sign-up").waitFor();
    await other.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
    assert.equal(await other.getByTestId("lost").count(), 0);
  });
});
