// The list of conversations, with the search above it.
import { t } from "../i18n";
import { short } from "../lib/time";
import { listKnown, sorted } from "../state/conversations";
import { drafts } from "../state/drafts";
import { me } from "../state/me";
import { reachedLast } from "../state/members";
import { nameOf, nickOf } from "../state/names";
import { invitations, knowsNobody, online, person } from "../state/people";
import { lastOf } from "../state/outbox";
import { preview } from "../state/preview";
import { go, route, tab } from "../state/route";
import { typingIn } from "../state/typing";
import type { Conversation } from "../wire/types";
import { NewChat } from "./dialogs/NewChat";
import { openDialog } from "./dialogs/Dialog";
import { conversationMenu } from "./conversationMenu";
import { ConversationAvatar } from "./parts/Avatar";
import { Button, IconButton } from "./parts/Button";
import { First } from "./First";
import { Empty, RowSkeletons } from "./parts/Empty";
import { Icon } from "./parts/Icon";
import { Ticks } from "./Ticks";
import { query, scope } from "./search";
import { SearchField, SearchResults } from "./SearchResults";

export function ChatsTab() {
  const searching = query.value.trim() !== "" || scope.value !== null;
  return (
    <>
      <header class="column-head">
        <h1>{t("tab.chats")}</h1>
        <IconButton icon="compose" label={t("chats.new")} onClick={() => openDialog(<NewChat />)} testId="new-chat" />
      </header>
      <SearchField />
      <div class="column-body">{searching ? <SearchResults /> : <List />}</div>
    </>
  );
}

function List() {
  if (!listKnown.value) return <RowSkeletons />;
  const list = sorted.value;
  return (
    <>
      {invitations.value.length > 0 ? (
        <button type="button" class="notice" onClick={() => (tab.value = "contacts")}>
          <Icon name="group" size={20} />
          <span>{t("chats.invitations", { count: invitations.value.length })}</span>
          <Icon name="forward" size={18} />
        </button>
      ) : null}
      {list.length === 0 && knowsNobody() ? (
        <First />
      ) : list.length === 0 ? (
        <Empty
          icon="chats"
          title={t("chats.empty")}
          action={
            <Button kind="primary" icon="plus" onClick={() => openDialog(<NewChat />)}>
              {t("chats.new")}
            </Button>
          }
        >
          {t("chats.empty.hint")}
        </Empty>
      ) : (
        <ul class="rows" aria-label={t("tab.chats")} onKeyDown={arrows}>
          {list.map((one) => (
            <Row key={one.id} of={one} />
          ))}
        </ul>
      )}
    </>
  );
}

function Row({ of }: { of: Conversation }) {
  const here = route.value;
  const open = here.name === "conversation" && here.id === of.id;
  const other = of.other;
  const there = other !== null && online.value.has(other.id);
  const name = nameOf(of);
  const at = lastOf(of.id, of.last?.at ?? 0)?.item.at ?? of.last?.at;
  return (
    <li>
      <button
        type="button"
        class={`row${open ? " is-open" : ""}${of.unread > 0 ? " is-unread" : ""}`}
        aria-current={open ? "true" : undefined}
        onClick={() => go({ name: "conversation", id: of.id })}
        onContextMenu={(event) => {
          event.preventDefault();
          conversationMenu(of, { x: event.clientX, y: event.clientY });
        }}
        data-testid="conversation-row"
      >
        <ConversationAvatar of={of} size={48} online={there} />
        <span class="row-words">
          <span class="row-line">
            <span class="row-name">
              <span class="ellipsis">{name}</span>
            </span>
            <Status of={of} />
            {at === undefined ? null : <time class="row-time">{short(at)}</time>}
          </span>
          <span class="row-line">
            <span class="row-last ellipsis">
              <Last of={of} />
            </span>
            {of.unread > 0 ? (
              <span class="badge" aria-label={t("chats.unread", { count: of.unread })}>
                {of.unread >= 100 ? "99+" : of.unread}
              </span>
            ) : null}
          </span>
        </span>
        {there ? <span class="visually-hidden">{t("presence.online")}</span> : null}
      </button>
    </li>
  );
}

function Status({ of }: { of: Conversation }) {
  const own = me.value?.id;
  // The ticks are of the words that the row shows.
  const waits = lastOf(of.id, of.last?.at ?? 0)?.state;
  if (waits !== undefined) return <Ticks is={waits.is === "failed" ? "failed" : "waiting"} />;
  if (own === undefined || of.last === null || of.last.sender.id !== own || of.last.deleted) return null;
  return <Ticks is={reachedLast(of, own)} />;
}

function Last({ of }: { of: Conversation }) {
  const writers = typingIn(of.id);
  if (writers.length > 0) return <span class="row-typing">{of.kind === "direct" ? t("typing.short") : t("typing.one", { name: person(writers[0] ?? 0)?.nick ?? "" })}</span>;
  const draft = drafts.value[String(of.id)];
  if (draft !== undefined && !(route.value.name === "conversation" && route.value.id === of.id)) {
    return (
      <>
        <span class="row-draft">{t("chats.draft")}</span> {draft}
      </>
    );
  }
  const waits = lastOf(of.id, of.last?.at ?? 0)?.item;
  if (waits !== undefined) return <>{`${t("chats.you")}: ${waits.text || waits.attachments[0]?.name || ""}`}</>;
  if (of.last === null) return <>{t("chats.nothing")}</>;
  const own = of.last.sender.id === me.value?.id;
  const who = own ? t("chats.you") : of.kind === "group" ? nickOf(of.last.sender) : null;
  return <>{who === null ? preview(of.last) : `${who}: ${preview(of.last)}`}</>;
}

/** Arrow keys go from row to row. */
export function arrows(event: KeyboardEvent): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step === undefined || event.altKey) return;
  const rows = [...(event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>(".row")];
  const next = rows[rows.indexOf(document.activeElement as HTMLElement) + step];
  if (next === undefined) return;
  event.preventDefault();
  next.focus();
}
