// Who and what is there to be looked at: Ann, who knows many people and has said much, and those around her.
import { native } from "../dialects.mjs";
import { noise, picture, sound } from "../files.mjs";
import { choose, composer, message, say } from "../people.mjs";
import { phrasesOf } from "../languages.mjs";

const SECRET = "a long secret";
/** As long as a name may be, in one word and in several. */
export const LONG = "Wolfeschlegelsteinhausenbergerdorff-Константинопольская";

/** @typedef {Awaited<ReturnType<typeof native>>} Line */

/**
 * @param {import("../server.mjs").Server} server
 * @param {import("../browser.mjs").Browsers} browser
 */
export async function makeWorld(server, browser) {
  const enter = async (handle, nick) => {
    const line = await native(server);
    const { me, token } = await line.ask("register", { handle, nick, password: SECRET, device: "the test" });
    return Object.assign(line, { token, id: me.id });
  };
  let key = 0;
  const send = (line, conversation, text, more = {}) => line.ask("send", { to: { conversation }, key: `world ${++key}`, text, ...more });

  const ann = await enter("ann", "Ann");
  const elsewhere = await native(server);
  await elsewhere.ask("login", { who: "ann", password: SECRET, device: LONG });
  elsewhere.close();
  await ann.ask("profile", { email: "ann@example.org", status: "12:30 – 13:00" });
  const bob = await enter("bob", "Боб");
  await bob.ask("profile", { status: "☕" });
  const direct = (await bob.ask("open", { with: "ann" })).conversation.id;
  await bob.ask("contact.request", { who: "ann" });

  // A contact with a long name, one who has not answered, one who is blocked, one who is gone.
  const cyd = await enter("cyd", LONG);
  await cyd.ask("contact.request", { who: "ann" });
  await ann.ask("contact.answer", { who: "cyd", accept: true });
  const long = (await cyd.ask("open", { with: "ann" })).conversation.id;
  await send(cyd, long, `${LONG} https://example.org/${"7".repeat(120)}`);
  const dan = await enter("dan", "Dan");
  await ann.ask("contact.request", { who: "dan" });
  const eve = await enter("eve", "Eve");
  const blocked = (await eve.ask("open", { with: "ann" })).conversation.id;
  await send(eve, blocked, "€ € €");
  await ann.ask("block", { who: "eve" });
  const fay = await enter("fay", "Fay");
  const gone = (await fay.ask("open", { with: "ann" })).conversation.id;
  await send(fay, gone, "1997 – 2026");
  const { confirm } = await fay.ask("account.delete", { password: SECRET });
  await fay.ask("account.delete.confirm", { confirm });
  eve.close();
  fay.close();

  const group = (await bob.ask("group.create", { name: "茶 · 1924", members: ["ann", "dan"] })).conversation.id;
  await send(bob, group, "1, 2, 3");
  await send(dan, group, "4, 5, 6");
  await send(dan, group, "7");
  await cyd.ask("group.create", { name: `№ 1: ${LONG}`, members: ["ann"], invite: true });
  const own = (await ann.ask("group.create", { name: `№ 7: ${LONG}`, members: ["cyd", "bob"] })).conversation.id;

  await send(bob, direct, "12:30?");
  await send(bob, direct, "https://example.org/1");
  await filled(server, browser, ann.token, direct);
  const media = (await bob.ask("history", { conversation: direct, limit: 50 })).messages.find((one) => one.parts.some((part) => part.media?.name === "1.png"));
  for (const [who, emoji] of [[bob, "🎉"], [bob, "👍"], [ann, "👍"]]) await who.ask("react", { conversation: direct, seq: media.seq, key: `react ${++key}`, emoji, on: true });
  await bob.ask("read", { conversation: direct, seq: media.seq });
  await send(bob, direct, "7".repeat(180), { reply: media.seq });
  ann.close();

  return {
    token: ann.token, bob, dan, cyd, direct, long, group, own, blocked, gone,
    send,
    /** Somebody who has just come, and knows nobody. */
    newcomer: async () => {
      const one = await enter(`zoe.${++key}`, "Zoe");
      one.close();
      return one.token;
    },
    close: () => [bob, dan, cyd].forEach((line) => line.close()),
  };
}

/** What Ann says herself, with her own hands: pictures and files go up from a page alone. */
async function filled(server, browser, token, conversation) {
  const page = await browser.open({ reducedMotion: "reduce" });
  await come(page, token, `#/c/${conversation}`);
  await composer(page).waitFor();
  const words = phrasesOf("en");
  await say(page, "👍");
  await say(page, "12:45!");
  await say(page, "13:15 → 13:45");
  await choose(page, "13:15", words["message.edit"]);
  await composer(page).fill("13:15 → 13:30");
  await composer(page).press("Enter");
  await message(page, "13:30").waitFor();
  await say(page, "13:59");
  await choose(page, "13:59", words["message.delete"]);
  await page.getByRole("dialog").locator("button[type=submit]").click();
  await page.locator(".message.is-deleted").waitFor();
  for (const [name, mimeType, buffer, shown] of [
    ["1.bin", "application/octet-stream", noise(150_000), ".file"],
    ["1.wav", "audio/wav", sound(4), "audio"],
    ["2.png", "image/png", picture(90, 240), ".picture img[alt='2.png']"],
    ["1.png", "image/png", picture(480, 300), ".picture img[alt='1.png']"],
  ]) {
    await page.getByTestId("file-input").setInputFiles({ name, mimeType, buffer });
    if (name === "1.png") await composer(page).fill("24 × 7");
    await composer(page).press("Enter");
    await page.locator(`[data-testid=message] ${shown}`).waitFor();
  }
  await page.context().close();
}

/** Has the page be that of whoever has the token. @param {import("playwright-core").Page} page @param {string} token @param {string} [hash] */
export async function come(page, token, hash = "#/chats") {
  await page.evaluate(
    ([secret, to]) => {
      localStorage.clear();
      localStorage.setItem("koine.token", JSON.stringify(secret));
      location.hash = to;
    },
    [token, hash],
  );
  await page.reload();
  // The browser may not have heard yet of the new address when it is told to load the page again.
  await page.evaluate((to) => void (location.hash === to || (location.hash = to)), hash);
}
