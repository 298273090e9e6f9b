// What is to be forgotten when an account leaves this window, or when the numbers of conversations and messages count no more. Each part
// of the page says for itself what it remembers.

const tasks: (() => void)[] = [];
const numbered: (() => void)[] = [];

/** `how` is called at each parting: nothing of the account may be left in memory or on the screen. */
export function atParting(how: () => void): void {
  tasks.push(how);
}

/** `how` is called when the server is in another epoch, and at each parting, too: it forgets what hangs on numbers. */
export function atEpoch(how: () => void): void {
  numbered.push(how);
}

export function part(): void {
  for (const task of [...tasks, ...numbered]) task();
}

export function forgetNumbers(): void {
  for (const task of numbered) task();
}
