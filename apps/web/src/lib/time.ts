// Moments as people say them, in the page's language.
import { language, t } from "../i18n";
import type { Moment } from "../wire/types";

const FORMATS = new Map<string, Intl.DateTimeFormat>();

function format(name: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${language.value} ${name}`;
  let made = FORMATS.get(key);
  if (made === undefined) FORMATS.set(key, (made = new Intl.DateTimeFormat(locale(), options)));
  return made;
}

/** The language with the region of the browser, which decides between 9:30 PM and 21:30. */
function locale(): string {
  return navigator.languages.find((one) => one.toLowerCase().startsWith(language.value)) ?? language.value;
}

export function clock(at: Moment): string {
  return format("clock", { timeStyle: "short" }).format(at);
}

export function full(at: Moment): string {
  return format("full", { dateStyle: "long", timeStyle: "short" }).format(at);
}

/** The day by itself, to tell days apart. */
export function dayOf(at: Moment): number {
  const date = new Date(at);
  return date.getFullYear() * 10_000 + date.getMonth() * 100 + date.getDate();
}

let from = 0;
let until = 0;

/** Dates cost more than the rest of a row; most messages are of the day that was asked about last. */
export function sameDay(one: Moment, other: Moment): boolean {
  if (one < from || one >= until) {
    const midnight = new Date(one);
    from = midnight.setHours(0, 0, 0, 0);
    until = midnight.setDate(midnight.getDate() + 1);
  }
  return other >= from && other < until;
}

export function day(at: Moment, now: Moment = Date.now()): string {
  if (dayOf(at) === dayOf(now)) return t("time.today");
  if (dayOf(at) === dayOf(now - 86_400_000)) return t("time.yesterday");
  if (now - at < 6 * 86_400_000) return capital(format("weekday", { weekday: "long" }).format(at));
  return new Date(at).getFullYear() === new Date(now).getFullYear()
    ? format("day", { day: "numeric", month: "long" }).format(at)
    : format("year", { day: "numeric", month: "long", year: "numeric" }).format(at);
}

/** For a list: the clock today, the weekday this week, else the date. */
export function short(at: Moment, now: Moment = Date.now()): string {
  if (dayOf(at) === dayOf(now)) return clock(at);
  if (dayOf(at) === dayOf(now - 86_400_000)) return t("time.yesterday");
  if (now - at < 6 * 86_400_000) return format("short weekday", { weekday: "short" }).format(at);
  return format("short", { day: "2-digit", month: "2-digit", year: "2-digit" }).format(at);
}

export function size(bytes: number): string {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte"] as const;
  let step = 0;
  let value = bytes;
  while (value >= 1000 && step < units.length - 1) {
    value /= 1000;
    step++;
  }
  return new Intl.NumberFormat(language.value, { style: "unit", unit: units[step] ?? "byte", unitDisplay: "short", maximumFractionDigits: value < 10 && step > 0 ? 1 : 0 }).format(value);
}

function capital(text: string): string {
  return text.charAt(0).toLocaleUpperCase() + text.slice(1);
}
