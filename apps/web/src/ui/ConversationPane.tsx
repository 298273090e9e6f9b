// A conversation: with whom, what was said, and where one writes; files are dropped anywhere on it.
import { useEffect, useState } from "preact/hooks";
import { t } from "../i18n";
import { conversations, listWhole, refresh } from "../state/conversations";
import { me } from "../state/me";
import { members } from "../state/members";
import { nameOf } from "../state/names";
import { live } from "../state/net";
import { isBlocked, isContact, online, person } from "../state/people";
import { back, go } from "../state/route";
import { typingIn } from "../state/typing";
import type { Conversation, ConversationId, Seq } from "../wire/types";
import { attempt, setBlocked } from "./actions";
import { Composer, fitting } from "./Composer";
import { focusComposer } from "./compose";
import { conversationMenu } from "./conversationMenu";
import { Info } from "./info/Info";
import { MessageList } from "./MessageList";
import { ConversationAvatar } from "./parts/Avatar";
import { Button, IconButton } from "./parts/Button";
import { BubbleSkeletons, Empty } from "./parts/Empty";
import { Icon } from "./parts/Icon";
import { focusSearch } from "./search";

/** Milliseconds between two questions who of the strangers in a conversation is there. */
const ASK_AGAIN = 45_000;

interface Props {
  id: ConversationId;
  seq?: Seq | undefined;
  info: boolean;
}

export function ConversationPane({ id, info }: Props) {
  const of = conversations.value.get(id);
  const [files, setFiles] = useState<File[]>([]);
  const [over, setOver] = useState(false);
  // The members, and how far they have read.
  useEffect(() => {
    if (live.value && (!members.peek().has(id) || of === undefined)) refresh(id).catch(() => undefined);
  }, [id, live.value, of === undefined]);
  // The server tells who comes and goes of contacts alone; of the others it tells when asked.
  useEffect(() => {
    const timer = setInterval(() => {
      if (!live.peek() || document.visibilityState !== "visible") return;
      if ((members.peek().get(id) ?? []).some((one) => !isContact(one.person.id) && one.person.id !== me.peek()?.id)) refresh(id).catch(() => undefined);
    }, ASK_AGAIN);
    return () => clearInterval(timer);
  }, [id]);

  if (of === undefined) {
    return listWhole.value ? (
      <Empty icon="chats" title={t("conversation.unknown")} action={<Button onClick={() => go({ name: "chats" })}>{t("conversation.back")}</Button>} />
    ) : (
      <div class="conversation">
        <header class="pane-head">
          <IconButton class="only-narrow" icon="back" label={t("action.back")} onClick={() => go({ name: "chats" })} />
        </header>
        <BubbleSkeletons />
      </div>
    );
  }
  return (
    <div class={`pane${info ? " has-info" : ""}`}>
      <div
        class={`conversation${over ? " is-over" : ""}`}
        onDragOver={(event) => {
          if (!event.dataTransfer?.types.includes("Files")) return;
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={(event) => !event.currentTarget.contains(event.relatedTarget as Node | null) && setOver(false)}
        onDrop={(event) => {
          event.preventDefault();
          setOver(false);
          setFiles([...files, ...fitting(event.dataTransfer?.files ?? [])]);
          focusComposer();
        }}
      >
        <Head of={of} info={info} />
        <MessageList id={id} />
        <Foot of={of} files={files} setFiles={setFiles} />
        {over ? (
          <div class="drop" aria-hidden="true">
            <Icon name="attach" size={32} />
            <span>{t("composer.drop")}</span>
          </div>
        ) : null}
      </div>
      {info ? <Info of={of} /> : null}
    </div>
  );
}

function Head({ of, info }: { of: Conversation; info: boolean }) {
  const there = of.other !== null && online.value.has(of.other.id);
  const name = nameOf(of);
  const toggle = () => (info ? go({ name: "conversation", id: of.id }) : go({ name: "conversation", id: of.id, info: true }));
  return (
    <header class="pane-head">
      <IconButton class="only-narrow" icon="back" label={t("action.back")} onClick={() => back({ name: "chats" })} />
      <button type="button" class="pane-who" onClick={toggle} aria-expanded={info} title={t("menu.info")}>
        <ConversationAvatar of={of} size={36} online={there} />
        <span class="pane-words">
          <h1 class="ellipsis">{name}</h1>
          <Under of={of} there={there} />
        </span>
      </button>
      <IconButton icon="search" label={t("menu.search")} onClick={() => focusSearch(of.id)} />
      <IconButton icon="more" label={t("menu.label")} onClick={(event) => conversationMenu(of, event.currentTarget as Element)} testId="conversation-menu" />
    </header>
  );
}

function Under({ of, there }: { of: Conversation; there: boolean }) {
  const writers = typingIn(of.id);
  const name = person(writers[0] ?? 0)?.nick ?? "";
  if (writers.length > 0) {
    const words = of.kind === "direct" ? t("typing.short") : writers.length === 1 ? t("typing.one", { name }) : t("typing.many", { count: writers.length });
    return (
      <p class="pane-under is-typing" role="status">
        {words}
        <span class="dots" aria-hidden="true">
          <i />
          <i />
          <i />
        </span>
      </p>
    );
  }
  if (of.kind === "group") {
    const count = (members.value.get(of.id) ?? []).filter((one) => online.value.has(one.person.id)).length;
    return (
      <p class="pane-under">
        {t("group.members", { count: of.members })}
        {count > 1 ? ` · ${t("group.online", { count })}` : ""}
      </p>
    );
  }
  if (of.other?.deleted) return <p class="pane-under">{t("person.deleted")}</p>;
  const status = person(of.other?.id ?? 0)?.status ?? of.other?.status;
  return <p class="pane-under ellipsis">{[there ? t("presence.online") : t("presence.offline"), status].filter(Boolean).join(" · ")}</p>;
}

/** Where writing is no use, it says why. */
function Foot({ of, files, setFiles }: { of: Conversation; files: File[]; setFiles: (files: File[]) => void }) {
  const other = of.other;
  if (other?.deleted) return <p class="foot-note">{t("person.deleted")}</p>;
  if (other && isBlocked(other.id)) {
    return (
      <div class="foot-note">
        <span>{t("conversation.blocked", { name: other.nick })}</span>
        <Button onClick={() => attempt(setBlocked(other, false))}>{t("menu.unblock")}</Button>
      </div>
    );
  }
  return <Composer id={of.id} files={files} setFiles={setFiles} />;
}
