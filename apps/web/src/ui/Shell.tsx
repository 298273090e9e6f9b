// The frame of the page: the rail, the column (chats, contacts, settings), the conversation, and the word that there is no connection.
import { useEffect, useState } from "preact/hooks";
import { t } from "../i18n";
import { connection, everLive, live } from "../state/net";
import { unreadTotal } from "../state/conversations";
import { pending } from "../state/people";
import { waiting } from "../state/outbox";
import { restored } from "../state/snapshot";
import { go, route, type Tab, tab } from "../state/route";
import { ChatsTab } from "./ChatsTab";
import { ContactsTab } from "./ContactsTab";
import { ConversationPane } from "./ConversationPane";
import { NewChat } from "./dialogs/NewChat";
import { openDialog } from "./dialogs/Dialog";
import { Button } from "./parts/Button";
import { Icon, type IconName, Mark } from "./parts/Icon";
import { SettingsTab } from "./settings/SettingsTab";

export function Shell() {
  const here = route.value;
  return (
    <div class={`shell ${here.name === "conversation" ? "shows-conversation" : "shows-column"}`}>
      <Rail />
      <section class="column" aria-label={t(`tab.${tab.value}`)}>
        <Banner />
        {tab.value === "chats" ? <ChatsTab /> : tab.value === "contacts" ? <ContactsTab /> : <SettingsTab />}
      </section>
      <main class="main">
        <Banner />
        {here.name === "conversation" ? <ConversationPane key={here.id} id={here.id} seq={here.seq} info={here.info ?? false} /> : <Nothing />}
      </main>
    </div>
  );
}

function Rail() {
  return (
    <nav class="rail" aria-label={t("tab.label")}>
      <span class="rail-mark">
        <Mark size={36} />
      </span>
      <TabButton name="chats" icon="chats" count={unreadTotal.value} />
      <TabButton name="contacts" icon="contacts" count={pending.value} />
      <TabButton name="settings" icon="settings" count={0} />
    </nav>
  );
}

function TabButton({ name, icon, count }: { name: Tab; icon: IconName; count: number }) {
  const words = t(`tab.${name}`);
  return (
    <button type="button" class="tab" aria-current={tab.value === name ? "page" : undefined} onClick={() => choose(name)} data-testid={`tab-${name}`}>
      <span class="tab-icon">
        <Icon name={icon} size={24} />
        {count > 0 ? (
          <span class="badge" aria-hidden="true">
            {count > 99 ? "99+" : count}
          </span>
        ) : null}
      </span>
      <span class="tab-words">{words}</span>
      {count > 0 ? <span class="visually-hidden">{`, ${t("tab.new", { count })}`}</span> : null}
    </button>
  );
}

/** Beside a conversation, only the column changes. */
function choose(name: Tab): void {
  if (route.peek().name === "conversation" && matchMedia("(min-width: 800px)").matches) tab.value = name;
  else go({ name });
}

function Nothing() {
  return (
    <div class="nothing">
      <Mark size={72} />
      <p>{t("main.nothing")}</p>
      <Button icon="compose" onClick={() => openDialog(<NewChat />)}>
        {t("chats.new")}
      </Button>
    </div>
  );
}

/** Said only after a moment: most breaks are over before anybody need know. */
function Banner() {
  const down = !live.value;
  const [late, setLate] = useState(false);
  useEffect(() => {
    if (!down) {
      setLate(false);
      return;
    }
    const timer = setTimeout(() => setLate(true), everLive.peek() || restored.peek() ? 900 : 2_500);
    return () => clearTimeout(timer);
  }, [down]);
  if (!down || !late) return null;
  const count = waiting.value;
  const trying = connection.status.value !== "waiting";
  return (
    <div class="banner" role="status" data-testid="offline">
      <Icon name="offline" size={20} />
      <span>
        {count > 0 ? t("banner.waiting", { count }) : t("banner.offline")} {trying ? t("banner.trying") : ""}
      </span>
      {trying ? null : (
        <button type="button" class="link" onClick={() => connection.nudge()}>
          {t("banner.now")}
        </button>
      )}
    </div>
  );
}
