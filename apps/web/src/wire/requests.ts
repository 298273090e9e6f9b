// What can be asked of the server: the fields of each `do`, and the shape of its answer.
import type {
  AccountId, Contacts, Conversation, ConversationId, Hit, Invitation, Me, Member, Message, Moment, Person, Placed, Seq, SessionInfo, Snapshot,
} from "./types";

/** A person as a request names one: a number, a handle or an e-mail address. */
export type Who = AccountId | string;
type None = Record<string, never>;
type SignedIn = { me: Me; token: string; session: number };
type InGroup = { conversation: ConversationId };
type Changed = { conversation: Conversation };

export interface Requests {
  register: [{ handle?: string; nick: string; password: string; email?: string; invitation?: string; device: string }, SignedIn];
  login: [{ who: Who; password: string; device: string }, SignedIn];
  recover: [{ who: Who; email: string }, None];
  resume: [{ token: string }, { me: Me; session: number }];
  logout: [None, None];
  listen: [{ have: Record<string, Seq>; epoch?: string; newest?: number }, Snapshot];
  sessions: [None, { sessions: SessionInfo[] }];
  "session.end": [{ session: number }, None];
  password: [{ old: string; new: string }, None];
  profile: [{ nick?: string; handle?: string; email?: string; phone?: string; status?: string }, { me: Me }];
  avatar: [{ upload: string | null }, { me: Me }];
  find: [{ who: Who }, { person: Person }];
  "account.delete": [{ password: string }, { confirm: string; until: Moment }];
  "account.delete.confirm": [{ confirm: string }, None];

  contacts: [None, Contacts];
  "contact.request": [{ who: Who }, { person: Person }];
  "contact.answer": [{ who: Who; accept: boolean }, { person: Person }];
  "contact.remove": [{ who: Who }, { person: Person }];
  block: [{ who: Who }, { person: Person }];
  unblock: [{ who: Who }, { person: Person }];

  conversations: [None, { conversations: Conversation[] }];
  conversation: [InGroup, { conversation: Conversation; members: Member[] }];
  open: [{ with: Who }, Changed];
  "group.create": [{ name: string; members: Who[]; invite?: boolean }, Changed];
  "group.add": [InGroup & { who: Who; invite?: boolean }, Changed];
  "group.remove": [InGroup & { who: Who }, Changed];
  "group.promote": [InGroup & { who: Who }, Changed];
  "group.rename": [InGroup & { name: string }, Changed];
  "group.picture": [InGroup & { upload: string | null }, Changed];
  "group.leave": [InGroup, None];
  "group.dissolve": [InGroup, None];
  invitations: [None, { invitations: Invitation[] }];
  "invitation.answer": [InGroup & { accept: boolean }, Partial<Changed>];
  clear: [InGroup, None];
  words: [InGroup & { on: boolean }, None];

  send: [{ to: { conversation: ConversationId }; key: string; text?: string; uploads?: string[]; reply?: Seq }, Placed];
  edit: [InGroup & { seq: Seq; key: string; text: string }, { seq: Seq; at: Moment }];
  delete: [InGroup & { seq: Seq; key: string }, { seq: Seq; at: Moment }];
  react: [InGroup & { seq: Seq; key: string; emoji: string; on: boolean }, { seq: Seq; at: Moment }];
  versions: [InGroup & { seq: Seq }, { versions: { at: Moment; text: string }[] }];
  history: [InGroup & { before?: Seq; after?: Seq; around?: Seq; limit: number }, { messages: Message[]; first: boolean; last: boolean }];
  search: [{ query: string; conversation?: ConversationId; before?: Placed; limit: number }, { hits: Hit[]; more: boolean }];
  read: [InGroup & { seq: Seq }, None];
  typing: [InGroup, None];
}
