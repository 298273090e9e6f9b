// What one is told while looking elsewhere: the count in the title, and a notification where it was allowed.
import { effect, signal } from "@preact/signals";
import { t } from "../i18n";
import { keep, recall } from "../lib/storage";
import type { Message } from "../wire/types";
import { conversation, unreadTotal } from "./conversations";
import { atParting } from "./parting";
import { preview } from "./preview";
import { go } from "./route";

export const notify = signal<boolean>(recall("notify", false));
/** What a screen reader says when a message comes. */
export const announced = signal("");

atParting(() => {
  announced.value = "";
});

export async function setNotify(on: boolean): Promise<void> {
  const allowed = on && typeof Notification !== "undefined" && (await Notification.requestPermission()) === "granted";
  notify.value = allowed;
  keep("notify", allowed);
}

export function alertAbout(message: Message): void {
  announced.value = `${message.sender.nick}: ${preview(message)}`;
  if (!notify.peek() || (document.visibilityState === "visible" && document.hasFocus())) return;
  const group = conversation(message.conversation);
  const title = group?.kind === "group" && group.name ? `${message.sender.nick} · ${group.name}` : message.sender.nick;
  try {
    const shown = new Notification(title, { body: preview(message), tag: `koine-${message.conversation}`, icon: "/icons/icon-192.png" });
    shown.onclick = () => {
      window.focus();
      go({ name: "conversation", id: message.conversation });
      shown.close();
    };
  } catch {
    // Some phones allow notifications from service workers alone.
  }
}

export function watchTitle(): void {
  effect(() => {
    const count = unreadTotal.value;
    document.title = count > 0 ? `(${count}) ${t("app.name")}` : t("app.name");
  });
}
