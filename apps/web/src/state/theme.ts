// Light, dark, or as the system has it.
import { effect, signal } from "@preact/signals";
import { keep, recall } from "../lib/storage";

export type Theme = "system" | "light" | "dark";
export const theme = signal<Theme>(recall<Theme>("theme", "system"));

export function startTheme(): void {
  effect(() => {
    document.documentElement.dataset["theme"] = theme.value;
    keep("theme", theme.value);
  });
}
