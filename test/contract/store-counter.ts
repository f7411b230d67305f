import type { Driver } from "../../src/store/driver.ts";
import type { Change, RecordKind } from "../../src/store/store.ts";
import { fixedKeys } from "../ledger/ledgers.ts";

/** What records of these tests carry a MAC under. */
export const macKey = fixedKeys().records;

/** The smallest record worth keeping: a count, and when it may go. */
export interface Counter {
  count: number;
  expiresAtMs: number;
}

export const counter: RecordKind<Counter> = {
  decode: (text) => {
    const { count, expiresAtMs } = JSON.parse(text) as Partial<Counter>;
    if (count === undefined || expiresAtMs === undefined) throw new Error("Not a counter.");
    return { count, expiresAtMs };
  },
  encode: (record) => JSON.stringify(record),
  expiresAtMs: (record) => record.expiresAtMs,
};

/** Adds one, and tells the new count. */
export function increment(record: Counter | undefined, nowMs: number): Change<Counter, number> {
  const count = (record?.count ?? 0) + 1;
  return { record: { count, expiresAtMs: nowMs + 60_000 }, outcome: count };
}

/** Tells the count, undefined for no record. */
export function look(record: Counter | undefined): Change<Counter, number | undefined> {
  return { record, outcome: record?.count };
}

/** Passes everything on, and counts. */
export class CountingDriver implements Driver {
  reads = 0;
  replacements = 0;
  readonly #driver: Driver;

  constructor(driver: Driver) {
    this.#driver = driver;
  }

  read: Driver["read"] = (key) => {
    this.reads++;
    return this.#driver.read(key);
  };

  replace: Driver["replace"] = (key, reading, next) => {
    this.replacements++;
    return this.#driver.replace(key, reading, next);
  };

  close(): Promise<void> {
    return this.#driver.close();
  }
}
