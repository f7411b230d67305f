import type { Clock } from "../clock.ts";
import type { Storage } from "./storage.ts";

export interface MemoryStorageOptions {
  /** How many records it holds at most, 1 to 16,000,000 (a Map holds no more than 2^24). */
  recordsMax: number;
  clock: Clock;
}

interface Entry {
  text: string;
  expiresAtMs: number;
}

/** Every 100 ms a slice is looked at, so that all are within a minute, and a pause stays under a millisecond. */
const sweepIntervalMs = 100;
const sweepsPerRound = 600;
const sliceMin = 1_000;

/**
 * Keeps texts in memory, up to a bound.
 *
 * When full it refuses a new key rather than forget a live record: a forgotten counter
 * would be a fresh set of guesses. Expired records leave by themselves within about a minute.
 */
export class MemoryStorage implements Storage {
  readonly opts = {};
  readonly #entries = new Map<string, Entry>();
  readonly #recordsMax: number;
  readonly #clock: Clock;
  readonly #timer: NodeJS.Timeout;
  #cursor = this.#entries.entries();

  constructor(options: MemoryStorageOptions) {
    if (!(options.recordsMax >= 1 && options.recordsMax <= 16_000_000)) {
      throw new RangeError("recordsMax is from 1 to 16,000,000.");
    }
    this.#recordsMax = options.recordsMax;
    this.#clock = options.clock;
    this.#timer = setInterval(() => this.#sweep(), sweepIntervalMs);
    this.#timer.unref();
  }

  get size(): number {
    return this.#entries.size;
  }

  async get<Value>(key: string): Promise<Value | undefined> {
    const entry = this.#entries.get(key);
    if (entry === undefined || entry.expiresAtMs <= this.#clock.nowMs()) return undefined;
    return entry.text as Value; // Keyv's type parameter is a claim about values; all of ours are texts.
  }

  async set(key: string, text: string, ttlMs?: number): Promise<boolean> {
    if (this.#isFull() && !this.#entries.has(key)) throw new Error("The memory store is full.");
    const expiresAtMs = ttlMs === undefined ? Number.POSITIVE_INFINITY : this.#clock.nowMs() + ttlMs;
    this.#entries.set(key, { text, expiresAtMs });
    return true;
  }

  async delete(key: string): Promise<boolean> {
    return this.#entries.delete(key);
  }

  async clear(): Promise<void> {
    this.#entries.clear();
  }

  async disconnect(): Promise<void> {
    clearInterval(this.#timer);
  }

  /** Nothing here is an event: a failure is thrown to whoever asked. */
  on(): this {
    return this;
  }

  #isFull(): boolean {
    if (this.#entries.size < this.#recordsMax) return false;
    this.#sweep();
    return this.#entries.size >= this.#recordsMax;
  }

  /** Looks at the next slice, whose size follows the number of records. A Map's cursor survives changes to the Map. */
  #sweep(): void {
    const nowMs = this.#clock.nowMs();
    const slice = Math.max(sliceMin, Math.ceil(this.#entries.size / sweepsPerRound));
    for (let looked = 0; looked < slice; looked++) {
      const { value, done } = this.#cursor.next();
      if (done) {
        this.#cursor = this.#entries.entries();
        return;
      }
      if (value[1].expiresAtMs <= nowMs) this.#entries.delete(value[0]);
    }
  }
}
