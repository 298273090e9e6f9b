// What is being written about: the message that is answered, or the one that is edited. One of each for the open conversation.
import { signal } from "@preact/signals";
import { atEpoch, atParting } from "../state/parting";
import type { Message } from "../wire/types";

export const answering = signal<Message | null>(null);
export const editing = signal<Message | null>(null);

/** Whether the emoji stand above the field. */
export const choosing = signal(false);

/** Takes back one step of what is begun in the open conversation; false where there is none. The composer sets it. */
let withdraw: () => boolean = () => false;

export function onWithdraw(how: () => boolean): void {
  withdraw = how;
}

export function withdrawn(): boolean {
  return withdraw();
}

export function focusComposer(): void {
  requestAnimationFrame(() => document.querySelector<HTMLTextAreaElement>("#composer")?.focus());
}

export function answer(message: Message): void {
  editing.value = null;
  answering.value = message;
  focusComposer();
}

export function beginEdit(message: Message): void {
  answering.value = null;
  editing.value = message;
  focusComposer();
}

export function endCompose(): void {
  answering.value = null;
  editing.value = null;
}

atEpoch(endCompose);
atParting(() => {
  choosing.value = false;
});
