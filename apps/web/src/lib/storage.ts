// Small things kept by the browser across visits. A browser that keeps nothing (private windows, full disks) is no error.

export function recall<Value>(name: string, otherwise: Value): Value {
  try {
    const kept = localStorage.getItem(`koine.${name}`);
    return kept === null ? otherwise : (JSON.parse(kept) as Value);
  } catch {
    return otherwise;
  }
}

export function keep(name: string, value: unknown): void {
  try {
    if (value === null || value === undefined) localStorage.removeItem(`koine.${name}`);
    else localStorage.setItem(`koine.${name}`, JSON.stringify(value));
  } catch {
    // Nothing depends on it within this visit.
  }
}

/** Has `write` keep what it was going to keep soon, where the page is left before. */
export function beforeLeaving(write: () => void): void {
  if (typeof addEventListener === "function") addEventListener("pagehide", write);
}

/** Forgets everything that belongs to an account; language and theme stay. */
export function forgetAccount(): void {
  for (const name of ["token", "account", "drafts", "places"]) keep(name, null);
}
