import { agreedSettingsRecord, agreeOn } from "../ledger/agreed-settings.ts";
import type { Keys } from "../ledger/keys.ts";
import { minuteMs } from "../ledger/policy.ts";
import { RecordRefusedError } from "../store/record-mac.ts";
import type { Store } from "../store/store.ts";
import type { Log } from "../telemetry/log.ts";

/** How often an instance looks again: a store may have been emptied, and begun by others, under it. */
const intervalMs = minuteMs;

const otherIndex =
  "keys.index is not the one this store was begun with, or the store's record of its settings is damaged: " +
  "instances with different ones would count every limit apart. To begin all limits anew, empty the store " +
  "or give it another place.";

/**
 * Makes sure that the instances on one store have the settings alike that they must, or
 * limits would count double in silence.
 *
 * The store's own atomic replacement decides between instances that start at once. The
 * record is there for as long as any instance runs, and a week more.
 */
export class SettingsAgreement {
  readonly #store: Store;
  readonly #keys: Keys;
  readonly #log: Log;
  #timer: NodeJS.Timeout | undefined;

  constructor({ store, keys, log }: { store: Store; keys: Keys; log: Log }) {
    this.#store = store;
    this.#keys = keys;
    this.#log = log;
  }

  /** Rejects with one sentence if a setting is not that of the other instances. Then looks again every minute, until `end`. */
  async begin(): Promise<void> {
    const difference = await this.#difference();
    if (difference !== undefined) throw new Error(difference);
    this.#timer = setInterval(() => void this.#lookAgain(), intervalMs).unref();
  }

  end(): void {
    clearInterval(this.#timer);
  }

  async #lookAgain(): Promise<void> {
    try {
      const detail = await this.#difference();
      if (detail !== undefined) this.#log.error("settings differ between instances", { detail });
    } catch (error) {
      this.#log.warn("store", { error });
    }
  }

  async #difference(): Promise<string | undefined> {
    try {
      return await this.#store.update(agreedSettingsRecord, "settings:agreed", (before, nowMs) =>
        agreeOn(before, this.#keys.fingerprints, nowMs),
      );
    } catch (error) {
      if (error instanceof Error && error.cause instanceof RecordRefusedError) return otherIndex;
      throw error;
    }
  }
}
