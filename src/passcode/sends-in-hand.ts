/**
 * Counts the sends in hand of each API key, so that one caller's flood leaves room for the
 * others' (R26). What was never admitted has counted nowhere.
 */
export class SendsInHand {
  readonly #maxOf: (key: string) => number;
  readonly #counts = new Map<string, number>();

  /** `maxOf` answers how many sends of a key may be in hand at the same time. */
  constructor(maxOf: (key: string) => number) {
    this.#maxOf = maxOf;
  }

  /** Does the work of one more send of the key; undefined, and nothing done, if it has as many in hand as it may. */
  admit<T>(key: string, work: () => Promise<T>): Promise<T> | undefined {
    return (this.#counts.get(key) ?? 0) < this.#maxOf(key) ? this.count(key, work) : undefined;
  }

  /** Does work that follows from a send admitted before: it takes its place, and is not refused. */
  async count<T>(key: string, work: () => Promise<T>): Promise<T> {
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
    try {
      return await work();
    } finally {
      const left = (this.#counts.get(key) ?? 1) - 1;
      if (left > 0) this.#counts.set(key, left);
      else this.#counts.delete(key);
    }
  }
}
