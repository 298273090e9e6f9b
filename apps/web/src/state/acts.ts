// What edits, deletions and reactions do to a message: the same for what the server tells and for what waits to be sent.
import type { AccountId, Message, Moment } from "../wire/types";

export function edited(message: Message, text: string, at: Moment): Message {
  if (message.deleted) return message;
  const first = message.parts.findIndex((part) => part.text !== undefined);
  const parts = message.parts.filter((part, index) => part.text === undefined || index === first);
  const place = parts.findIndex((part) => part.text !== undefined);
  if (place >= 0) parts[place] = { text };
  else parts.unshift({ text });
  return { ...message, parts, edited: at };
}

export function deleted(message: Message): Message {
  return { ...message, parts: [], deleted: true, reply: null, reactions: [] };
}

export function reacted(message: Message, by: AccountId, emoji: string, on: boolean): Message {
  const reactions = message.reactions.map((one) => ({ emoji: one.emoji, people: one.people.filter((id) => one.emoji !== emoji || id !== by) }));
  if (on) {
    const one = reactions.find((other) => other.emoji === emoji);
    if (one) one.people.push(by);
    else reactions.push({ emoji, people: [by] });
  }
  return { ...message, reactions: reactions.filter((one) => one.people.length > 0) };
}
