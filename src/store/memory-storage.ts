import type { Clock } from "../clock.ts";
import type { Storage } from "./storage.ts";
import { StoreFullError } from "./store.ts";

export interface MemoryStorageOptions {
  /** From how many bytes on it takes no new key: 1 at least. The last one taken, and what records grow by, come on top. */
  bytesMax: number;
  clock: Clock;
}

interface Entry {
  readonly text: string;
  readonly expiresAtMs: number;
  /** What it takes of the heap. */
  readonly bytes: number;
}

/** A Map holds no more than 2^24. */
const keysMax = 16_000_000;

/**
 * What V8 takes for a record besides the characters of key and text: the heads of both strings, the entry and its
 * number, and a share of the Map's table, which is half empty after it has grown. Measured: 160 to 230 bytes.
 */
const overheadBytes = 230;

/** Every 100 ms a slice is looked at, so that all are within a minute, and a pause stays under a millisecond. */
const sweepIntervalMs = 100;
const sweepsPerRound = 600;
const sliceMin = 1_000;

/**
 * Keeps texts in memory, up to a bound in bytes: out of memory, V8 would end the process and all counters with it.
 *
 * When full it refuses a new key rather than forget a live record: a forgotten counter
 * would be a fresh set of guesses. A record that it has is replaced however much it grew,
 * for that is a session in hand. Expired records leave by themselves within about a minute.
 */
export class MemoryStorage implements Storage {
  readonly opts = {};
  readonly #entries = new Map<string, Entry>();
  readonly #bytesMax: number;
  readonly #clock: Clock;
  readonly #timer: NodeJS.Timeout;
  #cursor = this.#entries.entries();
  #bytes = 0;

  constructor(options: MemoryStorageOptions) {
    if (!(options.bytesMax >= 1)) throw new RangeError("bytesMax is 1 or more.");
    this.#bytesMax = options.bytesMax;
    this.#clock = options.clock;
    this.#timer = setInterval(() => this.#sweep(), sweepIntervalMs);
    this.#timer.unref();
  }

  get size(): number {
    return this.#entries.size;
  }

  /** What the records take of the heap, about. */
  get bytes(): number {
    return this.#bytes;
  }

  async get<Value>(key: string): Promise<Value | undefined> {
    const entry = this.#entries.get(key);
    if (entry === undefined || entry.expiresAtMs <= this.#clock.nowMs()) return undefined;
    return entry.text as Value; // Keyv's type parameter is a claim about values; all of ours are texts.
  }

  async set(key: string, text: string, ttlMs?: number): Promise<boolean> {
    const former = this.#entries.get(key);
    if (former === undefined && this.#isFull()) throw new StoreFullError("The memory store is full.");
    const expiresAtMs = ttlMs === undefined ? Number.POSITIVE_INFINITY : this.#clock.nowMs() + ttlMs;
    const bytes = overheadBytes + bytesOf(key) + bytesOf(text);
    this.#entries.set(key, { text, expiresAtMs, bytes });
    this.#bytes += bytes - (former?.bytes ?? 0);
    return true;
  }

  async delete(key: string): Promise<boolean> {
    this.#bytes -= this.#entries.get(key)?.bytes ?? 0;
    return this.#entries.delete(key);
  }

  async clear(): Promise<void> {
    this.#entries.clear();
    this.#bytes = 0;
  }

  async disconnect(): Promise<void> {
    clearInterval(this.#timer);
  }

  /** Nothing here is an event: a failure is thrown to whoever asked. */
  on(): this {
    return this;
  }

  #isFull(): boolean {
    if (!this.#isAtBound()) return false;
    this.#sweep();
    return this.#isAtBound();
  }

  #isAtBound(): boolean {
    return this.#bytes >= this.#bytesMax || this.#entries.size >= keysMax;
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
      const [key, { expiresAtMs, bytes }] = value;
      if (expiresAtMs > nowMs) continue;
      this.#entries.delete(key);
      this.#bytes -= bytes;
    }
  }
}

/** V8 keeps a text in one byte a character, or all of it in two if one of them needs two. */
function bytesOf(text: string): number {
  return /[^\0-\xff]/.test(text) ? 2 * text.length : text.length;
}
