// Who may register: whoever has an invitation, or nobody; and somebody who is kept out.
import assert from "node:assert/strict";
import { signIn } from "../support/people.mjs";
import { scene } from "../support/scene.mjs";

const field = (page, name) => page.locator(`input[name=${name}]`);

/** Fills the form but for the code. */
async function fill(page, handle) {
  await field(page, "nick").fill(handle);
  await field(page, "username").fill(handle);
  await field(page, "password").fill("a long secret");
}

const press = (page) => page.locator("button[type=submit]").click();
const arrives = (page) => page.getByTestId("new-chat").waitFor();

scene(
  "a server that one is invited to",
  async ({ server, browser, step }) => {
    const [code, link] = (await server.command("invite", "new", "--uses", "2")).split("\n");
    const { hash } = new URL(link);

    await step("the code is asked for, and what is wrong with it stands below its field", async () => {
      const page = await browser.open();
      await page.getByTestId("to-sign-up").click();
      await fill(page, "ann");
      await field(page, "invitation").fill("0000-0000-0000-0000");
      await press(page);
      await page.locator(".field", { has: field(page, "invitation") }).getByText("That invitation is not valid").waitFor();
      await field(page, "invitation").fill(code.toLowerCase().replaceAll("-", ""));
      await press(page);
      await arrives(page);
    });

    await step("the link brings it, and the address forgets it", async () => {
      const page = await browser.blank();
      await page.goto(`${server.origin}/${hash}`);
      assert.equal(await field(page, "invitation").inputValue(), code);
      await fill(page, "bob");
      await press(page);
      await arrives(page);
      assert.ok(!page.url().includes(code), page.url());
    });

    await step("two were invited, and nobody else gets in", async () => {
      const page = await browser.blank();
      await page.goto(`${server.origin}/${hash}`);
      await fill(page, "eve");
      await press(page);
      await page.getByText("That invitation is not valid").waitFor();
      assert.match(await server.command("invite", "list"), /used up/);
    });

    await step("who is disabled is signed out at once, and told why at the door", async () => {
      const page = await browser.open();
      await signIn(page, "bob");
      await server.command("account", "disable", "bob");
      await page.getByText("You were signed out on this device").waitFor();
      await field(page, "username").fill("bob");
      await field(page, "password").fill("a long secret");
      await press(page);
      await page.getByText("This account was disabled").waitFor();
      await server.command("account", "enable", "bob");
      await press(page);
      await arrives(page);
    });
  },
  120_000,
  { KOINE_REGISTRATION__MODE: "invitation" },
);

scene(
  "a server that is closed",
  async ({ browser, step }) => {
    await step("says so, and shows no form", async () => {
      const page = await browser.open();
      await page.getByText("New accounts are made by the operator").waitFor();
      assert.equal(await page.getByTestId("to-sign-up").count(), 0);
    });
  },
  120_000,
  { KOINE_REGISTRATION__MODE: "closed" },
);
