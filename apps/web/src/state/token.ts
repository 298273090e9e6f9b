// The token of this device. It is in localStorage: a page of the same origin alone can read it, and the Content-Security-Policy
// lets no foreign script run here. It can be ended from any other device.
import { signal } from "@preact/signals";
import { keep, recall } from "../lib/storage";

export const token = signal<string | null>(recall<string | null>("token", null));

export function setToken(next: string | null): void {
  token.value = next;
  keep("token", next);
}
