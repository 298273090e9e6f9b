// One connection that comes back by itself: frames, requests matched with their answers, waiting and trying again.
// It knows nothing of accounts; who listens signs in anew at each `hello`.
import { signal } from "@preact/signals";
import { backoff } from "./backoff";
import type { Event, Hello } from "./events";
import { Disconnected, Refused } from "./fault";
import type { Requests } from "./requests";

/** What is used of a WebSocket; tests hand in their own. */
export interface Socket {
  onopen: (() => void) | null;
  onmessage: ((message: { data: unknown }) => void) | null;
  onclose: (() => void) | null;
  onerror: (() => void) | null;
  send(text: string): void;
  close(): void;
}

export interface Options {
  open: () => Socket;
  /** A `hello` came: the connection can be used. */
  onHello: (hello: Hello) => void;
  /** What came together, in order. Whatever an answer that came after it says, this is told first. */
  onEvents: (events: Event[]) => void;
  onDown: () => void;
  random?: () => number;
}

interface Waiting {
  resolve: (answer: never) => void;
  reject: (cause: Error) => void;
  since: number;
}

/** `waiting` lasts until the next attempt, `resting` until somebody needs it, `stopped` until `start`. */
export type Status = "connecting" | "up" | "waiting" | "resting" | "stopped";

/** A request that is not answered for so long means that the connection is dead though nobody said so. */
const ANSWER_WITHIN = 20_000;
const CHECK_EVERY = 5_000;
/** After so much silence, the server is asked whether it is there. */
const QUIET = 40_000;
const CONNECT_WITHIN = 15_000;
const READY_WITHIN = 8_000;
/** Milliseconds for which events are gathered after some were told: to draw each one of a burst takes longer than it takes to come. */
const GATHER = 30;

export class Connection {
  readonly status = signal<Status>("stopped");

  #socket: Socket | null = null;
  #attempt = 0;
  #next = 1;
  #waiting = new Map<number, Waiting>();
  #retry: ReturnType<typeof setTimeout> | undefined;
  #check: ReturnType<typeof setInterval> | undefined;
  #heard = 0;
  #gathered: Event[] = [];
  #gathering: ReturnType<typeof setTimeout> | undefined;
  #told = 0;

  constructor(private readonly options: Options) {}

  start(): void {
    if (this.status.value !== "stopped") return;
    this.#attempt = 0;
    this.#connect();
  }

