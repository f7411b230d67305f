/**
 * What one kind of record looks like in the store.
 *
 * `encode` and `decode` are exact inverses. `decode` is given only what an `encode` has
 * written, since records carry a MAC, and throws on what another release has written in a
 * form it does not know. `expiresAtMs` is the instant from which the record says nothing any more, so
 * that the store may drop it; records judge their own expiry, the store only sweeps up.
 */
export interface RecordKind<R> {
  decode(text: string): R;
  encode(record: R): string;
  expiresAtMs(record: R): number;
}

/** What a change makes of a record: the next record, and what to tell the caller. */
export interface Change<R, T> {
  /** The record given, untouched, for "leave it as it is"; else its replacement. */
  record: R | undefined;
  outcome: T;
}

/**
 * Keeps records, each changed as a whole.
 *
 * `update` reads the record with the store's time, applies `change` and replaces the
 * record only if it is still the one that was read; else it reads again and applies
 * again. So `change` is pure: it may run several times, and only the last run counts.
 * The outcome is answered after its replacement has committed. A change that answers
 * the very record it was given (or undefined for an absent one) writes nothing.
 *
 * Changes of one record made at the same time in one process are applied one after
 * the other in a single replacement.
 *
 * Rejects with StoreUnavailableError, within the store's timeout, when the outcome
 * could not be committed or it is not known whether it was. Whoever gets that error
 * does nothing that needed counting.
 */
export interface Store {
  update<R, T>(
    kind: RecordKind<R>,
    key: string,
    change: (record: R | undefined, nowMs: number) => Change<R, T>,
  ): Promise<T>;
  close(): Promise<void>;
}

/** The store is down, slow, full, or answers what it never was given. */
export class StoreUnavailableError extends Error {
  override readonly name: string = "StoreUnavailableError";
}

/** The store has no room for a new record. Those that it has can still be replaced. */
export class StoreFullError extends StoreUnavailableError {
  override readonly name = "StoreFullError";
}
