// One message as it is seen, with its day, its sender, what it answers, its parts, reactions and receipts.
import { memo } from "preact/compat";
import { useRef } from "preact/hooks";
import { t } from "../i18n";
import { clock, day, full } from "../lib/time";
import { onlyEmoji } from "../lib/text";
import type { SendItem, State } from "../outbox/item";
import { me } from "../state/me";
import { reached } from "../state/members";
import { nickOf } from "../state/names";
import { foreseen, outbox } from "../state/outbox";
import { person } from "../state/people";
import { preview, textOf } from "../state/preview";
import { go } from "../state/route";
import type { Face, Message } from "../wire/types";
import { attempt, copyText } from "./actions";
import { answer } from "./compose";
import type { Row } from "./list/rows";
import { MessageParts, Spans } from "./MessageParts";
import { Happened } from "./Happened";
import { messageMenu, pickReaction, toggle } from "./messageMenu";
import { Avatar } from "./parts/Avatar";
import { IconButton } from "./parts/Button";
import { type Choice, openMenu } from "./parts/Menu";
import { PendingParts } from "./PendingParts";
import { type Reach, Ticks } from "./Ticks";

interface Props {
  row: Row;
  group: boolean;
  flash: boolean;
}

export const MessageRow = memo(Whole, (a, b) => {
  const [one, other] = [a.row, b.row];
  return (
    a.group === b.group && a.flash === b.flash && one.key === other.key && one.message === other.message && one.happening === other.happening && one.waiting?.state === other.waiting?.state &&
    one.waiting?.item === other.waiting?.item && one.day === other.day && one.divider === other.divider && one.head === other.head && one.foot === other.foot
  );
});

function Whole({ row, group, flash }: Props) {
  return (
    <>
      {row.day ? (
        <div class="day">
          <time>{day(row.at)}</time>
        </div>
      ) : null}
      {row.divider ? (
        <div class="divider" role="separator">
          <span>{t("messages.divider")}</span>
        </div>
      ) : null}
      {row.happening ? <Happened of={row.happening} /> : row.message ? <Said row={row} message={row.message} group={group} flash={flash} /> : <Waiting row={row} />}
    </>
  );
}

function Said({ row, message: kept, group, flash }: Props & { message: Message }) {
  const message = foreseen(kept);
  const own = row.own;
  const sender = message.sender;
  const touch = useLongPress((at) => messageMenu(message, at));
  const text = textOf(message);
  const big = !message.deleted && message.parts.length === 1 && message.reply === null && onlyEmoji(text);
  const reach: Reach = own ? reached(message.conversation, message.seq, me.value?.id ?? 0) : "sent";
  const classes = ["message", own ? "is-own" : "", row.head ? "is-head" : "", row.foot ? "is-foot" : "", flash ? "is-flash" : "", big ? "is-big" : "", message.deleted ? "is-deleted" : ""];
  return (
    <div class={classes.join(" ")}>
      {group && !own ? <span class="message-side">{row.head ? <SenderAvatar of={message} /> : null}</span> : null}
      <div
        class="bubble"
        role="article"
        tabIndex={-1}
        data-focus
        data-testid="message"
        data-seq={message.seq}
        aria-label={`${own ? t("chats.you") : nickOf(sender)}, ${clock(message.at)}: ${preview(message)}`}
        onContextMenu={(event) => {
          if (getSelection()?.toString() || (event.target as Element).closest("a")) return;
          event.preventDefault();
          messageMenu(message, { x: event.clientX, y: event.clientY });
        }}
        onDblClick={() => !getSelection()?.toString() && !message.deleted && answer(message)}
        {...touch}
      >
        {group && !own && row.head ? <span class={`message-sender hue-${sender.id % 6}`}>{nickOf(sender)}</span> : null}
        {message.reply ? <QuoteOf message={message} /> : null}
        {message.deleted ? <p class="message-text">{t("message.deleted")}</p> : <MessageParts message={message} />}
        <span class="meta">
          {message.edited !== null && !message.deleted ? <span>{t("message.edited")}</span> : null}
          <time title={full(message.at)}>{clock(message.at)}</time>
          {own && !message.deleted ? <Ticks is={reach} /> : null}
        </span>
        {message.reactions.length > 0 ? <Reactions of={message} /> : null}
      </div>
      {message.deleted ? null : (
        <div class="tools">
          <IconButton icon="smile" size={18} label={t("message.react")} onClick={() => pickReaction(message)} />
          <IconButton icon="reply" size={18} label={t("message.reply")} onClick={() => answer(message)} />
          <IconButton icon="more" size={18} label={t("message.menu")} onClick={(event) => messageMenu(message, event.currentTarget as Element)} />
        </div>
      )}
    </div>
  );
}

