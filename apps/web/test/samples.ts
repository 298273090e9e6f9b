// What the tests are made of.
import type { Message } from "../src/wire/types";

export function message(seq: number, more: Partial<Message> = {}): Message {
  return {
    conversation: 1,
    seq,
    at: 1_795_250_000_000 + seq * 1000,
    sender: { id: 2, handle: "bob", nick: "Bob" },
    parts: [{ text: `message ${seq}` }],
    reply: null,
    edited: null,
    deleted: false,
    reactions: [],
    ...more,
  };
}

export function messages(...seqs: number[]): Message[] {
  return seqs.map((seq) => message(seq));
}
