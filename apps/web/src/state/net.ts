// The one connection of the page, and what hangs on it. The wiring of hello, events and loss is in sync.ts.
import { computed, signal } from "@preact/signals";
import { Connection } from "../wire/connection";
import type { Event, Hello } from "../wire/events";
import type { Requests } from "../wire/requests";
import type { Limits } from "../wire/types";

type Listener = { onHello: (hello: Hello) => void; onEvents: (events: Event[]) => void; onDown: () => void };
let listener: Listener | null = null;

export const connection = new Connection({
  open: () => {
    const url = new URL("/ws/native", location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    return new WebSocket(url) as never;
  },
  onHello: (hello) => {
    limits.value = hello.limits;
    registration.value = hello.registration;
    recovery.value = hello.recovery;
    version.value = hello.version;
    skew.value = hello.time - Date.now();
    listener?.onHello(hello);
  },
  onEvents: (events) => listener?.onEvents(events),
  onDown: () => listener?.onDown(),
});

export const limits = signal<Limits>({ text_bytes: 65_536, upload_bytes: 104_857_600, avatar_bytes: 1_048_576, frame_bytes: 1_048_576, group_members: 1000 });
export const registration = signal("open");
/** Whether a lost password can be replaced: the server sends mail. */
export const recovery = signal(false);
export const version = signal("");
/** The server's clock minus ours, in milliseconds. */
export const skew = signal(0);
/** Signed in and listening: what is asked now is carried out now. */
export const live = signal(false);
/** Whether the connection has ever been up since the page was loaded. */
export const everLive = signal(false);
export const away = computed(() => !live.value && connection.status.value !== "up");

export function attach(to: Listener): void {
  listener = to;
}

export function request<Name extends keyof Requests>(name: Name, fields: Requests[Name][0]): Promise<Requests[Name][1]> {
  return connection.request(name, fields);
}

/** Looking at the page, or the network's return, are reasons to try at once. */
export function watchNetwork(): void {
  addEventListener("online", () => connection.nudge());
  addEventListener("focus", () => connection.nudge());
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") connection.nudge();
  });
}