function SenderAvatar({ of }: { of: Message }) {
  return <Avatar name={nickOf(of.sender)} src={person(of.sender.id)?.avatar} size={36} seed={of.sender.id} />;
}

function QuoteOf({ message }: { message: Message }) {
  const quote = message.reply;
  if (quote === null) return null;
  return (
    <button type="button" class="quote" onClick={() => go({ name: "conversation", id: message.conversation, seq: quote.seq })} title={t("message.quote.go")}>
      <strong>{quoteName(quote.sender)}</strong>
      <span class="ellipsis">{quote.text === "" ? t("message.quote.empty") : quote.text}</span>
    </button>
  );
}

function quoteName(sender: Face | null): string {
  if (sender === null) return t("message.quote.gone");
  return sender.id === me.value?.id ? t("chats.you") : nickOf(sender);
}

function Reactions({ of }: { of: Message }) {
  const own = me.value?.id ?? 0;
  return (
    <div class="reactions">
      {of.reactions.map((one) => {
        const names = one.people.map((id) => (id === own ? t("chats.you") : nickOf(person(id) ?? { nick: String(id) }))).join(", ");
        return (
          <button key={one.emoji} type="button" class="reaction" aria-pressed={one.people.includes(own)} title={names} onClick={() => toggle(of, one.emoji)}>
            <span>{one.emoji}</span>
            {one.people.length > 1 ? <span class="reaction-count">{one.people.length}</span> : null}
            <span class="visually-hidden">{names}</span>
          </button>
        );
      })}
    </div>
  );
}

/** What is on its way, or did not get there. */
function Waiting({ row }: { row: Row }) {
  const waiting = row.waiting;
  if (waiting === null) return null;
  const { item, state } = waiting;
  const big = item.attachments.length === 0 && item.reply === null && onlyEmoji(item.text);
  return (
    <div class={`message is-own${row.head ? " is-head" : ""}${row.foot ? " is-foot" : ""}${big ? " is-big" : ""}${state.is === "failed" ? " is-failed" : ""}`}>
      <div class="bubble" role="article" tabIndex={-1} data-focus data-testid="message-waiting" aria-label={`${t("chats.you")}, ${t(`ticks.${reachOf(state)}`)}`}>
        {item.reply ? (
          <span class="quote">
            <strong>{quoteName(item.reply.sender)}</strong>
            <span class="ellipsis">{item.reply.text}</span>
          </span>
        ) : null}
        <PendingParts item={item} state={state} />
        {item.text !== "" ? (
          <p class="message-text">
            <Spans text={item.text} />
          </p>
        ) : null}
        <span class="meta">
          <time>{clock(item.at)}</time>
          <Ticks is={reachOf(state)} />
        </span>
      </div>
      {state.is === "failed" ? (
        <div class="failed-line">
          <button type="button" class="failed" onClick={(event) => failedMenu(item, event.currentTarget)}>
            {state.words} <u>{t("message.failed.what")}</u>
          </button>
        </div>
      ) : null}
    </div>
  );
}

function failedMenu(item: SendItem, at: Element): void {
  const { key, text, reply } = item;
  const choices: Choice[] = [{ icon: "retry", words: t("message.retry"), onChoose: () => outbox.retry(key) }];
  if (reply !== null) choices.push({ icon: "send", words: t("message.retry.plain"), onChoose: () => outbox.retryWithoutQuote(key) });
  if (text !== "") choices.push({ icon: "copy", words: t("message.copy"), onChoose: () => attempt(copyText(text)) });
  choices.push({ icon: "trash", words: t("message.discard"), danger: true, onChoose: () => outbox.cancel(key) });
  openMenu(at, t("message.menu"), choices);
}

function reachOf(state: State): Reach {
  return state.is === "sent" ? "sent" : state.is === "failed" ? "failed" : "waiting";
}

/** A finger that stays: what a right click is elsewhere. */
function useLongPress(then: (at: { x: number; y: number }) => void) {
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const opened = useRef(false);
  const end = () => clearTimeout(timer.current);
  return {
    onTouchStart: (event: TouchEvent) => {
      const touch = event.touches[0];
      if (touch === undefined || event.touches.length > 1) return;
      const at = { x: touch.clientX, y: touch.clientY };
      opened.current = false;
      timer.current = setTimeout(() => {
        opened.current = true;
        then(at);
      }, 450);
    },
    onTouchMove: end,
    onTouchEnd: (event: TouchEvent) => {
      end();
      // The finger that is lifted is no click: it would hit what has opened below it, and close it again.
      if (opened.current && event.cancelable) event.preventDefault();
    },
    onTouchCancel: end,
  };
}
