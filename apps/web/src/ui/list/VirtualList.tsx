// A long list of which only what is near the screen is drawn. It holds on to an anchor, the first row on the screen: whatever
// is loaded above it, or turns out higher than was thought, that row stays where it is.
import type { ComponentChildren, Ref } from "preact";
import { useImperativeHandle, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { Heights } from "./heights";

/** `end`: at the bottom, and staying there when something is added. */
export type Anchor = "end" | { key: string; offset: number };

export interface View {
  first: number;
  last: number;
  atEnd: boolean;
  anchor: Anchor;
}

export interface ListHandle {
  anchorAt: (anchor: Anchor) => void;
  focusRow: (key: string) => void;
}

interface Props {
  /** The first one is the head of the list. */
  keys: readonly string[];
  draw: (index: number) => ComponentChildren;
  start: Anchor;
  /** Whether the end of the list is the end of all there is: else one cannot stay at it. */
  ends: boolean;
  label: string;
  handle: Ref<ListHandle>;
  onView: (view: View) => void;
  onKeyDown?: (event: KeyboardEvent) => void;
}

/** Pixels drawn beyond the screen on either side. */
const BEYOND = 700;
/** So near to the end counts as at it. */
const NEARLY = 12;
/** So often the list is put in order again within one frame; what does not come to rest goes on in the next. */
const HURRY = 8;

export function VirtualList({ keys, draw, start, ends, label, handle, onView, onKeyDown }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const above = useRef<HTMLDivElement>(null);
  const drawn = useRef<HTMLDivElement>(null);
  const below = useRef<HTMLDivElement>(null);
  const anchor = useRef<Anchor>(start);
  const range = useRef({ first: 0, end: 0 });
  const width = useRef(0);
  // What the list measured when it was last put in order, and where it was put: a scroll that ends there is not the reader's.
  const known = useRef({ top: -1, scroll: 0, client: 0 });
  const hurried = useRef(0);
  const live = useRef({ ends, onView });
  live.current = { ends, onView };
  const [, setTurn] = useState(0);
  const redraw = () => setTurn((turn) => turn + 1);
  const heights = useMemo(() => new Heights(), []);
  useMemo(() => heights.setKeys(keys), [keys]);

  const viewport = () => box.current?.clientHeight ?? innerHeight;
  const target = () => {
    const held = anchor.current;
    const most = Math.max(0, heights.total - viewport());
    if (held === "end") return most;
    const index = heights.place(held.key);
    if (index === undefined) return box.current?.scrollTop ?? most;
    return Math.max(0, Math.min(most, (heights.offsets[index] as number) - held.offset));
  };
  const wanted = (top: number) => ({ first: heights.at(top - BEYOND), end: Math.min(keys.length, heights.at(top + viewport() + BEYOND) + 1) });
  range.current = wanted(target());

  const settle = () => {
    const element = box.current;
    if (element === null || drawn.current === null) return;
    if (element.clientWidth !== width.current) {
      width.current = element.clientWidth;
      heights.forget();
    }
    for (const row of drawn.current.children) heights.measure((row as HTMLElement).dataset["key"] ?? "", row.getBoundingClientRect().height);
    heights.settle();
    above.current?.style.setProperty("height", `${heights.offsets[range.current.first] ?? 0}px`);
    below.current?.style.setProperty("height", `${heights.total - (heights.offsets[range.current.end] ?? heights.total)}px`);
    // The end is where the browser says it is: the list has a margin there.
    const top = anchor.current === "end" ? Math.max(0, element.scrollHeight - element.clientHeight) : target();
    if (Math.abs(element.scrollTop - top) >= 1) {
      element.scrollTop = top;
      known.current.top = element.scrollTop;
    }
    // Where all fits on the screen, every place is the end.
    if (live.current.ends && element.scrollTop + element.clientHeight >= element.scrollHeight - NEARLY) anchor.current = "end";
    known.current.scroll = element.scrollHeight;
    known.current.client = element.clientHeight;
    const now = wanted(top);
    // What turned out lower than was thought leaves room that must be filled at once.
    if (now.first >= range.current.first && now.end <= range.current.end) hurried.current = 0;
    else if (hurried.current++ < HURRY) redraw();
    else requestAnimationFrame(redraw);
    tell();
  };

  const tell = () => {
    const element = box.current;
    if (element === null || keys.length === 0) return;
    const top = element.scrollTop;
    const atEnd = live.current.ends && top + element.clientHeight >= element.scrollHeight - NEARLY;
    live.current.onView({ first: heights.at(top), last: heights.at(top + element.clientHeight - 8), atEnd, anchor: anchor.current });
  };

  const scrolled = () => {
    const element = box.current;
    if (element === null || keys.length === 0) return;
    const top = element.scrollTop;
    const { top: ours, scroll, client } = known.current;
    if (Math.abs(top - ours) < 1) {
      tell();
      return;
    }
    // At the end, something grew or shrank, and the browser moved the list: nobody wanted to leave the end.
    if (anchor.current === "end" && (scroll !== element.scrollHeight || client !== element.clientHeight)) {
      settle();
      return;
    }
    known.current.top = -1;
    // The first row is the head: it stays the first whatever is loaded below it, and who held on to it would be taken along to the beginning.
    const index = Math.min(Math.max(1, heights.at(top)), keys.length - 1);
    if (live.current.ends && top + element.clientHeight >= element.scrollHeight - NEARLY) anchor.current = "end";
    else anchor.current = { key: keys[index] as string, offset: (heights.offsets[index] as number) - top };
    const near = { first: heights.at(top - BEYOND / 2), end: Math.min(keys.length, heights.at(top + element.clientHeight + BEYOND / 2) + 1) };
    if (near.first < range.current.first || near.end > range.current.end) redraw();
    else tell();
  };

  useLayoutEffect(settle);
  const latest = useRef(settle);
  latest.current = settle;
  useLayoutEffect(() => {
    const observer = new ResizeObserver(() => latest.current());
    if (box.current) observer.observe(box.current);
    if (drawn.current) observer.observe(drawn.current);
    return () => observer.disconnect();
  }, []);

  useImperativeHandle(handle, () => ({
    anchorAt: (next: Anchor) => {
      anchor.current = next;
      redraw();
    },
    focusRow: (key: string) => {
      const row = drawn.current?.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"] [data-focus]`);
      row?.focus({ preventScroll: true });
      row?.scrollIntoView({ block: "nearest" });
    },
  }));

  const rows: ComponentChildren[] = [];
  for (let index = range.current.first; index < range.current.end; index++) {
    const key = keys[index] as string;
    rows.push(
      <div key={key} class="list-row" data-key={key}>
        {draw(index)}
      </div>,
    );
  }
  return (
    <div ref={box} class="list" role="log" aria-live="off" aria-label={label} tabIndex={0} onScroll={scrolled} onKeyDown={onKeyDown} data-testid="messages">
      <div class="list-inner">
        <div ref={above} />
        <div ref={drawn}>{rows}</div>
        <div ref={below} />
      </div>
    </div>
  );
}
