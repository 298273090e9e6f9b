// The messages of one conversation: which stretch of the log is shown, where it begins, what is fetched, and how far one has read.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { t } from "../i18n";
import { conversation, conversations, markRead } from "../state/conversations";
import { happeningsIn } from "../state/happenings";
import { Log } from "../state/log";
import { ensureLog, freshen, loadAfter, loadAround, loadBefore, loadTail, reading, versionOf } from "../state/logs";
import { me } from "../state/me";
import { live } from "../state/net";
import { outbox, sendsIn } from "../state/outbox";
import { type Place, placeOf, setPlace } from "../state/places";
import { route } from "../state/route";
import { complain } from "../state/toasts";
import { codeOf } from "../wire/fault";
import type { ConversationId, Seq } from "../wire/types";
import { Beginning } from "./Beginning";
import { endCompose } from "./compose";
import { type Anchor, type ListHandle, type View, VirtualList } from "./list/VirtualList";
import { type Row, rowsOf } from "./list/rows";
import { messageMenu } from "./messageMenu";
import { MessageRow } from "./MessageRow";
import { Icon } from "./parts/Icon";
import { BubbleSkeletons } from "./parts/Empty";

/** Pages are fetched when so few rows are left. */
const NEAR = 25;

type Start = Place | "unread" | "end";

export function MessageList({ id }: { id: ConversationId }) {
  const summary = conversations.value.get(id);
  const version = versionOf(id).value;
  const own = me.value?.id ?? 0;
  const log = summary === undefined ? undefined : ensureLog(id, summary.last_seq);
  const handle = useRef<ListHandle>(null);
  const view = useRef<View | null>(null);
  const anchor = useRef<Anchor | null>(null);
  const start = useRef<Start>("end");
  const readBefore = useRef<Seq | null>(null);
  // Which stretch of the log is shown: the one with this message in it, or the end. No state, since scrolling changes it all the time.
  const focused = useRef<Seq | null>(null);
  // Where the log begins anew (first here, or because too much was missed while there was no connection), so does what is shown of it:
  // no row of before need be there again, and the place is found by its message.
  const shown = useRef<Log | null>(null);
  const turns = useRef(0);
  if (log !== undefined && shown.current !== log) {
    start.current = beginning(id, shown.current === null);
    readBefore.current = unreadAfter(id);
    focused.current = focusOf(start.current, id);
    anchor.current = view.current = null;
    shown.current = log;
    turns.current++;
  }
  const focus = focused.current;
  const [, setTurn] = useState(0);
  const setFocus = (seq: Seq | null) => {
    focused.current = seq;
    // What was on the screen until now must not be taken for the place that is wanted.
    view.current = null;
    setTurn((turn) => turn + 1);
  };
  const [flash, setFlash] = useState<Seq | null>(null);
  const [away, setAway] = useState(false);

  const run = log === undefined ? undefined : focus === null ? log.tail() : log.holding(focus);
  const ends = run !== undefined && run === log?.tail();
  const sends = sendsIn(id);
  const happened = happeningsIn(id);
  const rows = useMemo(() => rowsOf(run, ends || run === undefined ? sends : [], own, readBefore.current, (seq) => outbox.keys.get(`${id} ${seq}`), happened), [run, run?.messages.length, version, sends.length, sends.map((one) => (one.state.is === "uploading" ? one.state.sent : one.state.is)).join(), own, readBefore.current, ends, happened]);
  const keys = useMemo(() => ["head", ...rows.map((row) => row.key)], [rows]);

  // What is to be shown is fetched; a place that is not there any more gives way to the end.
  useEffect(() => {
    if (!live.value || log === undefined || run !== undefined) return;
    const end = () => {
      start.current = "end";
      setFocus(null);
    };
    const task = focus === null ? loadTail(id, log) : loadAround(id, log, focus);
    task.then(
      // Beyond the end there is nothing to stand at.
      () => focus !== null && shown.current === log && focused.current === focus && log.holding(focus) === undefined && end(),
      (cause: unknown) => {
        if (codeOf(cause) === "disconnected") return;
        if (focus !== null) end();
        else complain(cause);
      },
    );
  }, [id, log, run === undefined, focus, live.value]);

  useEffect(() => {
    if (live.value && log !== undefined) freshen(id, log).catch(quiet);
  }, [id, log, live.value]);

  // Where to begin is known only when the messages are.
  if (anchor.current === null && run !== undefined) anchor.current = anchorFor(start.current, rows);

  // An address with a message in it leads there, also when it is the same once more.
  const here = route.value;
  const wish = here.name === "conversation" && here.id === id ? here.seq : undefined;
  useEffect(() => {
    if (wish === undefined) return;
    jump(wish);
  }, [here]);

  const jump = (seq: Seq) => {
    setFlash(null);
    requestAnimationFrame(() => setFlash(seq));
    start.current = { seq, offset: Math.round(innerHeight / 3) };
    setFocus(seq);
    if (log?.holding(seq)) requestAnimationFrame(() => handle.current?.anchorAt(nearest(seq, Math.round(innerHeight / 3))));
    else anchor.current = null;
  };
  const nearest = (seq: Seq, offset: number): Anchor => {
    const row = rowsNow.current.find((one) => one.seq >= seq);
    return row ? { key: row.key, offset } : "end";
  };
  const rowsNow = useRef(rows);
  rowsNow.current = rows;

  const toEnd = () => {
    start.current = "end";
    setFocus(null);
    // At once, so that the rows of the end are never put in order around a place of another stretch.
    if (log?.tail()) handle.current?.anchorAt("end");
    else anchor.current = null;
  };

  // One's own new message is looked at.
  const count = useRef(sends.length);
  useEffect(() => {
    if (sends.length > count.current) {
      readBefore.current = null;
      toEnd();
    }
    count.current = sends.length;
  }, [sends.length]);

  const seen = () => {
    const now = view.current;
    if (now === null || !live.peek() || document.visibilityState !== "visible" || !document.hasFocus()) return;
    const last = rowsNow.current[now.last - 1]?.seq ?? 0;
    const end = conversation(id)?.last_seq ?? 0;
    if (now.atEnd) markRead(id, end);
    else if (last > 0) markRead(id, last);
  };
  useEffect(() => {
    addEventListener("focus", seen);
    return () => removeEventListener("focus", seen);
  }, []);

  const onView = (now: View) => {
    // What waits to be sent, alone: where one is will be known when the log is.
    if (run === undefined) return;
    view.current = now;
    setAway(!now.atEnd);
    seen();
    focused.current = remember(id, now, rowsNow.current) ?? focused.current;
    if (now.anchor === "end") focused.current = null;
    if (log === undefined || !live.peek()) return;
    if (now.first < NEAR && !Log.begins(run)) loadBefore(id, log, run).catch(quiet);
    if (now.last > keys.length - NEAR && !ends) loadAfter(id, log, run).catch(quiet);
  };
  // What could not be fetched while the server was away is asked for again.
  useEffect(() => {
    if (live.value && view.current) onView(view.current);
  }, [live.value, version]);
  useEffect(() => endCompose, [id]);
  useEffect(() => reading(id, () => focused.current), [id]);

  if (run === undefined && sends.length === 0) return <BubbleSkeletons />;
  const draw = (index: number) => {
    if (index === 0) return summary === undefined ? null : run !== undefined && Log.begins(run) ? <Beginning of={summary} empty={rows.length === 0} /> : <BubbleSkeletons />;
    const row = rows[index - 1] as Row;
    return <MessageRow row={row} group={summary?.kind === "group"} flash={flash !== null && row.seq === flash} />;
  };
  return (
    <div class="messages">
      <VirtualList
        key={anchor.current === null ? "waiting" : `shown ${turns.current}`}
        keys={keys}
        draw={draw}
        start={anchor.current ?? "end"}
        ends={ends}
        label={t("messages.label")}
        handle={handle}
        onView={onView}
        onKeyDown={(event) => walk(event, rows, handle.current)}
      />
      {away || !ends ? (
        <button type="button" class="to-end" onClick={toEnd} aria-label={summary && summary.unread > 0 ? t("messages.new", { count: summary.unread }) : t("messages.end")} data-testid="to-end">
          <Icon name="down" />
          {summary && summary.unread > 0 ? <span class="badge">{summary.unread >= 100 ? "99+" : summary.unread}</span> : null}
        </button>
      ) : null}
    </div>
  );
}

