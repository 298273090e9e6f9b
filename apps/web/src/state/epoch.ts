// In which life of the server's data numbers of conversations and messages count. It is another one after the server was brought back
// from a backup: then the same numbers stand for other things, and nothing that hangs on them may be gone on with.

let known: string | null = null;

/** The epoch in which everything here was told; null before any was. */
export function epoch(): string | null {
  return known;
}

/** What is taken up from an earlier visit was told in this one. */
export function restoreEpoch(kept: string | null): void {
  known = kept;
}

/** The server has said in which epoch it is. True where what is known here is of another one. */
export function meetEpoch(told: string): boolean {
  const other = known !== null && known !== told;
  known = told;
  return other;
}
