import type { KeyObject } from "node:crypto";
import type { Driver, Reading } from "./driver.ts";
import type { PendingUpdate } from "./pending-update.ts";
import { openRecord, sealRecord } from "./record-mac.ts";
import { StoreFullError, StoreUnavailableError } from "./store.ts";

/** How many updates may wait for one key. Far above any burst a limit lets through; there to bound memory. */
const waitingMax = 1_000;

/** How often an update is applied again when other processes keep replacing the record first. */
const conflictsMax = 100;

/**
 * The updates of one key, in rounds: read, apply all that wait, replace.
 *
 * Written with callbacks, not `await`, so that a round whose driver never answers can
 * be left behind: `#round` counts them, and an answer to a former round is ignored.
 * Overlapping with a round left behind is safe, since the driver compares before it replaces.
 */
export class KeyQueue {
  readonly #driver: Driver;
  readonly #key: string;
  readonly #macKey: KeyObject;
  readonly #whenEmpty: () => void;
  #waiting: PendingUpdate[] = [];
  #applying: PendingUpdate[] = [];
  #round = 0;

  constructor(driver: Driver, key: string, macKey: KeyObject, whenEmpty: () => void) {
    this.#driver = driver;
    this.#key = key;
    this.#macKey = macKey;
    this.#whenEmpty = whenEmpty;
  }

  add(update: PendingUpdate): void {
    if (this.#waiting.length >= waitingMax) {
      update.fail(new StoreUnavailableError("Too many updates of one record wait."));
      return;
    }
    this.#waiting.push(update);
    if (this.#applying.length === 0) this.#begin();
  }

  /** Someone's time is up. Once it is up for all of a round, nobody needs the round's answer. */
  expired(): void {
    if (this.#applying.every((update) => update.isSettled)) this.#begin();
  }

  /** Starts a round with all that wait, and those whose last round met a conflict. */
  #begin(): void {
    const round = ++this.#round;
    const updates = this.#applying.concat(this.#waiting).filter((update) => !update.isSettled);
    this.#applying = updates;
    this.#waiting = [];
    if (updates.length === 0) {
      this.#whenEmpty();
      return;
    }
    this.#ask(
      round,
      () => this.#driver.read(this.#key),
      (reading) => this.#decide(round, reading),
    );
  }

  #decide(round: number, reading: Reading): void {
    const kind = this.#applying[0]?.kind;
    if (kind === undefined) return;
    const { text: stored } = reading;
    const before =
      stored === undefined ? undefined : kind.decode(openRecord(stored, this.#key, this.#macKey));
    let record: unknown = before;
    for (const update of this.#applying) {
      if (!update.isSettled) record = update.apply(record, reading.nowMs);
    }
    if (record === before) {
      this.#commit();
      return;
    }
    const text = sealRecord(kind.encode(record), this.#key, this.#macKey);
    const next = { text, expiresAtMs: kind.expiresAtMs(record) };
    this.#ask(
      round,
      () => this.#driver.replace(this.#key, reading, next),
      (isReplaced) => (isReplaced ? this.#commit() : this.#conflict()),
    );
  }

  #commit(): void {
    for (const update of this.#applying) update.commit();
    this.#applying = [];
    this.#begin();
  }

  #conflict(): void {
    for (const update of this.#applying) {
      if (++update.conflicts >= conflictsMax) {
        update.fail(new StoreUnavailableError("The record was replaced by others every time."));
      }
    }
    this.#begin();
  }

  #fail(cause: unknown): void {
    const error =
      cause instanceof StoreFullError ? cause : new StoreUnavailableError("The store failed.", { cause });
    for (const update of this.#applying) update.fail(error);
    this.#begin();
  }

  /** Asks the driver, and goes on with its answer unless the round was left behind. Whatever throws fails the round. */
  #ask<A>(round: number, question: () => Promise<A>, goOn: (answer: A) => void): void {
    const isCurrent = () => round === this.#round;
    const fail = (cause: unknown) => {
      if (isCurrent()) this.#fail(cause);
    };
    try {
      question().then((answer) => {
        if (!isCurrent()) return;
        try {
          goOn(answer);
        } catch (error) {
          fail(error);
        }
      }, fail);
    } catch (error) {
      fail(error);
    }
  }
}
