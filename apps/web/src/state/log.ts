// What is in memory of one conversation's log: runs of messages without holes, and how far events have come.
// Pure bookkeeping: who fetches pages and who draws them is decided elsewhere.
import type { AccountId, Message, Seq } from "../wire/types";

/** Messages of a stretch of the log in which none is missing: all with `from` ≤ seq ≤ `to`. Acts have a seq, too, but are no messages. */
export interface Run {
  from: Seq;
  to: Seq;
  messages: Message[];
}

export interface Page {
  messages: Message[];
  first: boolean;
  last: boolean;
}

/** So many messages of one conversation may be in memory before those far from the reader go; so many stay at the end and around the reader. */
const MOST = 1_500;
const KEPT = 500;

/** The most characters of a message that an answer to it shows, as the server has it. */
const QUOTED = 120;

export class Log {
  /** In order, apart from each other. The last one is the tail, if it reaches `position`. */
  runs: Run[] = [];

  /** As an earlier visit left it: what it begins with may be gone by now. */
  stale = false;

  /** `position` is the last seq up to which everything was heard, as an event or by the snapshot. */
  constructor(public position: Seq) {}

  /** Whether the beginning of the conversation is in `run`. */
  static begins(run: Run): boolean {
    return run.from <= 1;
  }

  tail(): Run | undefined {
    const run = this.runs.at(-1);
    return run !== undefined && run.to >= this.position ? run : undefined;
  }

  holding(seq: Seq): Run | undefined {
    return this.runs.find((run) => run.from <= seq && seq <= run.to);
  }

  message(seq: Seq): Message | undefined {
    const run = this.holding(seq);
    if (run === undefined) return undefined;
    const message = run.messages[place(run.messages, seq)];
    return message?.seq === seq ? message : undefined;
  }

  /** A live entry came. Returns false where it was known already. */
  advance(seq: Seq, message: Message | null): boolean {
    if (seq <= this.position) return false;
    const tail = this.tail();
    const next = seq === this.position + 1;
    this.position = seq;
    if (tail !== undefined && next) {
      // A page that was read a moment ago may have it already.
      tail.to = Math.max(tail.to, seq);
      if (message) tail.messages.splice(place(tail.messages, seq), tail.messages.at(-1)?.seq === seq ? 1 : 0, message);
    } else if (message) {
      this.#insert({ from: seq, to: seq, messages: [message] });
    }
    return true;
  }

  /** The end of the log, read by `history` without a bound: everything from the page's first message to the end. */
  addTail(page: Page): void {
    this.stale = false;
    this.#begin(page, this.position + 1);
    this.#insert({ from: this.#start(page, 1), to: Math.max(this.position, last(page)), messages: page.messages });
  }

  addBefore(bound: Seq, page: Page): void {
    this.#begin(page, bound);
    this.#insert({ from: this.#start(page, 1), to: bound - 1, messages: page.messages });
  }

  addAfter(bound: Seq, page: Page): void {
    this.#insert({ from: bound + 1, to: page.messages.length === 0 ? this.position : this.#end(page, bound), messages: page.messages });
  }

  addAround(target: Seq, page: Page): void {
    this.#begin(page, target);
    this.#insert({ from: this.#start(page, target), to: this.#end(page, target), messages: page.messages });
  }

  /**
   * Lets go of messages where there are too many: all but the end and what is around `reader`, the message that is looked at if not the end.
   * What is gone is in no run any more, and so is asked for again when somebody goes there. Returns whether any went.
   */
  trim(reader: Seq | null): boolean {
    if (this.runs.reduce((count, run) => count + run.messages.length, 0) <= MOST) return false;
    const tail = this.tail();
    const here = reader === null ? undefined : this.holding(reader);
    this.runs = [];
    if (tail !== undefined) this.#insert(cut(tail, tail.messages.length - KEPT, tail.messages.length));
    if (here !== undefined) {
      const at = place(here.messages, reader as Seq);
      this.#insert(cut(here, at - KEPT / 2, at + KEPT / 2));
    }
    return true;
  }