/** `opened`: just now; later, where one has come since counts more than the address. */
function beginning(id: ConversationId, opened: boolean): Start {
  const here = route.peek();
  if (opened && here.name === "conversation" && here.id === id && here.seq) return { seq: here.seq, offset: Math.round(innerHeight / 3) };
  const place = placeOf(id);
  if (place) return place;
  return (conversation(id)?.unread ?? 0) > 0 ? "unread" : "end";
}

/** Where the line above what is new is drawn; null where nothing is. */
function unreadAfter(id: ConversationId): Seq | null {
  const one = conversation(id);
  return one !== undefined && one.unread > 0 ? one.read : null;
}

function focusOf(start: Start, id: ConversationId): Seq | null {
  if (typeof start === "object") return start.seq;
  if (start === "end") return null;
  const one = conversation(id);
  // A page from the end reaches a few new messages; many are begun at where one stopped.
  return one === undefined || one.unread < 40 ? null : Math.max(1, one.read);
}

function anchorFor(start: Start, rows: Row[]): Anchor {
  if (start === "end") return "end";
  if (start === "unread") {
    const first = rows.find((row) => row.divider);
    return first ? { key: first.key, offset: 72 } : "end";
  }
  const row = rows.find((one) => one.seq >= start.seq);
  return row ? { key: row.key, offset: start.offset } : "end";
}

/** The place is kept for the next time; its message says which stretch of the log is shown. */
function remember(id: ConversationId, now: View, rows: Row[]): Seq | undefined {
  if (now.anchor === "end") {
    setPlace(id, null);
    return undefined;
  }
  const row = rows[Math.max(1, now.first) - 1];
  if (row === undefined || row.seq === 0) return undefined;
  setPlace(id, { seq: row.seq, offset: Math.round(now.anchor.key === row.key ? now.anchor.offset : 0) });
  return row.seq;
}

function quiet(cause: unknown): void {
  if (codeOf(cause) !== "disconnected") complain(cause);
}

/** Arrow keys go from message to message, Enter opens what can be done with one. */
function walk(event: KeyboardEvent, rows: Row[], list: ListHandle | null): void {
  const target = event.target as HTMLElement;
  const key = target.closest<HTMLElement>("[data-key]")?.dataset["key"];
  const here = rows.findIndex((row) => row.key === key);
  if (event.key === "ArrowUp" || event.key === "ArrowDown") {
    if (event.altKey) return;
    const next = here < 0 ? rows.at(-1) : rows[here + (event.key === "ArrowUp" ? -1 : 1)];
    if (next === undefined) return;
    event.preventDefault();
    list?.focusRow(next.key);
  } else if ((event.key === "Enter" || event.key === "ContextMenu") && target.dataset["focus"] !== undefined) {
    const row = rows[here];
    if (row?.message) {
      event.preventDefault();
      messageMenu(row.message, target);
    }
  }
}
