// What the server says unasked.
import type { AccountId, Brief, ConversationId, Face, Limits, Message, Moment, Seq } from "./types";

interface Placed {
  conversation: ConversationId;
  seq: Seq;
  at: Moment;
  by: Face;
  target: Seq;
}

export type Event =
  | { event: "hello"; server: string; version: string; protocol: number; time: Moment; limits: Limits; registration: string; recovery: boolean; epoch: string }
  | { event: "message"; message: Message }
  | ({ event: "edited"; text: string } & Placed)
  | ({ event: "deleted" } & Placed)
  | ({ event: "reacted"; emoji: string; on: boolean } & Placed)
  | { event: "marks"; conversation: ConversationId; who: AccountId; read: Seq; delivered: Seq }
  | { event: "typing"; conversation: ConversationId; who: AccountId }
  | { event: "appeared"; conversation: Brief }
  | { event: "group"; conversation: ConversationId; name: string; happening: Happening; whom: Face; by: Face }
  | { event: "contact"; happening: "requested" | "accepted" | "declined" | "removed"; by: Face }
  | { event: "contacts" }
  | { event: "presence"; who: AccountId; online: boolean; status: string }
  | { event: "conversation"; conversation: ConversationId; words: boolean; cleared: boolean }
  | { event: "bye"; why: "ended" | "again" | "deleted" | "stopping" | "late" }
  | { event: "bad_frame"; message: string };

export type Happening = "joined" | "invited" | "declined" | "left" | "expelled" | "leads" | "renamed" | "picture" | "dissolved";

export type Hello = Extract<Event, { event: "hello" }>;

/** The entries of a conversation's log: what has a `seq`. */
export type LogEvent = Extract<Event, { event: "message" | "edited" | "deleted" | "reacted" }>;
