// What was begun and not sent, for each conversation.
import { signal } from "@preact/signals";
import { beforeLeaving, keep, recall } from "../lib/storage";
import type { ConversationId } from "../wire/types";
import { atParting } from "./parting";
import { ours } from "./token";

type Drafts = Readonly<Record<string, string>>;

export const drafts = signal<Drafts>(recall("drafts", {}));
let later: ReturnType<typeof setTimeout> | undefined;
/** What was written in this window and is not kept yet: another window's drafts are left as they are. */
const fresh = new Set<string>();

export function draftOf(id: ConversationId): string {
  return drafts.value[String(id)] ?? "";
}

export function setDraft(id: ConversationId, text: string): void {
  drafts.value = withDraft(drafts.peek(), String(id), text);
  fresh.add(String(id));
  clearTimeout(later);
  later = setTimeout(write, 300);
}

/** Words that found no way out come back to where one writes, below what was begun there meanwhile. */
export function returnToDraft(id: ConversationId, text: string): void {
  const begun = draftOf(id).trimEnd();
  setDraft(id, begun === "" ? text : `${begun}\n${text}`);
}

function write(): void {
  clearTimeout(later);
  if (fresh.size === 0 || !ours()) return;
  keep("drafts", together());
  fresh.clear();
}
beforeLeaving(write);

/** What the browser keeps, and over it what was written here since. */
function together(): Drafts {
  let next = recall<Drafts>("drafts", {});
  for (const name of fresh) next = withDraft(next, name, drafts.peek()[name] ?? "");
  return next;
}

/** Another window has written. */
export function hearDrafts(): void {
  if (ours()) drafts.value = together();
}

function withDraft(all: Drafts, name: string, text: string): Drafts {
  const next = { ...all };
  if (text.trim() === "") delete next[name];
  else next[name] = text;
  return next;
}

/** The drafts of the account that has just come. */
export function recallDrafts(): void {
  drafts.value = recall("drafts", {});
}

atParting(() => {
  clearTimeout(later);
  fresh.clear();
  drafts.value = {};
});
