// How high each row is, or probably is, and so where each row begins. Pure numbers.

/** So many heights of rows that are not there any more are remembered, for when they come back. */
const GONE = 2_000;

export class Heights {
  /** `offsets[i]` is where row `i` begins; the last one is the height of all. */
  offsets: Float64Array = new Float64Array(1);
  keys: readonly string[] = [];

  #measured = new Map<string, number>();
  #places = new Map<string, number>();
  #sum = 0;
  #stale = true;

  constructor(private readonly guess = 64) {}

  get total(): number {
    return this.offsets[this.keys.length] ?? 0;
  }

  setKeys(keys: readonly string[]): void {
    this.keys = keys;
    this.#places = new Map(keys.map((key, index) => [key, index]));
    if (this.#measured.size > 2 * keys.length + GONE) this.#tidy();
    this.#stale = true;
    this.settle();
  }

  #tidy(): void {
    for (const [key, height] of this.#measured) {
      if (this.#places.has(key) || !this.#measured.delete(key)) continue;
      this.#sum -= height;
    }
  }

  /** Returns whether the height is another than was thought. */
  measure(key: string, height: number): boolean {
    const before = this.#measured.get(key);
    if (before !== undefined && Math.abs(before - height) < 0.25) return false;
    this.#sum += height - (before ?? 0);
    this.#measured.set(key, height);
    this.#stale = true;
    return true;
  }

  /** The width changed: what was measured is worth nothing. */
  forget(): void {
    this.#measured.clear();
    this.#sum = 0;
    this.#stale = true;
  }

  /** Works out the offsets anew, where something changed. */
  settle(): void {
    if (!this.#stale) return;
    this.#stale = false;
    if (this.offsets.length <= this.keys.length) this.offsets = new Float64Array(Math.ceil((this.keys.length + 1) * 1.5));
    const typical = this.#measured.size > 5 ? this.#sum / this.#measured.size : this.guess;
    let at = 0;
    for (let index = 0; index < this.keys.length; index++) {
      this.offsets[index] = at;
      at += this.#measured.get(this.keys[index] as string) ?? typical;
    }
    this.offsets[this.keys.length] = at;
  }

  place(key: string): number | undefined {
    return this.#places.get(key);
  }

  /** The row at height `y`; the first or the last one beyond the ends. */
  at(y: number): number {
    let low = 0;
    let high = this.keys.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.offsets[middle] as number) <= y) low = middle;
      else high = middle - 1;
    }
    return Math.max(0, low);
  }
}
