// Keys that work everywhere on the page.
import { conversations, sorted } from "../state/conversations";
import { go, route } from "../state/route";
import { phase } from "../state/session";
import { withdrawn } from "./compose";
import { closeMenu, menuOpen } from "./parts/Menu";
import { focusSearch } from "./search";

export function shortcuts(event: KeyboardEvent): void {
  if (phase.peek() === "signed-out" || event.defaultPrevented) return;
  const control = event.ctrlKey || event.metaKey;
  if (control && !event.altKey && event.key.toLowerCase() === "k") {
    event.preventDefault();
    focusSearch();
  } else if (event.altKey && !control && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
    event.preventDefault();
    step(event.key === "ArrowUp" ? -1 : 1);
  } else if (event.key === "Escape" && !event.isComposing && document.querySelector("dialog[open]") === null) {
    // What lies above goes first, wherever the focus is.
    if (menuOpen()) return closeMenu();
    if (withdrawn()) return;
    const here = route.peek();
    if (here.name === "conversation") go(here.info ? { name: "conversation", id: here.id } : { name: "chats" });
  }
}

/** The conversation above or below in the list. */
function step(by: number): void {
  const here = route.peek();
  const list = sorted.peek();
  const at = here.name === "conversation" ? list.findIndex((one) => one.id === here.id) : -1;
  const next = list[Math.max(0, Math.min(list.length - 1, at + by))];
  if (next !== undefined && conversations.peek().has(next.id)) go({ name: "conversation", id: next.id });
}
