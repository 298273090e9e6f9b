// The client as an app: a manifest that a browser takes, and a service worker that keeps the shell and nothing else.
import assert from "node:assert/strict";
import { picture } from "../support/files.mjs";
import { kept } from "../support/kept.mjs";
import { composer, message, say, sees, signUp, writeTo } from "../support/people.mjs";
import { native } from "../support/dialects.mjs";
import { scene } from "../support/scene.mjs";
import { until } from "../support/wait.mjs";

scene("the client as an app", async ({ server, browser, step }) => {
  browser.excuse(/WebSocket connection to .* failed|net::ERR_CONNECTION_REFUSED|net::ERR_FAILED|Failed to fetch|405 \(Method Not Allowed\)/);
  const ann = await browser.open({ reducedMotion: "reduce" });

  await step("the manifest says what is needed, and its pictures are what it says", async () => {
    const wire = await ann.context().newCDPSession(ann);
    const { url, errors } = await wire.send("Page.getAppManifest");
    assert.equal(url, `${server.origin}/manifest.webmanifest`);
    assert.deepEqual(errors, []);
    const { installabilityErrors } = await wire.send("Page.getInstallabilityErrors");
    // Each scene's browser keeps nothing, as a private window does.
    assert.deepEqual(installabilityErrors.map((one) => one.errorId).filter((id) => id !== "in-incognito"), []);
    const response = await ann.request.get(url);
    assert.match(response.headers()["content-type"] ?? "", /application\/manifest\+json/);
    const manifest = await response.json();
    assert.equal(manifest.name, "koine");
    assert.equal(manifest.short_name, "koine");
    assert.equal(manifest.display, "standalone");
    assert.equal(manifest.start_url, "/");
    assert.equal((await ann.request.get(new URL(manifest.start_url, server.origin).href)).status(), 200);
    const seen = await ann.evaluate(async (icons) => {
      const sizes = [];
      for (const icon of icons) {
        const image = new Image();
        image.src = icon.src;
        await image.decode();
        sizes.push({ ...icon, is: `${image.naturalWidth}x${image.naturalHeight}` });
      }
      return sizes;
    }, manifest.icons);
    for (const icon of seen.filter((one) => one.type === "image/png")) assert.equal(icon.is, icon.sizes, icon.src);
    const png = (size, purpose) => seen.some((one) => one.sizes === size && one.type === "image/png" && (one.purpose ?? "any") === purpose);
    assert.ok(png("192x192", "any") && png("512x512", "any") && png("512x512", "maskable"));
  });

  let media = "";
  await step("what is said, sent and looked at is not kept by the service worker", async () => {
    const bob = await native(server);
    await bob.ask("register", { handle: "bob", nick: "Bob", password: "a long secret", device: "the test" });
    await signUp(ann, "ann", "Ann");
    // From its next load on, the page is in the hands of the worker.
    await ann.evaluate(async () => (await navigator.serviceWorker.ready).active);
    await ann.reload();
    await until("the worker has the page", () => ann.evaluate(() => navigator.serviceWorker.controller !== null));
    await writeTo(ann, "bob");
    await ann.getByTestId("file-input").setInputFiles({ name: "secret.png", mimeType: "image/png", buffer: picture(320, 200) });
    await composer(ann).press("Enter");
    const image = ann.locator("[data-testid=message] .picture img");
    await until("it is drawn", () => image.evaluate((one) => one.complete && one.naturalWidth > 0));
    await say(ann, "Between us");
    await sees(ann, "Between us");
    media = await image.evaluate((one) => new URL(one.src).pathname);
    assert.match(media, /^\/media\//);
    assert.equal(await ann.evaluate(async (path) => (await fetch(path)).status, media), 200);
    await ann.evaluate(() => fetch("/api/uploads").then(() => undefined, () => undefined));
    const kept = await ann.evaluate(async () => {
      const found = [];
      for (const name of await caches.keys()) for (const request of await (await caches.open(name)).keys()) found.push(new URL(request.url).pathname);
      return found;
    });
    assert.ok(kept.includes("/") && kept.some((path) => path.startsWith("/assets/")), "the shell is kept");
    const foreign = kept.filter((path) => !(path === "/" || path === "/manifest.webmanifest" || path.startsWith("/assets/") || path.startsWith("/icons/")));
    assert.deepEqual(foreign, []);
    bob.close();
  });

  await step("without a server the shell is served, and nothing that only the server can tell", async () => {
    await until("what was said is kept for a visit without a server", async () => (await kept(ann)).includes("Between us"));
    await server.kill();
    for (const path of [media, "/api/uploads", "/avatar/1000000001", "/healthz", "/ws/native"]) {
      assert.equal(await ann.evaluate((one) => fetch(`${one}?fresh`).then(() => "answered", () => "nothing"), path), "nothing", path);
    }
    await ann.reload();
    await message(ann, "Between us").waitFor();
    await ann.locator("[data-testid=offline]:visible").waitFor();
    await server.again();
    await until("the word of no connection is gone", async () => (await ann.getByTestId("offline").count()) === 0);
  });
});
