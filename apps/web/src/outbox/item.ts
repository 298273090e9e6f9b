// What waits to be said. Each item has a key, by which the server knows a repetition; so it may be sent as often as is needed.
import type { AccountId, ConversationId, Moment, Quote, Seq } from "../wire/types";

export interface Attachment {
  name: string;
  type: string;
  blob: Blob;
  /** Where its upload is; kept, so that a reload goes on with it. */
  location?: string;
  /** The upload's id, once all of it is there. */
  upload?: string;
}

interface Common {
  key: string;
  account: AccountId;
  conversation: ConversationId;
  /** The server's epoch in which the numbers of this item count; missing where it is not known. */
  epoch?: string;
  at: Moment;
  /** Items go out in this order. */
  order: number;
  /** It was refused, and waits for somebody's word: kept, so that the next visit does not send it by itself. */
  failed?: { code: string; words: string };
}

export interface SendItem extends Common {
  kind: "send";
  text: string;
  reply: Quote | null;
  attachments: Attachment[];
}

export interface EditItem extends Common {
  kind: "edit";
  target: Seq;
  text: string;
}

export interface DeleteItem extends Common {
  kind: "delete";
  target: Seq;
}

export interface ReactItem extends Common {
  kind: "react";
  target: Seq;
  emoji: string;
  on: boolean;
}

export type Item = SendItem | EditItem | DeleteItem | ReactItem;

/** `sent`: the server has it; its event has not come yet. */
export type State =
  | { is: "waiting" }
  | { is: "uploading"; sent: number; size: number }
  | { is: "sending" }
  | { is: "sent"; seq: Seq; at: Moment }
  | { is: "failed"; code: string; words: string };

export interface Entry {
  item: Item;
  state: State;
}
