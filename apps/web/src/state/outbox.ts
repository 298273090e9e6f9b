// The outbox of this page: the engine, connected with the wire, the uploads and the logs.
import { batch, computed } from "@preact/signals";
import type { Entry, Item, SendItem } from "../outbox/item";
import { Outbox } from "../outbox/outbox";
import { indexed } from "../outbox/storage";
import { forget, upload, UploadRefused } from "../upload/tus";
import type { ConversationId, Message, Moment, Quote, Seq } from "../wire/types";
import { t } from "../i18n";
import { deleted, edited, reacted } from "./acts";
import { conversation } from "./conversations";
import { returnToDraft } from "./drafts";
import { epoch } from "./epoch";
import { logOf } from "./logs";
import { me } from "./me";
import { connection, request, skew } from "./net";
import { token } from "./token";
import { complain, words } from "./toasts";

export const outbox = new Outbox(indexed(), {
  epoch,
  up: () => connection.status.peek() === "up" && signedIn,
  send: (item, uploads) => deliver(item, uploads),
  upload: (one, onBytes, onLocation, signal) => upload(token.peek() ?? "", one, one.location, { onBytes, onLocation }, signal),
  forget: (location) => void forget(token.peek() ?? "", location),
  words: (cause) => (cause instanceof UploadRefused ? t(cause.status === 413 ? "error.too_large.upload" : "error.upload") : words(cause)),
  complain,
  giveBack: returnToDraft,
  heard: (id, seq) => (logOf(id)?.position ?? conversation(id)?.last_seq ?? 0) >= seq,
});

let signedIn = false;

/** From here on, what waits can be sent. */
export function setSignedIn(yes: boolean): void {
  signedIn = yes;
}

/** How many messages wait, for the banner that says so. */
export const waiting = computed(() => outbox.entries.value.filter((entry) => entry.item.kind === "send" && entry.state.is !== "sent" && entry.state.is !== "failed").length);

export function sendsIn(id: ConversationId): { item: SendItem; state: Entry["state"] }[] {
  return outbox.entries.value.filter((entry): entry is { item: SendItem; state: Entry["state"] } => entry.item.kind === "send" && entry.item.conversation === id);
}

/** What of a conversation stands below everything that was said: the last that waits, or a failed one that is newer than `last`. */
export function lastOf(id: ConversationId, last: Moment): { item: SendItem; state: Entry["state"] } | undefined {
  return sendsIn(id).findLast(({ item, state }) => state.is !== "sent" && (state.is !== "failed" || item.at + skew.value > last));
}

/** The message as it will be, once what waits has been said. */
export function foreseen(message: Message): Message {
  let seen = message;
  for (const { item, state } of outbox.entries.value) {
    if (item.kind === "send" || item.conversation !== message.conversation || item.target !== message.seq || state.is === "failed") continue;
    if (item.kind === "edit") seen = edited(seen, item.text, item.at);
    else if (item.kind === "delete") seen = deleted(seen);
    else seen = reacted(seen, item.account, item.emoji, item.on);
  }
  return seen;
}

export function say(id: ConversationId, text: string, files: File[], reply: Quote | null): void {
  const attachments = files.map((file) => ({ name: file.name, type: file.type || "application/octet-stream", blob: file as Blob }));
  // One file a message: each can be answered, deleted and looked at by itself. The words go with the last one.
  batch(() => {
    attachments.slice(0, -1).forEach((one) => outbox.add({ ...common(id), kind: "send", text: "", reply: null, attachments: [one] }));
    outbox.add({ ...common(id), kind: "send", text, reply, attachments: attachments.slice(-1) });
  });
}

export function edit(id: ConversationId, target: Seq, text: string): void {
  outbox.add({ ...common(id), kind: "edit", target, text });
}

export function takeBack(id: ConversationId, target: Seq): void {
  outbox.add({ ...common(id), kind: "delete", target });
}

export function react(id: ConversationId, target: Seq, emoji: string, on: boolean): void {
  outbox.add({ ...common(id), kind: "react", target, emoji, on });
}

export function common(conversation: ConversationId) {
  const known = epoch();
  return { key: newKey(), account: me.peek()?.id ?? 0, conversation, ...(known === null ? {} : { epoch: known }), at: Date.now(), order: 0 };
}

/** `randomUUID` is there only on pages that came by TLS or from this machine. */
function newKey(): string {
  if (typeof crypto.randomUUID === "function") return crypto.randomUUID();
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function deliver(item: Item, uploads: string[]): Promise<{ seq: Seq; at: number }> {
  const at = { conversation: item.conversation, key: item.key };
  switch (item.kind) {
    case "send":
      return request("send", {
        to: { conversation: item.conversation },
        key: item.key,
        ...(item.text === "" ? {} : { text: item.text }),
        ...(uploads.length > 0 ? { uploads } : {}),
        ...(item.reply ? { reply: item.reply.seq } : {}),
      });
    case "edit":
      return request("edit", { ...at, seq: item.target, text: item.text });
    case "delete":
      return request("delete", { ...at, seq: item.target });
    case "react":
      return request("react", { ...at, seq: item.target, emoji: item.emoji, on: item.on });
  }
}
