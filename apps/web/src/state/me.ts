// Oneself, once signed in.
import { signal } from "@preact/signals";
import type { Me } from "../wire/types";

export const me = signal<Me | null>(null);
