// The nouns of the native protocol, as docs/native.md names them. No behaviour.

export type AccountId = number;
export type ConversationId = number;
export type Seq = number;
/** Milliseconds since 1970, UTC. */
export type Moment = number;

export interface Person {
  id: AccountId;
  handle: string | null;
  nick: string;
  status: string | null;
  avatar: string | null;
  deleted: boolean;
}

export interface Me extends Person {
  email: string | null;
  phone: string | null;
  created: Moment;
}

export interface Media {
  id: string;
  url: string;
  thumbnail: string | null;
  mime: string;
  name: string | null;
  size: number;
}

/** One piece of a message: exactly one of `text`, `media`, `foreign` is there. */
export interface Part {
  text?: string;
  html?: boolean;
  media?: Media;
  foreign?: { dialect: string; text: string };
}

export interface Sender {
  id: AccountId;
  handle: string | null;
  nick: string;
}

export interface Quote {
  seq: Seq;
  sender: Sender | AccountId | string | null;
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
  sender: Sender;
  parts: Part[];
  reply: Quote | null;
  edited: Moment | null;
  deleted: boolean;
  reactions: Reaction[];
}

export interface Conversation {
  id: ConversationId;
  kind: "direct" | "group";
  name: string | null;
  avatar: string | null;
  leader: AccountId | boolean | null;
  other: Person | null;
  members: number;
  last_seq: Seq;
  last: Message | null;
  read: Seq;
  delivered: Seq;
  unread: number;
  words: boolean;
}

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
  blocked: Person[];
}

export interface Invitation {
  conversation: Conversation;
  by: Person;
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
  contacts: Contact[];
  requests: Person[];
  blocked: Person[];
  invitations: Invitation[];
  online: AccountId[];
  afresh: ConversationId[];
}

export interface Placed {
  conversation: ConversationId;
  seq: Seq;
  at: Moment;
}
