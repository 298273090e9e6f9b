// How long to wait before the next attempt: doubling, with jitter, so that a thousand clients do not return at once.

const FIRST = 500;
const LONGEST = 30_000;

/** Milliseconds before attempt number `attempt` (0 is the first). `random` gives numbers in [0, 1). */
export function backoff(attempt: number, random: () => number = Math.random): number {
  const whole = Math.min(LONGEST, FIRST * 2 ** Math.min(attempt, 16));
  return Math.round(whole / 2 + (whole / 2) * random());
}
