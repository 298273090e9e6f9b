// Short words at the edge of the screen: what went wrong, or what was done where it cannot be seen.
import { signal } from "@preact/signals";
import { t } from "../i18n";
import { codeOf, Refused } from "../wire/fault";
import type { Key } from "../i18n/en";
import { atParting } from "./parting";

export interface Toast {
  id: number;
  kind: "error" | "done";
  text: string;
}

export const toasts = signal<Toast[]>([]);
let next = 1;

export function say(text: string, kind: Toast["kind"] = "done"): void {
  const id = next++;
  toasts.value = [...toasts.value.slice(-2), { id, kind, text }];
  setTimeout(() => dismiss(id), kind === "error" ? 7_000 : 3_500);
}

atParting(() => {
  toasts.value = [];
});

export function dismiss(id: number): void {
  toasts.value = toasts.value.filter((toast) => toast.id !== id);
}

const FIELD_OF: Record<string, string> = { wrong_password: "password", unknown_account: "who", handle_taken: "handle", nick_taken: "nick", email_taken: "email" };

/** The field of a form that a refusal is about; empty where it is about none. */
export function fieldOf(cause: unknown): string {
  return (cause instanceof Refused ? cause.field : undefined) ?? FIELD_OF[codeOf(cause)] ?? "";
}

/** The refusal in human words, with the log entry that an operator can look up. */
export function words(cause: unknown): string {
  const code = codeOf(cause);
  if (cause instanceof Refused) {
    const field = cause.field === undefined ? "" : (`error.${code}.${cause.field}` as const);
    if (field !== "" && t.has(field)) return t(field as Key);
    if (code === "too_often" && cause.seconds !== undefined) return tooOften(cause.seconds);
    const known = `error.${code}`;
    const text = t.has(known) ? t(known as Key) : t("error.unexpected");
    return cause.incident === undefined ? text : `${text} ${t("error.incident", { incident: cause.incident })}`;
  }
  return t(code === "disconnected" ? "error.disconnected" : "error.unexpected");
}

/** Short waits in seconds, long ones in minutes. */
function tooOften(seconds: number): string {
  const whole = Math.max(1, Math.ceil(seconds));
  return whole < 90 ? t("error.too_often.seconds", { count: whole }) : t("error.too_often.minutes", { count: Math.ceil(whole / 60) });
}

export function complain(cause: unknown): void {
  if (codeOf(cause) === "unexpected") console.error(cause);
  say(words(cause), "error");
}
