// From messages to rows: days told apart, messages of one sender put together, what is new marked off, what waits at the end.
import { sameDay } from "../../lib/time";
import type { Entry, SendItem } from "../../outbox/item";
import type { Happening } from "../../state/happenings";
import type { Run } from "../../state/log";
import type { AccountId, Message, Moment, Seq } from "../../wire/types";

export interface Row {
  key: string;
  /** 0 where the server has not given it a place. */
  seq: Seq;
  message: Message | null;
  waiting: { item: SendItem; state: Entry["state"] } | null;
  /** What happened to the group here; no message then. */
  happening: Happening | null;
  own: boolean;
  at: Moment;
  /** A day begins here. */
  day: boolean;
  /** What is above was read, what is below was not. */
  divider: boolean;
  /** The first and the last of a few by the same sender. */
  head: boolean;
  foot: boolean;
}

/** Messages of one sender that are closer than this stand together. */
const TOGETHER = 5 * 60_000;

/** `keyOf` tells the key by which one's own message was sent from here, if it was. */
export function rowsOf(run: Run | undefined, waiting: Row["waiting"][], me: AccountId, readBefore: Seq | null, keyOf: (seq: Seq) => string | undefined = () => undefined, happenings: readonly Happening[] = []): Row[] {
  const rows: Row[] = [];
  // Those that stand in this stretch; the same one after another each have a key of their own.
  const within = happenings.filter((one) => run !== undefined && one.after >= run.from - 1 && one.after <= run.to);
  let told = 0;
  const tell = (before: Seq) => {
    for (; told < within.length && (within[told] as Happening).after < before; told++) {
      const happening = within[told] as Happening;
      const { after, at } = happening;
      add(rows, { key: `h${after} ${at} ${told}`, seq: after, message: null, waiting: null, happening, own: false, at, day: false, divider: false, head: true, foot: true }, -1);
    }
  };
  let divided = readBefore === null;
  for (const message of run?.messages ?? []) {
    tell(message.seq);
    const own = message.sender.id === me;
    const divider = !divided && !own && message.seq > (readBefore as Seq);
    divided ||= divider;
    const sent = own ? keyOf(message.seq) : undefined;
    add(rows, { key: sent === undefined ? `m${message.seq}` : `o${sent}`, seq: message.seq, message, waiting: null, happening: null, own, at: message.at, day: false, divider, head: true, foot: true }, message.sender.id);
  }
  tell(Infinity);
  for (const one of waiting) {
    if (one === null) continue;
    const seq = one.state.is === "sent" ? one.state.seq : 0;
    add(rows, { key: `o${one.item.key}`, seq, message: null, waiting: one, happening: null, own: true, at: one.item.at, day: false, divider: false, head: true, foot: true }, me);
  }
  return rows;
}

function add(rows: Row[], row: Row, sender: AccountId): void {
  const above = rows.at(-1);
  row.day = above === undefined || !sameDay(above.at, row.at);
  if (above !== undefined && !row.day && !row.divider) {
    const same = row.own ? above.own : above.message?.sender.id === sender;
    if (same && row.at - above.at < TOGETHER) {
      row.head = false;
      above.foot = false;
    }
  }
  rows.push(row);
}
