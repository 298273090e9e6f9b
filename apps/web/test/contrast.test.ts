// The look: what is written can be read, in both themes, by the measure of WCAG 2 (AA: 4.5 to 1).
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const css = readFileSync(new URL("../src/styles/tokens.css", import.meta.url), "utf8");
const [light, dark, system] = [':root {', ':root[data-theme="dark"] {', ':root[data-theme="system"] {'].map((head) => colours(css.slice(css.indexOf(head) + head.length).split("}")[0] ?? ""));

const PAIRS = [
  ["ink", "paper"], ["ink", "sheet"], ["ink", "own"], ["ink", "other"], ["ink", "accent-soft"], ["ink", "mark"],
  ["ink-soft", "paper"], ["ink-soft", "sheet"], ["ink-soft", "sunk"], ["ink-soft", "other"], ["ink-soft", "accent-soft"],
  ["ink-faint", "paper"], ["ink-faint", "sheet"], ["ink-faint", "other"], ["ink-faint", "accent-soft"],
  ["own-soft", "own"], ["accent", "paper"], ["accent", "sheet"], ["accent", "other"], ["accent", "accent-soft"], ["accent", "own"], ["accent-strong", "accent-soft"],
  ["on-accent", "accent"], ["on-accent", "accent-strong"], ["on-new", "new"], ["new", "paper"], ["new", "accent-soft"],
  ["danger", "paper"], ["danger", "sheet"], ["danger", "danger-soft"],
  ...[0, 1, 2, 3, 4, 5].map((hue) => [`hue-${hue}`, "other"]),
] as [string, string][];

test.each([["light", light], ["dark", dark]] as const)("%s can be read", (_, theme) => {
  const poor = PAIRS.map(([ink, ground]) => [ink, ground, contrast(theme?.get(ink), theme?.get(ground))] as const).filter(([, , ratio]) => ratio < 4.5);
  expect(poor).toEqual([]);
});

test("the system's dark is the dark", () => {
  expect(system).toEqual(dark);
});

function colours(block: string): Map<string, string> {
  return new Map([...block.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6})/g)].map((match) => [match[1] as string, match[2] as string]));
}

function contrast(one: string | undefined, other: string | undefined): number {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

function luminance(colour: string | undefined): number {
  if (colour === undefined) throw new Error("a colour that is tested is not there");
  const [red, green, blue] = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255).map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
