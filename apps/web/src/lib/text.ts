// Text as it is shown: links made clickable, a message of nothing but emoji made larger, the words of a message on one line.

export type Span = { text: string } | { text: string; href: string };

const LINK = /\b(?:https?:\/\/|www\.)[^\s<>"'`]+/gi;
const TRAILING = /[.,:;!?)\]}»”'…]+$/u;

/** Splits `text` into links and what is between them. Only http and https become links. */
export function spans(text: string): Span[] {
  const out: Span[] = [];
  let done = 0;
  for (const match of text.matchAll(LINK)) {
    const found = trimmed(match[0]);
    if (found.length < 8) continue;
    if (match.index > done) out.push({ text: text.slice(done, match.index) });
    out.push({ text: found, href: found.toLowerCase().startsWith("www.") ? `https://${found}` : found });
    done = match.index + found.length;
  }
  if (done < text.length) out.push({ text: text.slice(done) });
  return out;
}

/** Punctuation at the end belongs to the sentence; a closing bracket belongs to the link if it was opened there. */
function trimmed(link: string): string {
  const end = TRAILING.exec(link)?.[0] ?? "";
  const cut = link.slice(0, link.length - end.length);
  return end.startsWith(")") && cut.includes("(") ? `${cut})` : cut;
}

const ONE = String.raw`\p{Extended_Pictographic}(?:\uFE0F|\p{Emoji_Modifier})?`;
const PICTOGRAPH = String.raw`(?:\p{Regional_Indicator}{2}|${ONE}(?:\u200D${ONE})*|[0-9#*]\uFE0F?\u20E3)`;
const ONLY_EMOJI = new RegExp(`^(?:${PICTOGRAPH}\\s*){1,3}$`, "u");

/** Whether `text` is one to three emoji and nothing else. */
export function onlyEmoji(text: string): boolean {
  return text.length <= 64 && ONLY_EMOJI.test(text.trim());
}

/** What somebody is looked for by: handles are shown with an @ in front that is no part of them. */
export function sought(who: string): string {
  return who.trim().replace(/^[@＠]+\s*/u, "");
}

/** Bytes of `text` in UTF-8, which is how the server counts. */
export function bytes(text: string): number {
  return new TextEncoder().encode(text).length;
}
