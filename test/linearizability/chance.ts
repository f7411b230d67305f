import { randomInt } from "node:crypto";

/** Repeatable chance: the same seed draws the same. Its quality matters little, its period of 2^32 is far beyond what is drawn. */
export class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A whole number from 0 up to, and without, `bound`. */
  below(bound: number): number {
    // Mulberry32.
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * bound);
  }

  /** Undefined if there is nothing to pick from. */
  pick<T>(all: readonly T[]): T | undefined {
    return all[this.below(all.length)];
  }

  /** One of the names, each as often as its weight says. */
  weighted<Name extends string>(weights: Readonly<Record<Name, number>>): Name {
    const names = Object.keys(weights) as Name[]; // The keys of a record are its names.
    let left = this.below(names.reduce((sum, name) => sum + weights[name], 0));
    for (const name of names) {
      left -= weights[name];
      if (left < 0) return name;
    }
    throw new RangeError("The weights are whole numbers, and not all zero.");
  }

  /** A UUID that nobody else draws. */
  uuid(): string {
    const hex = Array.from({ length: 32 }, () => this.below(16).toString(16)).join("");
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
  }
}

/** A seed of this run's own, or the one asked for, to draw the same again. */
export function newSeed(): number {
  const asked = process.env["PASSCODE_SEED"];
  return asked === undefined ? randomInt(2 ** 31) : Number(asked);
}
