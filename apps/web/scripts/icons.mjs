// Draws the PNG icons from the SVGs, by the browser that the tests use. Run it when the mark changes; the pictures are committed.
import { readFileSync, writeFileSync } from "node:fs";
import { chromium } from "playwright-core";

const ICONS = new URL("../public/icons/", import.meta.url).pathname;
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] });
for (const [source, size, target] of [
  ["icon.svg", 192, "icon-192.png"],
  ["icon.svg", 512, "icon-512.png"],
  ["maskable.svg", 512, "maskable-512.png"],
]) {
  const page = await browser.newPage({ viewport: { width: size, height: size } });
  const svg = readFileSync(ICONS + source, "utf8").replace("<svg ", `<svg width="${size}" height="${size}" style="display:block" `);
  await page.setContent(`<body style="margin:0">${svg}</body>`);
  writeFileSync(ICONS + target, await page.screenshot({ omitBackground: true }));
  await page.close();
}
await browser.close();
