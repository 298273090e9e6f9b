// The way in: signing in and up, a lost password and the page behind its link, what goes wrong there.

/** @typedef {import("./tour.mjs").Stage} Stage */

/** @param {Stage} stage */
export async function theDoor({ page, look, words, origin, link }) {
  const button = (key) => page.getByRole("button", { name: words[key], exact: true });
  const submit = () => page.locator("button[type=submit]").click();
  await page.locator("input[name=username]").fill("ann");
  await page.locator("input[name=password]").fill("404");
  await submit();
  await page.getByRole("alert").waitFor();
  await look("door-wrong");
  await page.getByTestId("to-sign-up").click();
  await page.locator("input[name=nick]").fill("404");
  await page.locator("input[name=username]").fill("bob");
  await page.locator("input[name=password]").fill("404");
  await submit();
  await page.getByRole("alert").waitFor();
  await look("sign-up-wrong");
  await button("door.in").click();
  await page.getByTestId("lost").click();
  await look("lost");
  await page.locator("input[name=email]").fill("12");
  await submit();
  await page.getByRole("alert").waitFor();
  await look("lost-wrong");
  await page.locator("input[name=email]").fill("404@example.org");
  await submit();
  await page.getByTestId("lost-sent").waitFor();
  await look("lost-sent");
  await page.evaluate(() => globalThis.cut(true));
  await button("door.in").click();
  await page.locator(".door-offline").waitFor();
  await look("door-offline");
  // Without a connection until then: as if it had been ended while this device was away.
  await page.evaluate(() => localStorage.setItem("koine.token", JSON.stringify("404")));
  await page.reload();
  await page.locator(".note").waitFor();
  await look("door-ended");
  // The page behind the link is the server's own, and works without scripts.
  await page.goto(link);
  await page.locator("input[name=again]").waitFor();
  await look("recover");
  await page.locator("input[name=password]").fill("404");
  await page.locator("input[name=again]").fill("405");
  await page.locator("button").click();
  await page.locator("h1 + p").waitFor();
  await look("recover-wrong");
  await page.goto(`${link}0`);
  await look("recover-gone");
  await page.goto(origin);
}

/** The door of a server that lets in whoever has a code, and of one that lets in nobody. @param {Stage} stage */
export async function otherDoors({ look, origin, open }) {
  for (const registration of ["invitation", "closed"]) {
    const page = await open();
    await page.routeWebSocket(/\/ws\/native/, (client) => {
      const server = client.connectToServer();
      server.onMessage((frame) => {
        const said = JSON.parse(String(frame));
        client.send(JSON.stringify(said.event === "hello" ? { ...said, registration } : said));
      });
    });
    await page.goto(origin);
    if (registration === "invitation") {
      await page.getByTestId("to-sign-up").click();
      await page.locator("input[name=invitation]").waitFor();
    } else await page.getByTestId("to-sign-up").waitFor({ state: "detached" });
    await look(`door-${registration}`, page);
    await page.context().close();
  }
}

/** What is seen before the server has said anything. @param {Stage} stage @param {string} token */
export async function notYet({ page, look, origin, open }, token) {
  const early = await open();
  await early.addInitScript(() => {
    globalThis.WebSocket = class {
      send() {}
      close() {}
    };
  });
  await early.goto(origin);
  await early.evaluate((secret) => localStorage.setItem("koine.token", JSON.stringify(secret)), token);
  await early.reload();
  await early.locator(".skeletons").waitFor();
  await look("not-yet", early);
  await early.evaluate(() => (location.hash = "#/c/1"));
  await early.locator(".bubble-skeletons").waitFor();
  await look("not-yet-conversation", early);
  await early.context().close();
  await page.bringToFront();
}
