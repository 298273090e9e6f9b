// A conversation of 10,000 messages: scrolled from the end to the beginning and back, and left and come back to.
import assert from "node:assert/strict";
import { cuttable } from "../support/browser.mjs";
import { native } from "../support/dialects.mjs";
import { forgetKept } from "../support/kept.mjs";
import { message, openChat, row, signUp } from "../support/people.mjs";
import { scene } from "../support/scene.mjs";
import { pause, until } from "../support/wait.mjs";

const MESSAGES = 10_000;
/** More than the page keeps of one conversation. */
const LIVE = 1_700;
/** The page holds what is near the screen, however long the conversation is. */
const NODES = 4_000;
const WORDS = "The quick brown fox jumps over the lazy dog while everybody else is busy with something of their own".split(" ");

scene("10,000 messages", async ({ server, browser, step }) => {
  browser.excuse(/WebSocket connection to .* failed|net::ERR_CONNECTION_REFUSED/);
  const ann = await browser.blank();
  await cuttable(ann);
  const asked = [];
  ann.on("websocket", (socket) => socket.on("framesent", ({ payload }) => /"do":"history"/.test(String(payload)) && asked.push(String(payload))));
  await ann.goto(server.origin);
  await signUp(ann, "ann", "Ann");

  await step("they are said", async () => {
    const bob = await native(server);
    await bob.ask("register", { handle: "bob", nick: "Bob", password: "a long secret", device: "the test" });
    const { conversation } = await bob.ask("open", { with: "ann" });
    const say = (number) => {
      const words = WORDS.slice(0, 1 + ((number * 7) % WORDS.length)).join(" ");
      return bob.ask("send", { to: { conversation: conversation.id }, key: `key ${number}`, text: `#${number} ${number % 9 === 0 ? `${words}.\n${words}!` : words}` });
    };
    for (let first = 1; first <= MESSAGES; first += 200) {
      await Promise.all(Array.from({ length: Math.min(200, MESSAGES - first + 1) }, (_, index) => say(first + index)));
    }
    const { conversation: other } = await bob.ask("group.create", { name: "Elsewhere", members: ["ann"] });
    await bob.ask("send", { to: { conversation: other.id }, key: "elsewhere", text: "Here is another place" });
    bob.close();
  });

  /** Scrolls without end until `there`, and tells how smooth it was. */
  const scroll = async (what, pixels, there) => {
    await ann.evaluate(() => {
      const seen = (globalThis.seen = { gaps: [], long: [], nodes: 0, stop: false });
      let last = performance.now();
      const beat = (now) => {
        seen.gaps.push(now - last);
        last = now;
        seen.nodes = Math.max(seen.nodes, document.querySelectorAll("*").length);
        if (!seen.stop) requestAnimationFrame(beat);
      };
      requestAnimationFrame(beat);
      seen.watch = new PerformanceObserver((list) => seen.long.push(...list.getEntries().map((one) => one.duration)));
      seen.watch.observe({ type: "longtask" });
    });
    const begun = Date.now();
    const mostly = await ann.getByTestId("messages").boundingBox();
    await ann.mouse.move(mostly.x + mostly.width / 2, mostly.y + mostly.height / 2);
    while (!(await there())) {
      assert.ok(Date.now() - begun < 120_000, `${what} takes more than two minutes`);
      for (let turn = 0; turn < 10; turn++) await ann.mouse.wheel(0, pixels);
    }
    const seen = await ann.evaluate(() => {
      const { gaps, long, nodes, watch } = globalThis.seen;
      globalThis.seen.stop = true;
      watch.disconnect();
      return { gaps: gaps.sort((a, b) => a - b), long, nodes };
    });
    const at = (share) => seen.gaps[Math.min(seen.gaps.length - 1, Math.floor(seen.gaps.length * share))] ?? 0;
    console.log(`${what}: ${Date.now() - begun} ms, ${seen.gaps.length} frames, gaps p50 ${at(0.5).toFixed(0)} p95 ${at(0.95).toFixed(0)} p99 ${at(0.99).toFixed(0)} worst ${at(1).toFixed(0)} ms; ${seen.long.length} long tasks, worst ${Math.max(0, ...seen.long).toFixed(0)} ms; at most ${seen.nodes} elements`);
    assert.ok(seen.nodes < NODES, `${seen.nodes} elements in the page`);
  };
  const firstSeen = () => ann.evaluate(() => {
    const edge = document.querySelector("[data-testid=messages]")?.getBoundingClientRect().top ?? 0;
    const first = [...document.querySelectorAll("[data-testid=message]")].find((one) => one.getBoundingClientRect().bottom > edge);
    return { seq: Number(first?.dataset.seq), top: Math.round(first?.getBoundingClientRect().top ?? 0) };
  });

  await step("opened where one stopped reading, then to the beginning", async () => {
    await openChat(ann, "Bob");
    await message(ann, /^#1 /).waitFor();
    await ann.getByTestId("to-end").click();
    await message(ann, new RegExp(`^#${MESSAGES} `)).waitFor();
    await until("all is read", async () => (await row(ann, "Bob").locator(".badge").count()) === 0);
    await scroll("up", -3000, async () => (await message(ann, /^#1 /).count()) > 0);
    await ann.getByText("This is where your conversation with Bob begins.").waitFor();
  });

  await step("and back to the end", async () => {
    await scroll("down", 3000, async () => (await message(ann, new RegExp(`^#${MESSAGES} `)).count()) > 0);
    const seqs = await ann.getByTestId("message").evaluateAll((all) => all.map((one) => Number(one.dataset.seq)));
    assert.deepEqual(seqs, Array.from(seqs, (_, index) => seqs[0] + index), "messages are missing or out of order");
  });

  await step("the place is kept when one looks elsewhere", async () => {
    for (let turn = 0; turn < 6; turn++) {
      await ann.mouse.wheel(0, -900);
      await pause(60);
    }
    let place = await firstSeen();
    await until("it has come to rest", async () => {
      const now = await firstSeen();
      const rests = now.seq === place.seq && now.top === place.top;
      place = now;
      await pause(100);
      return rests;
    });
    assert.ok(place.seq < MESSAGES - 20, `scrolled up from the end, not at ${place.seq}`);
    await openChat(ann, "Elsewhere");
    await message(ann, "Here is another place").waitFor();
    await openChat(ann, "Bob");
    await until("the same message is at the same place", async () => {
      const now = await firstSeen();
      return now.seq === place.seq && Math.abs(now.top - place.top) <= 2;
    });
    await ann.waitForFunction(() => Object.keys(JSON.parse(localStorage.getItem("koine.places") ?? "{}")).length > 0);
    await ann.reload();
    await until("also after a reload", async () => {
      const now = await firstSeen();
      return now.seq === place.seq && Math.abs(now.top - place.top) <= 2;
    });
  });

  /** Where the reader is, once nothing moves any more. */
  const rest = async () => {
    let place = await firstSeen();
    await until("it has come to rest", async () => {
      const now = await firstSeen();
      const rests = now.seq === place.seq && now.top === place.top;
      place = now;
      await pause(150);
      return rests && now.seq > 0;
    });
    return place;
  };
  const isAt = (place) => until(`at ${place.seq} again`, async () => {
    const now = await firstSeen();
    return now.seq === place.seq && Math.abs(now.top - place.top) <= 2;
  });
  const scrolled = async () => {
    // A visit that knows nothing of the end: what it would be gone on from is not there after a break.
    await ann.evaluate(() => globalThis.cut(true));
    await pause(2_000);
    await forgetKept(ann);
    await ann.evaluate(() => (location.hash = `${location.hash.split("/").slice(0, 3).join("/")}/1200`));
    await ann.reload();
    await message(ann, /^#1200 /).waitFor();
    await rest();
    const box = await ann.getByTestId("messages").boundingBox();
    await ann.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    // Further than a page from where one has come in, so that no row of then is on a page of now.
    await until("a hundred further", async () => {
      await ann.mouse.wheel(0, -900);
      await pause(40);
      return (await firstSeen()).seq < 1100;
    });
    return rest();
  };

  await step("the place is kept when the server starts anew", async () => {
    const place = await scrolled();
    await server.kill();
    await ann.locator("[data-testid=offline]:visible").waitFor();
    await server.again();
    await until("the word of no connection is gone", async () => (await ann.getByTestId("offline").count()) === 0);
    await rest();
    await isAt(place);
  });

  await step("and when more was missed than is repeated; whoever stood at the end begins at what is new", async () => {
    const bob = await native(server);
    await bob.ask("login", { who: "bob", password: "a long secret", device: "the test" });
    const id = Number((await ann.evaluate(() => location.hash)).split("/")[2]);
    const missed = async (round) => {
      await ann.evaluate(() => globalThis.cut(true));
      for (let first = 1; first <= 1_200; first += 200) {
        await Promise.all(Array.from({ length: 200 }, (_, index) => bob.ask("send", { to: { conversation: id }, key: `${round} ${first + index}`, text: `${round} ${first + index}.` })));
      }
      await ann.evaluate(() => globalThis.cut(false));
      await until("the word of no connection is gone", async () => (await ann.getByTestId("offline").count()) === 0);
    };
    const place = await rest();
    await missed("first");
    await isAt(place);
    await row(ann, "Bob").locator(".badge").waitFor();
    await ann.getByTestId("to-end").click();
    await message(ann, "first 1200.").waitFor();
    await until("all is read", async () => (await row(ann, "Bob").locator(".badge").count()) === 0);
    await missed("second");
    await ann.locator(".divider").waitFor();
    await message(ann, /^second 1\.$/).waitFor();
    assert.equal(await message(ann, "second 1200.").count(), 0);
    assert.equal(await row(ann, "Bob").locator(".badge").count(), 1, "what was not seen is not read");
    bob.close();
  });

  await step("a place beyond the end gives way to the end", async () => {
    await ann.evaluate(() => (location.hash = `${location.hash.split("/").slice(0, 3).join("/")}/99999`));
    await message(ann, "second 1200.").waitFor();
  });

  /** Says so much that the page does not keep all of it. */
  const live = async (round) => {
    const bob = await native(server);
    await bob.ask("login", { who: "bob", password: "a long secret", device: "the test" });
    const id = Number((await ann.evaluate(() => location.hash)).split("/")[2]);
    for (let first = 1; first <= LIVE; first += 200) {
      await Promise.all(Array.from({ length: Math.min(200, LIVE - first + 1) }, (_, index) => bob.ask("send", { to: { conversation: id }, key: `${round} ${first + index}`, text: `${round} ${first + index}.` })));
    }
    bob.close();
    await until("the list has heard it", async () => (await row(ann, "Bob").innerText()).includes(`${round} ${LIVE}.`));
  };
  const whole = async () => {
    const seqs = await ann.getByTestId("message").evaluateAll((all) => all.map((one) => Number(one.dataset.seq)));
    assert.deepEqual(seqs, Array.from(seqs, (_, index) => seqs[0] + index), "messages are missing or out of order");
  };

  await step("whoever stays at the end sees what comes; what the page has let go of comes again on the way up", async () => {
    await live("third");
    await message(ann, `third ${LIVE}.`).waitFor();
    await whole();
    const before = asked.length;
    const last = Number(await message(ann, `third ${LIVE}.`).getAttribute("data-seq"));
    await scroll("up again", -3000, async () => (await firstSeen()).seq <= last - LIVE);
    assert.ok(asked.length > before, "all of it was still there");
    await rest();
    await whole();
  });

  await step("whoever reads further up stays there, however much comes", async () => {
    const place = await rest();
    await live("fourth");
    await isAt(place);
    await whole();
    await scroll("on", 3000, async () => (await firstSeen()).seq > place.seq + LIVE);
    await rest();
    await whole();
    await ann.getByTestId("to-end").click();
    await message(ann, `fourth ${LIVE}.`).waitFor();
    await whole();
  });
}, 420_000);
