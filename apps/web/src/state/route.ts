// Where one is: kept in the address, so that back, forward and a reload do what they should.
import { signal } from "@preact/signals";
import type { ConversationId, Seq } from "../wire/types";

export type Tab = "chats" | "contacts" | "settings";
export type Route = { name: Tab } | { name: "conversation"; id: ConversationId; seq?: Seq; info?: boolean };

export const route = signal<Route>(parse(typeof location === "undefined" ? "" : location.hash));
/** What the left column shows, also while a conversation is open beside it. */
export const tab = signal<Tab>(route.peek().name === "conversation" ? "chats" : (route.peek().name as Tab));

export function parse(hash: string): Route {
  const [, name, id, more] = hash.replace(/^#/, "").split("/");
  if (name === "c" && Number(id) > 0) {
    if (more === "info") return { name: "conversation", id: Number(id), info: true };
    return Number(more) > 0 ? { name: "conversation", id: Number(id), seq: Number(more) } : { name: "conversation", id: Number(id) };
  }
  return { name: name === "contacts" || name === "settings" ? name : "chats" };
}

export function format(to: Route): string {
  if (to.name !== "conversation") return `#/${to.name}`;
  return `#/c/${to.id}${to.info ? "/info" : to.seq ? `/${to.seq}` : ""}`;
}

/** Goes there. Conversations replace each other in the history, so that back leads to the list. */
export function go(to: Route): void {
  const hash = format(to);
  if (hash === location.hash) {
    // The same message once more: whoever shows it should look there again.
    route.value = { ...to };
    return;
  }
  const replace = to.name === "conversation" && !to.info && route.peek().name === "conversation" && !(route.peek() as { info?: boolean }).info;
  history[replace ? "replaceState" : "pushState"]({ inside: true }, "", hash);
  follow();
}

/** Back, as the button at the top of a phone's screen does it: within the page, never out of it. */
export function back(otherwise: Route): void {
  if ((history.state as { inside?: boolean } | null)?.inside) history.back();
  else go(otherwise);
}

export function follow(): void {
  route.value = parse(location.hash);
  if (route.value.name !== "conversation") tab.value = route.value.name;
}

export function watchRoute(): void {
  addEventListener("popstate", follow);
  addEventListener("hashchange", follow);
}
