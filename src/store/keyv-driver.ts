import type { Keyv } from "keyv";
import type { Clock } from "../clock.ts";
import { type Driver, decisionAgeMaxMs, type Reading, type Text } from "./driver.ts";

/**
 * Keeps texts in a Keyv that no other process writes.
 *
 * Keyv has no atomic replacement, so this driver is the only writer: it lets one
 * replacement of a key run at a time and compares before it writes. With a second
 * writer, in this process or another, updates would be lost. Keys are used as they
 * come; time is the clock's.
 *
 * By default Keyv answers a failure as an absence. It is told to throw.
 */
export class SingleProcessKeyvDriver implements Driver {
  readonly #keyv: Keyv;
  readonly #clock: Clock;
  readonly #replacing = new Set<string>();

  constructor(keyv: Keyv, clock: Clock) {
    keyv.throwOnErrors = true;
    this.#keyv = keyv;
    this.#clock = clock;
  }

  async read(key: string): Promise<Reading> {
    // The instant before the look, so that the look is never older than it says.
    const nowMs = this.#clock.nowMs();
    return { text: asText(await this.#keyv.get<unknown>(key)), nowMs };
  }

  async replace(key: string, reading: Reading, next: Text): Promise<boolean> {
    if (this.#replacing.has(key)) return false;
    this.#replacing.add(key);
    try {
      if (asText(await this.#keyv.get<unknown>(key)) !== reading.text) return false;
      const nowMs = this.#clock.nowMs();
      if (nowMs - reading.nowMs > decisionAgeMaxMs) return false;
      if ((await this.#keyv.set(key, next.text, ttlMs(next, nowMs))) !== true) {
        throw new Error("Keyv did not keep the record.");
      }
      return true;
    } finally {
      this.#replacing.delete(key);
    }
  }

  async close(): Promise<void> {
    await this.#keyv.disconnect();
  }
}

/** Whole and at least 1: Keyv takes 0 for "for ever", and some adapters refuse a fraction. */
function ttlMs(text: Text, nowMs: number): number {
  return Math.max(1, Math.ceil(text.expiresAtMs - nowMs));
}

function asText(value: unknown): string | undefined {
  if (value === undefined || typeof value === "string") return value;
  throw new TypeError("Keyv answered something other than the text it was given.");
}
