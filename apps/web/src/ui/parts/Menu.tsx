// A menu at a point: with arrow keys, closed by Escape or a click elsewhere. On a narrow screen it rises from below.
import { signal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { ComponentChildren } from "preact";
import { atEpoch } from "../../state/parting";
import { Icon, type IconName } from "./Icon";

export interface Choice {
  icon: IconName;
  words: string;
  onChoose: () => void;
  danger?: boolean;
}

interface Open {
  at: { x: number; y: number };
  label: string;
  choices: Choice[];
  head?: ComponentChildren;
  /** What it is about is not there any more. Reads signals: then the menu closes. */
  gone?: () => boolean;
}

const menu = signal<Open | null>(null);

export function openMenu(at: { x: number; y: number } | Element, label: string, choices: Choice[], head?: ComponentChildren, gone?: () => boolean): void {
  const point = at instanceof Element ? { x: at.getBoundingClientRect().left, y: at.getBoundingClientRect().bottom + 4 } : at;
  menu.value = { at: point, label, choices, head, ...(gone ? { gone } : {}) };
}

export function closeMenu(): void {
  menu.value = null;
}

atEpoch(closeMenu);

export function menuOpen(): boolean {
  return menu.value !== null;
}

export function Menus() {
  const open = menu.value;
  return open === null ? null : <Menu key={`${open.at.x} ${open.at.y}`} {...open} />;
}

function Menu({ at, label, choices, head, gone }: Open) {
  const idle = gone?.() ?? false;
  useEffect(() => {
    if (idle) closeMenu();
  }, [idle]);
  const ref = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const box = ref.current;
    if (box === null) return;
    // As it is laid out: it still grows to that.
    const { offsetWidth: width, offsetHeight: height } = box;
    box.style.setProperty("--x", `${Math.max(8, Math.min(at.x, innerWidth - width - 8))}px`);
    box.style.setProperty("--y", `${Math.max(8, at.y + height + 8 > innerHeight ? at.y - height - 8 : at.y)}px`);
  }, [at]);
  useEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    items(ref.current)[0]?.focus({ preventScroll: true });
    return () => {
      if (before?.isConnected && (document.activeElement === null || document.activeElement === document.body)) before.focus({ preventScroll: true });
    };
  }, []);
  return (
    <div class="menu-field" onMouseDown={(event) => event.target === event.currentTarget && closeMenu()} onContextMenu={(event) => event.preventDefault()}>
      <div ref={ref} class="menu" role="menu" aria-label={label} onKeyDown={(event) => move(event, ref.current)}>
        {head}
        {choices.map((choice) => (
          <button
            key={choice.words}
            type="button"
            role="menuitem"
            class={choice.danger ? "is-danger" : ""}
            onClick={() => {
              closeMenu();
              choice.onChoose();
            }}
          >
            <Icon name={choice.icon} size={20} />
            <span>{choice.words}</span>
          </button>
        ))}
      </div>
    </div>
  );
}

function items(box: HTMLElement | null): HTMLElement[] {
  return [...(box?.querySelectorAll<HTMLElement>("button") ?? [])];
}

function move(event: KeyboardEvent, box: HTMLElement | null): void {
  const all = items(box);
  const here = all.indexOf(document.activeElement as HTMLElement);
  const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
  if (step !== undefined) all[(here + step + all.length) % all.length]?.focus();
  else if (event.key === "Home") all[0]?.focus();
  else if (event.key === "End") all.at(-1)?.focus();
  else if (event.key === "Escape" || event.key === "Tab") closeMenu();
  else return;
  event.preventDefault();
  event.stopPropagation();
}