  /** Changes one message in place, wherever it is; the object is a new one, so that what draws it notices. */
  change(seq: Seq, how: (message: Message) => Message): boolean {
    const run = this.holding(seq);
    if (run === undefined) return false;
    const at = place(run.messages, seq);
    const message = run.messages[at];
    if (message?.seq !== seq) return false;
    run.messages[at] = how(message);
    return true;
  }

  /** What the answers to a message quote of it: the beginning of what it says now, or nothing of what is gone. Returns whether there were any. */
  quote(target: Seq, text: string): boolean {
    const beginning = [...text.replace(/\s+/gu, " ").trim()].slice(0, QUOTED).join("");
    let found = false;
    for (const run of this.runs) {
      run.messages.forEach((message, index) => {
        if (message.reply?.seq !== target) return;
        run.messages[index] = { ...message, reply: { ...message.reply, text: beginning } };
        found = true;
      });
    }
    return found;
  }

  /** Messages of others after `seq`, if that can be known from what is here. */
  othersAfter(seq: Seq, me: AccountId): number | undefined {
    const tail = this.tail();
    if (tail === undefined || tail.from > seq + 1) return undefined;
    return tail.messages.reduce((count, message) => count + (message.seq > seq && message.sender.id !== me && !message.deleted ? 1 : 0), 0);
  }

  /** What stood before the first message that is left was pruned. `otherwise` is where the page ends that has none. */
  #begin(page: Page, otherwise: Seq): void {
    if (!page.first) return;
    const first = page.messages[0]?.seq ?? otherwise;
    for (const run of this.runs) if (run.messages[0] !== undefined && run.messages[0].seq < first) run.messages = run.messages.slice(place(run.messages, first));
  }

  #start(page: Page, otherwise: Seq): Seq {
    return page.first ? 1 : (page.messages[0]?.seq ?? otherwise);
  }

  #end(page: Page, otherwise: Seq): Seq {
    return page.last ? Math.max(this.position, last(page)) : Math.max(otherwise, last(page));
  }

  #insert(run: Run): void {
    // An empty run at the beginning is the whole of an empty conversation.
    if (run.to < run.from - 1) return;
    const apart: Run[] = [];
    let merged = run;
    for (const other of this.runs) {
      if (other.to + 1 < merged.from || merged.to + 1 < other.from) apart.push(other);
      else merged = union(other, merged);
    }
    apart.push(merged);
    this.runs = apart.sort((a, b) => a.from - b.from);
  }
}

/** The stretch with the messages from the place `first` to before the place `end`, as far as there are any. What stands between two messages goes with the earlier one. */
function cut({ from, to, messages }: Run, first: number, end: number): Run {
  return {
    from: first <= 0 ? from : (messages[first - 1] as Message).seq + 1,
    to: end >= messages.length ? to : (messages[end] as Message).seq - 1,
    messages: messages.slice(Math.max(0, first), end),
  };
}

/** Where `seq` is, or would be put. */
export function place(messages: Message[], seq: Seq): number {
  let low = 0;
  let high = messages.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((messages[middle] as Message).seq < seq) low = middle + 1;
    else high = middle;
  }
  return low;
}

function last(page: Page): Seq {
  return page.messages.at(-1)?.seq ?? 0;
}

/** Of a message that both have, the newer run's wins. */
function union(older: Run, newer: Run): Run {
  const [from, to] = [Math.min(older.from, newer.from), Math.max(older.to, newer.to)];
  // Pages beside each other are the rule: nothing need be sorted.
  if (newer.to < older.from) return { from, to, messages: newer.messages.concat(older.messages) };
  if (older.to < newer.from) return { from, to, messages: older.messages.concat(newer.messages) };
  const messages = new Map<Seq, Message>();
  for (const message of older.messages) messages.set(message.seq, message);
  for (const message of newer.messages) messages.set(message.seq, message);
  return { from, to, messages: [...messages.values()].sort((a, b) => a.seq - b.seq) };
}
