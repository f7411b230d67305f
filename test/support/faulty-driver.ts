import type { Driver, Reading, Text } from "../../src/store/driver.ts";

export type ReadFault = "rejects" | "throws" | "never answers" | "is held";
export type ReplaceFault =
  | "rejects"
  | "never answers"
  | "always refuses"
  | "commits, then rejects"
  | "commits, is held";

/**
 * A driver in memory that fails as told: the fault set is that of every command from now on.
 *
 * Held commands are answered by `release`. The clock stands still unless moved.
 */
export class FaultyDriver implements Driver {
  readonly texts = new Map<string, string>();
  nowMs = 1_000_000;
  reads = 0;
  replacements = 0;
  readFault: ReadFault | undefined;
  replaceFault: ReplaceFault | undefined;
  #held: (() => void)[] = [];

  /** Answers all commands held so far. */
  release(): void {
    const held = this.#held;
    this.#held = [];
    for (const answer of held) answer();
  }

  read(key: string): Promise<Reading> {
    this.reads++;
    if (this.readFault === "throws") throw new Error("The read threw.");
    if (this.readFault === "rejects") return Promise.reject(new Error("The read failed."));
    if (this.readFault === "never answers") return never();
    const reading = { text: this.texts.get(key), nowMs: this.nowMs };
    return this.readFault === "is held" ? this.#hold(reading) : Promise.resolve(reading);
  }

  async replace(key: string, reading: Reading, next: Text): Promise<boolean> {
    this.replacements++;
    if (this.replaceFault === "rejects") throw new Error("The replacement failed.");
    if (this.replaceFault === "never answers") return never();
    if (this.replaceFault === "always refuses" || this.texts.get(key) !== reading.text) return false;
    this.texts.set(key, next.text);
    if (this.replaceFault === "commits, then rejects") throw new Error("The answer was lost.");
    return this.replaceFault === "commits, is held" ? this.#hold(true) : true;
  }

  async close(): Promise<void> {}

  #hold<A>(answer: A): Promise<A> {
    return new Promise((resolve) => this.#held.push(() => resolve(answer)));
  }
}

function never(): Promise<never> {
  return new Promise(() => {});
}
