// The outbox: keeps what is to be said until the server has it, and says it again after every break. Nothing is lost, because it is
// kept before it is sent; nothing is doubled, because the key stays the same.
import { signal } from "@preact/signals";
import { codeOf, Refused } from "../wire/fault";
import type { AccountId, ConversationId, Seq } from "../wire/types";
import type { Attachment, Entry, Item, SendItem, State } from "./item";
import type { Storage } from "./storage";

export interface Transport {
  /** The epoch that the server is in; null before it was heard. */
  epoch(): string | null;
  up(): boolean;
  send(item: Item, uploads: string[]): Promise<{ seq: Seq; at: number }>;
  upload(attachment: Attachment, onBytes: (sent: number) => void, onLocation: (location: string) => void, signal: AbortSignal): Promise<string>;
  forget(location: string): void;
  words(cause: unknown): string;
  /** An act was refused, or an item could not be kept: it is gone, and somebody should say so. */
  complain(cause: unknown): void;
  /** An edit was refused: its words go back to whoever wrote them. */
  giveBack(conversation: ConversationId, text: string): void;
  /** Whether the log has the entry already, so that the item need not be shown any more. */
  heard(conversation: ConversationId, seq: Seq): boolean;
}

/** Refusals that pass by themselves. */
const PASSING = new Set(["disconnected", "busy", "maintenance", "not_signed_in"]);
/** What was wanted is so already, done on another device. */
const DONE_ALREADY = new Set(["already", "not_there"]);
const AGAIN_AFTER = 4_000;
const UPLOADS_AT_ONCE = 2;
/** Milliseconds that one is sent away for at most: timers know no longer ones, and a server that says more is asked meanwhile. */
const LONGEST = 60 * 60_000;

export class Outbox {
  readonly entries = signal<readonly Entry[]>([]);

  /** By which key a message of this page was sent: its row stays the same row when the log has it. */
  readonly keys = new Map<string, string>();

