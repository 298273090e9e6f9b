// The field, and what was found: people and groups by their names, messages by their words.
import { t } from "../i18n";
import { short } from "../lib/time";
import { conversation, sorted } from "../state/conversations";
import { me } from "../state/me";
import { nameOf, nickOf } from "../state/names";
import { friends, online } from "../state/people";
import { go } from "../state/route";
import type { Hit, Person } from "../wire/types";
import { openDirect } from "./actions";
import { arrows } from "./ChatsTab";
import { ConversationAvatar, PersonAvatar } from "./parts/Avatar";
import { Button, IconButton } from "./parts/Button";
import { Empty, RowSkeletons } from "./parts/Empty";
import { Icon } from "./parts/Icon";
import { endSearch, look, query, results, scope, searching, setQuery } from "./search";

export function SearchField() {
  const within = scope.value === null ? undefined : conversation(scope.value);
  return (
    <div class="search" role="search">
      <Icon name="search" size={20} />
      {within ? (
        <button type="button" class="chip" onClick={endSearch} title={t("search.everywhere")}>
          <span class="ellipsis">{nameOf(within)}</span>
          <span class="visually-hidden">{t("search.everywhere")}</span>
          <Icon name="close" size={14} />
        </button>
      ) : null}
      <input
        id="search"
        type="search"
        value={query.value}
        placeholder={t("search.placeholder")}
        aria-label={t("search.placeholder")}
        autoComplete="off"
        onInput={(event) => setQuery(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape") {
            event.stopPropagation();
            endSearch();
            event.currentTarget.blur();
          } else if (event.key === "ArrowDown") {
            event.preventDefault();
            document.querySelector<HTMLElement>(".column-body .row")?.focus();
          }
        }}
      />
      {query.value !== "" ? <IconButton icon="close" size={18} label={t("search.end")} onClick={endSearch} /> : null}
    </div>
  );
}

export function SearchResults() {
  const words = query.value.trim().toLocaleLowerCase();
  if (words === "") return <Empty icon="search" title={t("search.within")} />;
  const names = scope.value === null ? matching(words) : { chats: [], people: [] };
  const found = results.value;
  const nothing = names.chats.length + names.people.length === 0 && found !== null && found.hits.length === 0;
  return (
    <div class="results" onKeyDown={arrows}>
      {names.chats.length > 0 ? (
        <section>
          <h2 class="section-title">{t("search.chats")}</h2>
          {names.chats.map((one) => (
            <button key={one.id} type="button" class="row row-small" onClick={() => go({ name: "conversation", id: one.id })}>
              <ConversationAvatar of={one} size={36} />
              <span class="row-name">{nameOf(one)}</span>
            </button>
          ))}
        </section>
      ) : null}
      {names.people.length > 0 ? (
        <section>
          <h2 class="section-title">{t("search.people")}</h2>
          {names.people.map((one) => (
            <button key={one.id} type="button" class="row row-small" onClick={() => openDirect(one.id)}>
              <PersonAvatar person={one} size={36} online={online.value.has(one.id)} />
              <span class="row-name">{one.nick}</span>
            </button>
          ))}
        </section>
      ) : null}
      {found !== null && found.hits.length > 0 ? (
        <section aria-busy={searching.value}>
          <h2 class="section-title">{t("search.messages")}</h2>
          {found.hits.map((hit) => (
            <Found key={`${hit.message.conversation} ${hit.message.seq}`} hit={hit} />
          ))}
          {found.more ? (
            <div class="results-more">
              <Button kind="quiet" busy={searching.value} onClick={() => void look(true)}>
                {t("search.more")}
              </Button>
            </div>
          ) : null}
        </section>
      ) : null}
      {found === null && searching.value ? <RowSkeletons count={4} /> : null}
      {nothing && !searching.value ? (
        <Empty icon="search" title={t("search.nothing")}>
          {t("search.nothing.hint")}
        </Empty>
      ) : null}
    </div>
  );
}

function Found({ hit }: { hit: Hit }) {
  const { message, snippet } = hit;
  const where = conversation(message.conversation);
  // The picture is the conversation's, and the name beside it, too; who said it stands before the words.
  const who = message.sender.id === me.value?.id ? t("chats.you") : where?.kind === "group" ? nickOf(message.sender) : null;
  return (
    <button type="button" class="row" onClick={() => go({ name: "conversation", id: message.conversation, seq: message.seq })} data-testid="search-hit">
      {where ? <ConversationAvatar of={where} size={44} /> : null}
      <span class="row-words">
        <span class="row-line">
          <span class="row-name ellipsis">{where ? nameOf(where) : nickOf(message.sender)}</span>
          <time class="row-time">{short(message.at)}</time>
        </span>
        <span class="row-snippet">
          {who === null ? null : `${who}: `}
          {snippet.map((piece, index) => (piece.hit ? <mark key={index}>{piece.text}</mark> : <span key={index}>{piece.text}</span>))}
        </span>
      </span>
    </button>
  );
}

/** As it is shown, so that it is found with its @ and without. */
function handleOf(one: Person | null): string | null {
  return one?.handle ? `@${one.handle}` : null;
}

function matching(words: string) {
  const fits = (...texts: (string | null | undefined)[]) => texts.some((text) => text?.toLocaleLowerCase().includes(words));
  const chats = sorted.value.filter((one) => fits(one.name, one.other?.nick, handleOf(one.other))).slice(0, 6);
  const shown = new Set(chats.flatMap((one) => one.other?.id ?? []));
  const people = friends.value.map((one) => one.person).filter((one) => !shown.has(one.id) && fits(one.nick, handleOf(one)));
  return { chats, people: people.slice(0, 6) };
}
