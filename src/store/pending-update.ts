import { type Change, type RecordKind, StoreUnavailableError } from "./store.ts";

/**
 * A record of a kind this file need not know.
 *
 * Declared as a method so that an update of any record type fits: the store hands to
 * `change` only what the same update's `kind` has decoded.
 */
interface Update {
  kind: RecordKind<unknown>;
  change(record: unknown, nowMs: number): Change<unknown, unknown>;
  resolve(outcome: unknown): void;
  reject(reason: unknown): void;
}

/** One caller's update, from its call until it settles. It settles once; the first to do so wins. */
export class PendingUpdate {
  readonly kind: RecordKind<unknown>;
  /** How often it was applied in vain, because someone else replaced the record first. */
  conflicts = 0;
  isSettled = false;
  readonly #update: Update;
  #outcome: unknown;
  #timer: NodeJS.Timeout | undefined;

  constructor(update: Update) {
    this.kind = update.kind;
    this.#update = update;
  }

  /** Applies the change and keeps its outcome for `commit`. A change that throws settles this update, and no other. */
  apply(record: unknown, nowMs: number): unknown {
    try {
      const { record: next, outcome } = this.#update.change(record, nowMs);
      if (next === undefined && record !== undefined) throw new TypeError("A change cannot remove a record.");
      this.#outcome = outcome;
      return next;
    } catch (error) {
      this.#settle();
      this.#update.reject(error);
      return record;
    }
  }

  /** The caller may know: what `apply` decided is in the store. */
  commit(): void {
    if (this.isSettled) return;
    this.#settle();
    this.#update.resolve(this.#outcome);
  }

  fail(error: StoreUnavailableError): void {
    if (this.isSettled) return;
    this.#settle();
    this.#update.reject(error);
  }

  /** Gives up after `timeoutMs`, and tells its queue. */
  expireAfter(timeoutMs: number, queue: { expired(): void }): void {
    this.#timer = setTimeout(() => {
      this.fail(new StoreUnavailableError(`The store did not answer within ${timeoutMs} ms.`));
      queue.expired();
    }, timeoutMs);
    this.#timer.unref();
  }

  #settle(): void {
    this.isSettled = true;
    clearTimeout(this.#timer);
  }
}
