// What was begun and not sent, for each conversation.
import { signal } from "@preact/signals";
import { keep, recall } from "../lib/storage";
import type { ConversationId } from "../wire/types";

export const drafts = signal<Readonly<Record<string, string>>>(recall("drafts", {}));
let later: ReturnType<typeof setTimeout> | undefined;

export function draftOf(id: ConversationId): string {
  return drafts.value[String(id)] ?? "";
}

export function setDraft(id: ConversationId, text: string): void {
  const next = { ...drafts.peek() };
  if (text.trim() === "") delete next[String(id)];
  else next[String(id)] = text;
  drafts.value = next;
  clearTimeout(later);
  later = setTimeout(() => keep("drafts", drafts.peek()), 300);
}

export function forgetDrafts(): void {
  clearTimeout(later);
  drafts.value = {};
}
