// Whether all that is seen is in the page's language, by the client's own dictionaries.
import { readFileSync } from "node:fs";
import { join } from "node:path";

const I18N = join(import.meta.dirname, "../../../apps/web/src/i18n");
/** The same everywhere: names, and the languages in themselves. */
const NAMES = ["koine", "English", "Русский", "中文", "Ann", "Боб", "Dan", "Eve", "Fay", "Zoe", "Wolfeschlegelsteinhausenbergerdorff-Константинопольская", "@ann", "@bob", "@cyd", "@dan", "@zoe", "1.png", "2.png", "3.png", "1.wav", ".bin", "cyd", "MB", "kB", "Enter", "Esc", "Ctrl", "Alt", "Shift"];
/** How a text of the language looks. Chinese and Russian are told from English by their scripts, English by its own. */
const SCRIPT = { en: /^[^\p{Script=Cyrillic}\p{Script=Han}]*$/u, ru: /\p{Script=Cyrillic}/u, zh: /\p{Script=Han}/u };

/** All phrases of a language, as patterns for what they may become. */
function phrases(language) {
  const text = readFileSync(join(I18N, `${language}.ts`), "utf8");
  const quoted = [...text.matchAll(/(?:^\s+"[\w.]+": |\b(?:zero|one|two|few|many|other): )("(?:[^"\\]|\\.)*")/gm)].map((match) => JSON.parse(match[1]));
  const plural = [...text.matchAll(/\b(?:zero|one|two|few|many|other): ("(?:[^"\\]|\\.)*")/g)].map((match) => JSON.parse(match[1]));
  return [...new Set([...quoted, ...plural])];
}

/** The phrases of a language by their keys, those without plural forms. @param {string} language @returns {Record<string, string>} */
export function phrasesOf(language) {
  const text = readFileSync(join(I18N, `${language}.ts`), "utf8");
  return Object.fromEntries([...text.matchAll(/^\s+"([\w.]+)": ("(?:[^"\\]|\\.)*")/gm)].map((match) => [match[1], JSON.parse(match[2])]));
}

const PHRASES = Object.fromEntries(["en", "ru", "zh"].map((language) => [language, phrases(language)]));

/**
 * Texts and labels that are seen or read out, and are not in `language`.
 * @param {import("playwright-core").Page} page
 * @param {"en" | "ru" | "zh"} language
 */
export async function foreignWords(page, language) {
  const said = await page.evaluate(() => {
    const found = new Set();
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const parent = node.parentElement;
      // What people have said and what they are called is their own.
      if (parent.closest("noscript, script, style, .message-text, .row-last, .row-name, .quote .ellipsis, [data-testid=search-hit]") || !parent.checkVisibility()) continue;
      found.add(node.textContent.trim());
    }
    for (const element of document.querySelectorAll("[aria-label], [title], [placeholder], [alt]")) {
      if (!element.checkVisibility() || element.matches("[data-testid=message], .picture img, .reaction")) continue;
      for (const name of ["aria-label", "title", "placeholder", "alt"]) found.add((element.getAttribute(name) ?? "").trim());
    }
    return [...found];
  });
  const others = ["en", "ru", "zh"].filter((one) => one !== language);
  return said.filter((text) => {
    if (!/\p{L}{2}/u.test(text)) return false;
    if (PHRASES[language].some((phrase) => fits(phrase, text))) return false;
    const bare = NAMES.reduce((left, name) => left.replaceAll(name, ""), text);
    if (!/\p{L}{2}/u.test(bare)) return false;
    return others.some((other) => PHRASES[other].some((phrase) => fits(phrase, text))) || !SCRIPT[language].test(bare);
  });
}

const PATTERNS = new Map();

function fits(phrase, text) {
  let pattern = PATTERNS.get(phrase);
  if (pattern === undefined) {
    const parts = phrase.split(/\{\w+\}/).map((part) => part.trim().replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
    // A phrase of nothing but a place for a word fits everything.
    pattern = parts.join("") === "" ? /^$/ : new RegExp(`^${parts.join("\\s*.+?\\s*")}$`, "su");
    PATTERNS.set(phrase, pattern);
  }
  return pattern.test(text);
}
