import type { KeyObject } from "node:crypto";
import type { Driver } from "./driver.ts";
import { KeyQueue } from "./key-queue.ts";
import { PendingUpdate } from "./pending-update.ts";
import { type Change, type RecordKind, type Store, StoreUnavailableError } from "./store.ts";

export interface QueuedStoreOptions {
  /** Every record carries a MAC under it (R15). All instances that share a store have the same. */
  macKey: KeyObject;
  /** The longest an `update` takes to settle, in milliseconds. */
  timeoutMs?: number;
}

/** What `timeoutMs` is unless told. */
const storeTimeoutMs = 2_000;

/**
 * The store over any driver: one queue per key.
 *
 * The first update of a key starts at once. Those that come while it is under way wait,
 * and are then applied one after the other to one reading, in one replacement: however
 * many guesses come at one session, the driver sees a few commands.
 *
 * All records under one key are of one kind.
 */
export class QueuedStore implements Store {
  readonly #driver: Driver;
  readonly #macKey: KeyObject;
  readonly #timeoutMs: number;
  readonly #queues = new Map<string, KeyQueue>();
  #isClosed = false;

  constructor(driver: Driver, options: QueuedStoreOptions) {
    this.#driver = driver;
    this.#macKey = options.macKey;
    this.#timeoutMs = options.timeoutMs ?? storeTimeoutMs;
  }

  /** How many keys have updates under way. */
  get keysInUse(): number {
    return this.#queues.size;
  }

  update<R, T>(
    kind: RecordKind<R>,
    key: string,
    change: (record: R | undefined, nowMs: number) => Change<R, T>,
  ): Promise<T> {
    if (this.#isClosed) return Promise.reject(new StoreUnavailableError("The store is closed."));
    return new Promise<T>((resolve, reject) => {
      const update = new PendingUpdate({ kind, change, resolve, reject });
      const queue = this.#queues.get(key) ?? this.#open(key);
      // Armed before it is added: adding may settle it there and then.
      update.expireAfter(this.#timeoutMs, queue);
      queue.add(update);
    });
  }

  /** Refuses further updates, and closes the driver. Updates under way settle as the driver decides. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#driver.close();
  }

  #open(key: string): KeyQueue {
    const queue = new KeyQueue(this.#driver, key, this.#macKey, () => this.#queues.delete(key));
    this.#queues.set(key, queue);
    return queue;
  }
}