  stop(): void {
    clearTimeout(this.#retry);
    this.status.value = "stopped";
    this.#drop();
  }

  /** Tries at once, when there is reason to believe that it may succeed: the network came back, or the page is looked at. */
  nudge(): void {
    if (this.status.value === "waiting" || this.status.value === "resting") {
      clearTimeout(this.#retry);
      this.#attempt = 0;
      this.#connect();
    } else if (this.status.value === "up" && Date.now() - this.#heard > CHECK_EVERY) {
      this.#probe();
    }
  }

  /** Lets the connection end, without another one until somebody needs it: the server does not keep those who do not sign in. */
  rest(): void {
    this.#drop();
    this.status.value = "resting";
  }

  /** Waits until the connection is up; `Disconnected` if that takes too long. */
  ready(): Promise<void> {
    if (this.status.value === "up") return Promise.resolve();
    this.nudge();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        stop();
        reject(new Disconnected());
      }, READY_WITHIN);
      const stop = this.status.subscribe((status) => {
        if (status !== "up") return;
        clearTimeout(timer);
        // The subscription's first call comes before there is anything to stop.
        queueMicrotask(() => stop());
        resolve();
      });
    });
  }

  /** Breaks the connection off and makes a new one. */
  restart(): void {
    if (this.status.value === "stopped") return;
    this.#drop();
    this.#wait();
  }

  /** Asks; the promise is kept with the answer, or broken with `Refused` or `Disconnected`. */
  request<Name extends keyof Requests>(name: Name, fields: Requests[Name][0]): Promise<Requests[Name][1]> {
    const socket = this.#socket;
    if (socket === null || this.status.value !== "up") return Promise.reject(new Disconnected());
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject, since: Date.now() });
      // Its number and its name first: so the server reads it once instead of twice.
      socket.send(JSON.stringify({ id, do: name, ...fields }));
    });
  }

  #connect(): void {
    this.status.value = "connecting";
    let socket: Socket;
    try {
      socket = this.options.open();
    } catch {
      this.#wait();
      return;
    }
    this.#socket = socket;
    this.#heard = Date.now();
    const lost = () => {
      if (this.#socket !== socket) return;
      this.#tell();
      if (this.#socket !== socket) return;
      this.#drop();
      if (this.status.value !== "stopped" && this.status.value !== "resting") this.#wait();
    };
    socket.onmessage = (message) => this.#receive(message.data);
    socket.onclose = lost;
    socket.onerror = lost;
    this.#check = setInterval(() => this.#examine(lost), CHECK_EVERY);
  }

  #receive(data: unknown): void {
    this.#heard = Date.now();
    if (typeof data !== "string") return;
    let frame: Record<string, unknown>;
    try {
      frame = JSON.parse(data) as Record<string, unknown>;
    } catch {
      return;
    }
    if (typeof frame["event"] === "string") this.#hear(frame as unknown as Event);
    else if (typeof frame["id"] === "number") this.#answered(frame["id"], frame);
  }

  /** The first event after a pause is told at once. */
  #gather(event: Event): void {
    this.#gathered.push(event);
    if (Date.now() - this.#told >= GATHER) this.#tell();
    else this.#gathering ??= setTimeout(() => this.#tell(), GATHER);
  }

  #tell(): void {
    clearTimeout(this.#gathering);
    this.#gathering = undefined;
    const events = this.#gathered;
    this.#gathered = [];
    if (events.length === 0) return;
    try {
      this.options.onEvents(events);
    } catch (cause) {
      // Whatever it is, what comes next is still an answer, or the end of the connection.
      reportError(cause);
    }
    this.#told = Date.now();
  }

  #hear(event: Event): void {
    if (event.event !== "hello") {
      this.#gather(event);
      return;
    }
    this.#attempt = 0;
    this.status.value = "up";
    this.options.onHello(event);
  }

  #answered(id: number, frame: Record<string, unknown>): void {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    this.#tell();
    this.#waiting.delete(id);
    const error = frame["error"] as { code: string; message: string; field?: string; incident?: string; seconds?: number } | undefined;
    if (error) waiting.reject(new Refused(error.code, error.message, error.field, error.incident, error.seconds));
    else waiting.resolve(frame["ok"] as never);
  }

  /** A dead connection says nothing: too old a question without an answer is how one knows. */
  #examine(lost: () => void): void {
    const now = Date.now();
    if (this.status.value === "connecting") {
      if (now - this.#heard > CONNECT_WITHIN) lost();
      return;
    }
    const oldest = this.#waiting.values().next().value;
    if (oldest !== undefined && now - Math.max(oldest.since, this.#heard) > ANSWER_WITHIN) lost();
    else if (now - this.#heard > QUIET) this.#probe();
  }

  #probe(): void {
    if (this.#waiting.size === 0) this.request("invitations", {}).catch(() => undefined);
  }

  #drop(): void {
    const socket = this.#socket;
    this.#socket = null;
    clearInterval(this.#check);
    // Who breaks it off wants to hear no more; what is of a log comes again.
    clearTimeout(this.#gathering);
    this.#gathering = undefined;
    this.#gathered = [];
    if (socket !== null) {
      socket.onmessage = socket.onclose = socket.onerror = null;
      try {
        socket.close();
      } catch {
        // It is gone already, which is what was wanted.
      }
    }
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const one of waiting) one.reject(new Disconnected());
    if (socket !== null) this.options.onDown();
  }

  #wait(): void {
    this.status.value = "waiting";
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.#connect(), backoff(this.#attempt++, this.options.random));
  }
}
