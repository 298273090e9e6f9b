// What can be done with a message.
import { t } from "../i18n";
import { conversation } from "../state/conversations";
import { logOf, versionOf } from "../state/logs";
import { me } from "../state/me";
import { foreseen, react, takeBack } from "../state/outbox";
import { textOf } from "../state/preview";
import type { Message } from "../wire/types";
import { attempt, copyText } from "./actions";
import { answer, beginEdit } from "./compose";
import { ask, closeDialog, Dialog, openDialog } from "./dialogs/Dialog";
import { Receipts, Versions } from "./dialogs/MessageDialogs";
import { EmojiGrid, QUICK } from "./EmojiGrid";
import { type Choice, closeMenu, openMenu } from "./parts/Menu";
import { Icon } from "./parts/Icon";

export function messageMenu(shown: Message, at: { x: number; y: number } | Element): void {
  const message = foreseen(shown);
  if (message.deleted) return;
  const own = message.sender.id === me.peek()?.id;
  const text = textOf(message);
  const choices: Choice[] = [{ icon: "reply", words: t("message.reply"), onChoose: () => answer(message) }];
  if (text !== "") choices.push({ icon: "copy", words: t("message.copy"), onChoose: () => attempt(copyText(text)) });
  if (own) choices.push({ icon: "edit", words: t("message.edit"), onChoose: () => beginEdit(message) });
  if (message.edited !== null) choices.push({ icon: "clock", words: t("message.versions"), onChoose: () => openDialog(<Versions of={message} />) });
  if (own) choices.push({ icon: "checks", words: t("message.receipts"), onChoose: () => openDialog(<Receipts of={message} />) });
  if (own || leads(message)) choices.push({ icon: "trash", words: t("message.delete"), danger: true, onChoose: () => askDelete(message) });
  openMenu(at, t("message.menu"), choices, <Quick of={message} />, () => versionOf(message.conversation).value > 0 && (logOf(message.conversation)?.message(message.seq)?.deleted ?? false));
}

export function toggle(message: Message, emoji: string): void {
  const own = me.peek()?.id ?? 0;
  const on = !foreseen(message).reactions.some((one) => one.emoji === emoji && one.people.includes(own));
  react(message.conversation, message.seq, emoji, on);
}

export function askDelete(message: Message): void {
  ask({ title: t("message.delete.title"), text: t("message.delete.text"), yes: t("message.delete"), danger: true, onYes: () => takeBack(message.conversation, message.seq) });
}

export function pickReaction(message: Message): void {
  openDialog(
    <Dialog title={t("message.react")} kind="narrow">
      <EmojiGrid
        onPick={(emoji) => {
          closeDialog();
          toggle(message, emoji);
        }}
      />
    </Dialog>,
  );
}

function Quick({ of }: { of: Message }) {
  const own = me.value?.id ?? 0;
  return (
    <div class="menu-quick">
      {QUICK.map((emoji) => (
        <button
          key={emoji}
          type="button"
          role="menuitemcheckbox"
          aria-checked={of.reactions.some((one) => one.emoji === emoji && one.people.includes(own))}
          aria-label={t("message.react.with", { emoji })}
          onClick={() => {
            closeMenu();
            toggle(of, emoji);
          }}
        >
          {emoji}
        </button>
      ))}
      <button
        type="button"
        role="menuitem"
        aria-label={t("message.react.more")}
        onClick={() => {
          closeMenu();
          pickReaction(of);
        }}
      >
        <Icon name="plus" size={20} />
      </button>
    </div>
  );
}

function leads(message: Message): boolean {
  const own = me.peek()?.id;
  const leader = conversation(message.conversation)?.leader;
  return own !== undefined && leader === own;
}
