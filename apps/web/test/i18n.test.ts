// The languages: each says everything, in all forms that it needs, with the same blanks.
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { phrase } from "../src/i18n";
import en, { type Phrase } from "../src/i18n/en";
import ru from "../src/i18n/ru";
import zh from "../src/i18n/zh";

const LANGUAGES = { en, ru, zh } as unknown as Record<string, Record<string, Phrase>>;
const forms = (one: Phrase | undefined) => (one === undefined ? [] : typeof one === "string" ? [one] : Object.values(one));
const blanks = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();

test.each(Object.keys(LANGUAGES))("%s has every key and no other", (name) => {
  expect(Object.keys(LANGUAGES[name] ?? {}).sort()).toEqual(Object.keys(en).sort());
});

test.each(Object.keys(LANGUAGES))("%s has the same blanks as English, and no empty phrase", (name) => {
  for (const [key, one] of Object.entries(LANGUAGES[name] ?? {})) {
    const wanted = blanks(forms(LANGUAGES["en"]?.[key]).at(-1) ?? "");
    for (const form of forms(one)) {
      expect(form.trim(), key).not.toBe("");
      expect(blanks(form), key).toEqual(wanted);
    }
  }
});

test.each(Object.keys(LANGUAGES))("%s has the plural forms that its numbers need", (name) => {
  const needed = new Intl.PluralRules(name).resolvedOptions().pluralCategories;
  for (const [key, one] of Object.entries(LANGUAGES[name] ?? {})) {
    if (typeof one !== "string") expect(Object.keys(one).sort(), key).toEqual([...needed].sort());
  }
});

test("Russian counts as Russians do", () => {
  const count = (number: number) => phrase(ru["group.members"], "ru", { count: number });
  expect([1, 2, 5, 11, 21, 22].map(count)).toEqual(["1 участник", "2 участника", "5 участников", "11 участников", "21 участник", "22 участника"]);
});

test("every error code of the protocol has words", () => {
  const page = readFileSync(new URL("../../../docs/native.md", import.meta.url), "utf8");
  const codes = [...(page.split("## Errors")[1] ?? "").matchAll(/`([a-z_]+)`/g)].map((match) => match[1] as string).filter((code) => !["error", "message", "field", "seconds", "incident"].includes(code));
  expect(codes.length).toBeGreaterThan(20);
  for (const code of codes) expect(Object.keys(en), code).toContain(`error.${code}`);
});

test("no key is left that nobody uses", () => {
  const source = files(new URL("../src/", import.meta.url).pathname)
    .filter((path) => !path.includes("/i18n/en") && !path.includes("/i18n/ru") && !path.includes("/i18n/zh"))
    .map((path) => readFileSync(path, "utf8"))
    .join("\n");
  // Made of two parts where they are used.
  const made = /^(error|ticks|tab|profile|theme|happening)\./;
  for (const key of Object.keys(en)) if (!made.test(key)) expect(source.includes(`"${key}"`), key).toBe(true);
});

function files(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? files(`${folder}${entry.name}/`) : [`${folder}${entry.name}`]));
}
