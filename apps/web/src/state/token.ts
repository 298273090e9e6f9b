// The token of this device. It is in localStorage: a page of the same origin alone can read it, and the Content-Security-Policy
// lets no foreign script run here. It can be ended from any other device.
import { signal } from "@preact/signals";
import { keep, recall } from "../lib/storage";

export const token = signal<string | null>(keptToken());

/** False where the browser keeps nothing at all: then there is nothing of other windows, either. */
let keeps = true;

export function setToken(next: string | null): void {
  token.value = next;
  keep("token", next);
  keeps = keptToken() === next;
}

/** What the browser keeps: another window may have signed out meanwhile, or in as somebody else. */
export function keptToken(): string | null {
  return recall<string | null>("token", null);
}

/** Whether what the browser keeps of an account is still the account of this window. */
export function ours(): boolean {
  return !keeps || token.peek() === keptToken();
}
