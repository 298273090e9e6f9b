// What can be done with a conversation, from the list and from its head.
import { t } from "../i18n";
import { me } from "../state/me";
import { markRead } from "../state/conversations";
import { isBlocked } from "../state/people";
import { go } from "../state/route";
import type { Conversation } from "../wire/types";
import { clearConversation, leaveGroup, setBlocked } from "./actions";
import { ask } from "./dialogs/Dialog";
import { type Choice, openMenu } from "./parts/Menu";
import { focusSearch } from "./search";

export function conversationMenu(of: Conversation, at: { x: number; y: number } | Element): void {
  const choices: Choice[] = [
    { icon: "info", words: t("menu.info"), onChoose: () => go({ name: "conversation", id: of.id, info: true }) },
    { icon: "search", words: t("menu.search"), onChoose: () => focusSearch(of.id) },
  ];
  if (of.unread > 0) choices.push({ icon: "checks", words: t("menu.read"), onChoose: () => markRead(of.id, of.last_seq) });
  choices.push({ icon: "clear", words: t("menu.clear"), onChoose: () => askClear(of) });
  const other = of.other;
  if (other && other.id !== me.peek()?.id) {
    const blocked = isBlocked(other.id);
    choices.push({ icon: "block", words: t(blocked ? "menu.unblock" : "menu.block"), danger: !blocked, onChoose: () => (blocked ? void setBlocked(other, false) : askBlock(of)) });
  }
  if (of.kind === "group") choices.push({ icon: "leave", words: t("menu.leave"), danger: true, onChoose: () => askLeave(of) });
  openMenu(at, t("menu.label"), choices);
}

export function askClear(of: Conversation): void {
  ask({ title: t("clear.title"), text: t("clear.text"), yes: t("menu.clear"), onYes: () => clearConversation(of) });
}

export function askLeave(of: Conversation): void {
  ask({ title: t("leave.title", { name: of.name }), text: t("leave.text"), yes: t("menu.leave"), danger: true, onYes: () => leaveGroup(of) });
}

export function askBlock(of: Conversation): void {
  const other = of.other;
  if (other) ask({ title: t("block.title", { name: other.nick }), text: t("block.text"), yes: t("menu.block"), danger: true, onYes: () => setBlocked(other, true) });
}
