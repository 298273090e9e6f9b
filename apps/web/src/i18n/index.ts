// The three languages. English is the list of keys; a language is fetched before the first screen is drawn.
import { signal } from "@preact/signals";
import { keep, recall } from "../lib/storage";
import type { Key, Phrase, Phrases } from "./en";

export const LANGUAGES = { en: "English", ru: "Русский", zh: "中文" } as const;
export type Language = keyof typeof LANGUAGES;
type Parameters = Record<string, string | number>;

const LOADERS: Record<Language, () => Promise<{ default: Phrases }>> = {
  en: () => import("./en"),
  ru: () => import("./ru"),
  zh: () => import("./zh"),
};

export const language = signal<Language>("en");
const phrases = signal<Phrases | null>(null);

/** The words for `key` in the present language. `count` chooses the plural form. */
export function t(key: Key, parameters?: Parameters): string {
  return phrase(phrases.value?.[key], language.value, parameters) ?? key;
}
t.has = (key: string): boolean => phrases.value !== null && key in phrases.value;

export function phrase(from: Phrase | undefined, tongue: string, parameters: Parameters = {}): string | undefined {
  if (from === undefined) return undefined;
  const form = typeof from === "string" ? from : (from[rules(tongue).select(Number(parameters["count"]))] ?? from.other);
  return form.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = parameters[name];
    if (value === undefined) return whole;
    return typeof value === "number" ? value.toLocaleString(tongue) : value;
  });
}

const RULES = new Map<string, Intl.PluralRules>();

function rules(tongue: string): Intl.PluralRules {
  let made = RULES.get(tongue);
  if (made === undefined) RULES.set(tongue, (made = new Intl.PluralRules(tongue)));
  return made;
}

export async function setLanguage(next: Language): Promise<void> {
  phrases.value = (await LOADERS[next]()).default;
  language.value = next;
  keep("language", next);
  document.documentElement.lang = next === "zh" ? "zh-Hans" : next;
}

/** The language that was chosen, or the first of the browser's that is spoken here. */
export function preferred(): Language {
  const wishes = [recall<string>("language", ""), ...navigator.languages];
  for (const wish of wishes) {
    const short = wish.slice(0, 2).toLowerCase();
    if (short in LANGUAGES) return short as Language;
  }
  return "en";
}
