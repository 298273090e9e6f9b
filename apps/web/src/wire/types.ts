// The nouns of the native protocol, as docs/native.md names them. No behaviour.

export type AccountId = number;
export type ConversationId = number;
export type Seq = number;
/** Milliseconds since 1970, UTC. */
export type Moment = number;

/** As much of a person as a message shows of its sender. */
export interface Face {
  id: AccountId;
  handle: string;
  nick: string;
}

/** `status` may be empty; `avatar` is a path on this origin, null only where the card was not read yet. */
export interface Person extends Face {
  status: string;
  avatar: string | null;
  deleted: boolean;
}

/** `email` and `phone` are empty where there is none. */
export interface Me extends Person {
  email: string;
  phone: string;
  created: Moment;
}

export interface Media {
  id: string;
  url: string;
  thumbnail: string | null;
  mime: string;
  /** May be empty. */
  name: string;
  size: number;
}

/** One piece of a message: exactly one of `text`, `media`, `foreign` is there. */
export interface Part {
  text?: string;
  html?: boolean;
  media?: Media;
  foreign?: { dialect: string; text: string };
}

export interface Quote {
  seq: Seq;
  /** Null where what is answered to is not there any more. */
  sender: Face | null;
  text: string;
}

export interface Reaction {
  emoji: string;
  people: AccountId[];
}

export interface Message {
  conversation: ConversationId;
  seq: Seq;
  at: Moment;
  sender: Face;
  parts: Part[];
  reply: Quote | null;
  edited: Moment | null;
  deleted: boolean;
  reactions: Reaction[];
}

/** What everybody knows of a conversation. */
export interface Brief {
  id: ConversationId;
  kind: "direct" | "group";
  /** A group's name; empty of a direct one. */
  name: string;
  avatar: string | null;
  leader: AccountId | null;
}

export interface Conversation extends Brief {
  other: Person | null;
  members: number;
  last_seq: Seq;
  last: Message | null;
  read: Seq;
  delivered: Seq;
  unread: number;
  words: boolean;
  /** How far `last` has come, where it is one's own; null also where the others' marks are not told. */
  reached: Reached | null;
}

export type Reached = "sent" | "delivered" | "read";

export interface Member {
  person: Person;
  leader: boolean;
  online: boolean;
  read: Seq;
  delivered: Seq;
}

export interface Contact {
  person: Person;
  mutual: boolean;
  online: boolean;
}

export interface Contacts {
  contacts: Contact[];
  requests: Person[];
  /** Whom one has asked, and who have not answered. */
  asked: Person[];
  blocked: Person[];
}

export interface Invitation {
  conversation: Brief;
  by: Face;
}

export interface SessionInfo {
  session: number;
  device: string;
  dialect: string;
  created: Moment;
  used: Moment;
  online: boolean;
  current: boolean;
}

export interface Hit {
  message: Message;
  snippet: { text: string; hit: boolean }[];
}

export interface Limits {
  text_bytes: number;
  upload_bytes: number;
  avatar_bytes: number;
  frame_bytes: number;
  group_members: number;
}

export interface Snapshot {
  me: Me;
  conversations: Conversation[];
  others: boolean;
  contacts: Contact[];
  requests: Person[];
  asked: Person[];
  blocked: Person[];
  invitations: Invitation[];
  afresh: ConversationId[];
  epoch: string;
}

export interface Placed {
  conversation: ConversationId;
  seq: Seq;
  at: Moment;
}
