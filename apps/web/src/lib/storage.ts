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

/** What is kept under a name that begins with `prefix`; a value that is none is left out. */
export function recallAll<Value>(prefix: string): Value[] {
  try {
    const names = Array.from({ length: localStorage.length }, (_, index) => localStorage.key(index) ?? "");
    return names.filter((name) => name.startsWith(`koine.${prefix}`)).flatMap((name) => recall<Value | null>(name.slice("koine.".length), null) ?? []);
  } catch {
    return [];
  }
}

/** Asks whoever closes or reloads the page before `task` is through whether they mean it. */
export async function holding<Value>(task: Promise<Value>): Promise<Value> {
  if (typeof addEventListener !== "function") return task;
  const ask = (event: BeforeUnloadEvent) => {
    event.preventDefault();
    // What browsers before 2023 go by.
    event.returnValue = true;
  };
  addEventListener("beforeunload", ask);
  return task.finally(() => removeEventListener("beforeunload", ask));
}

/** Has `write` keep what it was going to keep soon, where the page is left before. */
export function beforeLeaving(write: () => void): void {
  if (typeof addEventListener === "function") addEventListener("pagehide", write);
}

/** Forgets everything that belongs to an account; language and theme stay. */
export function forgetAccount(): void {
  for (const name of ["token", "account", "drafts", "places"]) keep(name, null);
}
