// A group: what is new in it, what happens to it, who is in it and what its leader can do; and conversations where one cannot write.
import { composer, message } from "../people.mjs";

/** @param {import("./tour.mjs").Stage} stage */
export async function theGroups({ page, look, words, world }) {
  const { bob, dan, group, own } = world;
  const goTo = (hash) => page.evaluate((to) => (location.hash = to), hash);
  // Who looks at none hears of the new ones.
  await goTo("#/chats");
  await world.send(bob, group, "8, 9");
  await world.send(dan, group, "10");
  await page.locator(".badge").first().waitFor();
  await look("unread");
  await goTo(`#/c/${group}`);
  await page.locator(".divider").waitFor();
  await bob.ask("group.rename", { conversation: group, name: "茶 · 1925" });
  await bob.ask("group.add", { conversation: group, who: "cyd" });
  await bob.ask("group.remove", { conversation: group, who: "cyd" });
  await bob.ask("group.rename", { conversation: group, name: "茶 · 1924" });
  await page.getByTestId("happening").nth(3).waitFor();
  await bob.ask("typing", { conversation: group });
  await page.locator(".is-typing").waitFor();
  await look("group");
  await goTo(`#/c/${group}/info`);
  await page.locator("aside.info .row").nth(2).waitFor();
  await look("group-details");
  await goTo(`#/c/${own}/info`);
  await page.locator("aside.info .row").nth(2).waitFor();
  await look("own-group");
  const info = page.locator("aside.info");
  await info.locator(".row .icon-button").first().click();
  await page.getByRole("menu").waitFor();
  await look("member-menu");
  await page.keyboard.press("Escape");
  const dialog = async (name, open) => {
    await open();
    await page.getByRole("dialog").waitFor();
    await look(name);
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
  };
  const fromMenu = (key) => async () => {
    await info.locator(".row .icon-button").first().click();
    await page.getByRole("menuitem", { name: words[key] }).click();
  };
  const button = (key) => () => info.getByRole("button", { name: words[key], exact: true }).click();
  await dialog("promote", fromMenu("group.promote"));
  await dialog("remove-member", fromMenu("group.remove"));
  await dialog("rename-group", button("group.rename"));
  await dialog("add-people", button("group.add"));
  await dialog("leave-group", button("menu.leave"));
  await dialog("dissolve-group", button("group.dissolve"));
  await dialog("clear", button("menu.clear"));
  await goTo(`#/c/${world.long}`);
  await page.locator("[data-testid=message]").first().waitFor();
  await look("long-words");
  await goTo(`#/c/${world.long}/info`);
  await page.locator("aside.info").waitFor();
  await dialog("block", button("menu.block"));
  await goTo(`#/c/${world.blocked}`);
  await page.locator(".foot-note").waitFor();
  await look("blocked");
  await goTo(`#/c/${world.gone}`);
  await message(page, "1997").waitFor();
  await look("gone");
  await goTo(`#/c/${world.direct}`);
  await composer(page).waitFor();
}