  #order = 0;
  /** What was said or taken back in this visit: it may have been read just before, and is not to be taken up again. */
  readonly #gone = new Set<string>();
  /** Grows with each `forget`: what was asked before it is not to be taken up after it. */
  #epoch = 0;
  #uploading = new Map<string, AbortController>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Uploads do not start before this moment: the last one found the network away. */
  #pause = 0;
  /** Nothing is sent while it runs: the server has said for how long it would not look. */
  #hold: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly storage: Storage,
    private readonly transport: Transport,
  ) {}

  /** Takes up what an earlier visit left. */
  async load(account: number): Promise<void> {
    const epoch = this.#epoch;
    const kept = await this.storage.all();
    if (this.#epoch !== epoch) return;
    const here = new Set([...this.entries.peek().map((entry) => entry.item.key), ...this.#gone]);
    const more = kept.filter((item) => item.account === account && !here.has(item.key)).sort((a, b) => a.order - b.order);
    this.#order = Math.max(this.#order, ...kept.map((item) => item.order), 0);
    this.entries.value = [...more.map((item): Entry => ({ item, state: item.failed ? { is: "failed", ...item.failed } : { is: "waiting" } })), ...this.entries.peek()];
  }

  /** Lets go of everything that is in memory; what is kept stays. */
  forget(): void {
    for (const abort of this.#uploading.values()) abort.abort();
    this.#uploading.clear();
    clearTimeout(this.#timer);
    this.#release();
    this.#pause = 0;
    this.keys.clear();
    this.#gone.clear();
    this.#epoch++;
    this.entries.value = [];
  }

  /** Throws away what waits of one account, and nothing where it is not known whose; what others left stays theirs. */
  async clear(account: AccountId | null): Promise<void> {
    this.forget();
    if (account !== null) await this.storage.clear(account);
  }

  add(item: Item): void {
    const entry: Entry = { item: { ...item, order: ++this.#order }, state: { is: "waiting" } };
    this.entries.value = [...this.entries.peek(), entry];
    // Kept first, then sent: a message that was seen to be sent survives the tab.
    void this.storage
      .put(entry.item)
      .catch(() => undefined)
      .then(() => this.flush());
  }

  retry(key: string): void {
    this.#again(key, () => undefined);
  }

  /** Once more, as a message by itself: what it answered to is not there any more. */
  retryWithoutQuote(key: string): void {
    this.#again(key, (item) => {
      if (item.kind === "send") item.reply = null;
    });
  }

  #again(key: string, how: (item: Item) => void): void {
    const entry = this.#find(key);
    if (entry?.state.is !== "failed") return;
    const item = { ...entry.item };
    delete item.failed;
    how(item);
    this.entries.value = this.entries.peek().map((one) => (one === entry ? { item, state: { is: "waiting" } } : one));
    void this.storage.put(item).catch(() => undefined);
    this.flush();
  }

  #fail(item: Item, code: string, words: string): void {
    const entry = this.#find(item.key);
    if (entry === undefined) return;
    const failed = { code, words };
    this.entries.value = this.entries.peek().map((one) => (one === entry ? { item: { ...one.item, failed }, state: { is: "failed", ...failed } } : one));
    void this.storage.put({ ...entry.item, failed }).catch(() => undefined);
  }

  /** Takes an item back that the server does not have. */
  cancel(key: string): void {
    const entry = this.#find(key);
    if (entry === undefined || entry.state.is === "sending" || entry.state.is === "sent") return;
    this.#uploading.get(key)?.abort();
    if (entry.item.kind === "send") for (const one of entry.item.attachments) if (one.location) this.transport.forget(one.location);
    this.#drop(key);
  }

  /**
   * Sends whatever can be sent, in order: words do not wait for files, but files do for those before them in their conversation. Called after
   * signing in, too: answers of the last connection will not come any more.
   */
  flush(): void {
    if (!this.transport.up()) return;
    const late = new Set<ConversationId>();
    for (const { item, state } of this.entries.peek()) {
      if (this.#isOfBefore(item)) continue;
      const files = item.kind === "send" ? item.attachments : [];
      const isToGoUp = state.is === "waiting" && files.some((one) => one.upload === undefined);
      if (isToGoUp && item.kind === "send") this.#upload(item);
      else if (state.is === "waiting" && this.#hold === undefined && !(files.length > 0 && late.has(item.conversation))) this.#send(item);
      if (isToGoUp || state.is === "uploading") late.add(item.conversation);
    }
  }

  /**
   * Takes up what was written before the server was brought back from a backup. Messages go out, but not by themselves where their
   * conversation may be another one by now; what names a message does not, since there is no telling which one that is now.
   */
  renew(isSame: (conversation: ConversationId) => boolean): void {
    const epoch = this.transport.epoch();
    const old = this.entries.peek().filter((entry) => this.#isOfBefore(entry.item));
    if (old.length === 0 || epoch === null) return;
    const gone = new Refused("restored", "the server was brought back from a backup");
    let lost = false;
    for (const { item, state } of old) {
      if (item.kind !== "send" || state.is === "sent") {
        this.#drop(item.key);
        if (item.kind === "edit") this.transport.giveBack(item.conversation, item.text);
        lost ||= item.kind !== "send";
        continue;
      }
      this.#uploading.get(item.key)?.abort();
      // The server may know nothing of its uploads.
      const attachments = item.attachments.map(({ name, type, blob }) => ({ name, type, blob }));
      const renewed: SendItem = { ...item, epoch, reply: null, attachments };
      const kept: State = state.is === "failed" ? state : { is: "waiting" };
      this.entries.value = this.entries.peek().map((one) => (one.item.key === item.key ? { item: renewed, state: kept } : one));
      if (kept.is === "failed" || isSame(item.conversation)) void this.storage.put(renewed).catch(() => undefined);
      else this.#fail(renewed, gone.code, this.transport.words(gone));
    }
    if (lost) this.transport.complain(gone);
  }

  /** Its numbers are not those of the server. */
  #isOfBefore(item: Item): boolean {
    const epoch = this.transport.epoch();
    return item.epoch !== undefined && epoch !== null && item.epoch !== epoch;
  }

  /** An entry of the log was heard: what it stands for is shown by the log from now on. */
  heard(conversation: ConversationId, seq: Seq): void {
    const left = this.entries.peek().filter(({ item, state }) => !(state.is === "sent" && item.conversation === conversation && state.seq <= seq));
    if (left.length < this.entries.peek().length) this.entries.value = left;
  }

  #send(item: Item): void {
    this.#set(item.key, { is: "sending" });
    const uploads = item.kind === "send" ? item.attachments.flatMap((one) => one.upload ?? []) : [];
    this.transport.send(item, uploads).then(
      ({ seq, at }) => {
        this.#gone.add(item.key);
        void this.storage.remove(item.key).catch(() => undefined);
        if (item.kind === "send") this.keys.set(`${item.conversation} ${seq}`, item.key);
        if (this.transport.heard(item.conversation, seq)) this.#drop(item.key);
        else this.#set(item.key, { is: "sent", seq, at });
      },
      (cause: unknown) => this.#refused(item, cause),
    );
  }

  #upload(item: SendItem): void {
    if (this.#uploading.has(item.key) || this.#uploading.size >= UPLOADS_AT_ONCE || Date.now() < this.#pause) return;
    const abort = new AbortController();
    this.#uploading.set(item.key, abort);
    this.#uploads(item, abort.signal)
      .then(
        () => this.#set(item.key, { is: "waiting" }),
        (cause: unknown) => this.#uploadBroke(item, cause, abort.signal),
      )
      .finally(() => {
        this.#uploading.delete(item.key);
        this.flush();
      });
  }

  async #uploads(item: SendItem, signal: AbortSignal): Promise<void> {
    const size = item.attachments.reduce((sum, one) => sum + one.blob.size, 0);
    let before = 0;
    for (const one of item.attachments) {
      const start = before;
      this.#set(item.key, { is: "uploading", sent: start, size });
      one.upload ??= await this.transport.upload(
        one,
        (sent) => this.#set(item.key, { is: "uploading", sent: start + sent, size }),
        (location) => {
          one.location = location;
          void this.storage.put(item).catch(() => undefined);
        },
        signal,
      );
      await this.storage.put(item).catch(() => undefined);
      before += one.blob.size;
    }
  }

  #uploadBroke(item: SendItem, cause: unknown, signal: AbortSignal): void {
    if (signal.aborted) return;
    // fetch and XMLHttpRequest say TypeError when the network is away: the upload goes on when it is back.
    const status = (cause as { status?: number }).status;
    if (cause instanceof TypeError || status === 503 || status === 429 || status === 409 || status === 423) {
      this.#set(item.key, { is: "waiting" });
      this.#pause = Date.now() + AGAIN_AFTER;
      this.#later();
    } else {
      const code = status === 413 ? "too_large" : "upload_failed";
      this.#fail(item, code, this.transport.words(cause));
    }
  }

  #refused(item: Item, cause: unknown): void {
    const code = codeOf(cause);
    if (code === "too_often") {
      this.#set(item.key, { is: "waiting" });
      this.#wait(cause instanceof Refused ? cause.seconds : undefined);
    } else if (PASSING.has(code)) {
      this.#set(item.key, { is: "waiting" });
      if (code !== "disconnected") this.#later();
    } else if (item.kind === "send") {
      // An upload that the server has forgotten is made anew by a retry; else it may be named again.
      if ((cause as { field?: string }).field?.startsWith("uploads")) {
        for (const one of item.attachments) {
          delete one.upload;
          delete one.location;
        }
      }
      this.#fail(item, code, this.transport.words(cause));
    } else {
      this.#drop(item.key);
      if (DONE_ALREADY.has(code)) return;
      if (item.kind === "edit") this.transport.giveBack(item.conversation, item.text);
      this.transport.complain(cause);
    }
  }

  /** Holds everything back, so that what is said next does not come before what was said already. What was said at once is refused at once, too. */
  #wait(seconds: number | undefined): void {
    this.#release();
    // A moment more: the server's second may end a little after ours.
    const wait = seconds === undefined || !(seconds >= 0) ? AGAIN_AFTER : Math.min(LONGEST, seconds * 1000 + 50);
    this.#hold = setTimeout(() => {
      this.#release();
      this.flush();
    }, wait);
  }

  #release(): void {
    clearTimeout(this.#hold);
    this.#hold = undefined;
  }

  #later(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.flush(), AGAIN_AFTER + 50);
  }

  #find(key: string): Entry | undefined {
    return this.entries.peek().find((entry) => entry.item.key === key);
  }

  #set(key: string, state: State): void {
    this.entries.value = this.entries.peek().map((entry) => (entry.item.key === key ? { item: entry.item, state } : entry));
  }

  #drop(key: string): void {
    this.#gone.add(key);
    this.entries.value = this.entries.peek().filter((entry) => entry.item.key !== key);
    void this.storage.remove(key).catch(() => undefined);
  }
}
