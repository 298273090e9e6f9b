// The search: what is asked, where, and what was found. The field is in the list's head; Ctrl+K leads to it.
import { signal } from "@preact/signals";
import { request } from "../state/net";
import { atEpoch } from "../state/parting";
import { go, tab } from "../state/route";
import { complain } from "../state/toasts";
import type { ConversationId, Hit } from "../wire/types";

const PAGE = 30;
/** So long after the last key the question is asked. */
const PAUSE = 220;

export const query = signal("");
/** Where to look; null is everywhere. */
export const scope = signal<ConversationId | null>(null);
export const results = signal<{ hits: Hit[]; more: boolean } | null>(null);
export const searching = signal(false);

let timer: ReturnType<typeof setTimeout> | undefined;
let asked = 0;

export function focusSearch(within: ConversationId | null = null): void {
  scope.value = within;
  tab.value = "chats";
  // There the field is on the screen of the list, also for a search within one conversation.
  if (matchMedia("(max-width: 799px)").matches) go({ name: "chats" });
  requestAnimationFrame(() => document.querySelector<HTMLInputElement>("#search")?.focus());
  if (query.value !== "") setQuery(query.value);
}

export function setQuery(text: string): void {
  query.value = text;
  clearTimeout(timer);
  asked++;
  if (text.trim() === "") {
    results.value = null;
    searching.value = false;
    return;
  }
  searching.value = true;
  timer = setTimeout(() => void look(), PAUSE);
}

export function endSearch(): void {
  setQuery("");
  scope.value = null;
}

atEpoch(endSearch);

export async function look(more = false): Promise<void> {
  const number = ++asked;
  const known = more ? (results.value?.hits ?? []) : [];
  const last = known.at(-1)?.message;
  searching.value = true;
  try {
    const found = await request("search", {
      query: query.value.trim(),
      limit: PAGE,
      ...(scope.value === null ? {} : { conversation: scope.value }),
      ...(last === undefined ? {} : { before: { conversation: last.conversation, seq: last.seq, at: last.at } }),
    });
    if (number === asked) results.value = { hits: [...known, ...found.hits], more: found.more };
  } catch (cause) {
    if (number === asked) complain(cause);
  } finally {
    if (number === asked) searching.value = false;
  }
}
