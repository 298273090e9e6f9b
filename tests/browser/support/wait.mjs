// Waiting with a limit, and words for what did not come.

/** How long anything may take on the slowest machine, in milliseconds. */
export const PATIENCE = Number(process.env["PATIENCE"] ?? 20_000);

/**
 * Asks `probe` until it answers with something true, and gives that back.
 * @template Value
 * @param {string} what in words, for the error
 * @param {() => Value | Promise<Value>} probe
 * @param {number} [within] milliseconds
 * @returns {Promise<Value>}
 */
export async function until(what, probe, within = PATIENCE) {
  const end = Date.now() + within;
  for (;;) {
    const found = await probe();
    if (found) return found;
    if (Date.now() > end) throw new Error(`not within ${within} ms: ${what}`);
    await pause(25);
  }
}

/** @param {number} milliseconds */
export function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/**
 * @template Value
 * @param {string} what
 * @param {Promise<Value>} task
 * @param {number} [within] milliseconds
 * @returns {Promise<Value>}
 */
export function limited(what, task, within = PATIENCE) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${within} ms: ${what}`)), within);
  });
  return Promise.race([task, late]).finally(() => clearTimeout(timer));
}
