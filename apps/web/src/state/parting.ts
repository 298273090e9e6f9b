// What is to be forgotten when an account leaves this window. Each part of the page says for itself what it remembers.

const tasks: (() => void)[] = [];

/** `how` is called at each parting: nothing of the account may be left in memory or on the screen. */
export function atParting(how: () => void): void {
  tasks.push(how);
}

export function part(): void {
  for (const task of tasks) task();
}
