import { type Driver, decisionAgeMaxMs, type Reading, type Text } from "../../src/store/driver.ts";
import type { Schedule } from "./schedule.ts";
import type { StoreFault } from "./script.ts";

/** A reading or a replacement of a record, as a bystander at the store sees it. */
export interface Sight {
  readonly instance: number;
  readonly key: string;
  readonly order: number;
  /** The store's time at the reading, or the latest at which the record changed should the clock have stepped back since. */
  readonly atMs: number;
}

interface Outside {
  nowMs(): number;
  /** The place of what happens now in the one order of the whole history. */
  order(): number;
}

/** The store that all instances share: its records, its time, and the faults that its next answers meet. */
export class SharedStore {
  readonly looks: Sight[] = [];
  readonly replacements: Sight[] = [];
  /** How many faults were met, and how many replacements came too late. */
  faults = 0;
  conflicts = 0;
  /** The keys of the records that were to be replaced because of what a false one said. */
  readonly believed: string[] = [];
  /** How far the store's clock is off. */
  offMs = 0;
  readonly #schedule: Schedule;
  readonly #outside: Outside;
  readonly #texts = new Map<string, string>();
  readonly #changedMs = new Map<string, number>();
  /** What was shown in place of a record, each after the record's key. */
  readonly #falseTexts = new Set<string>();
  readonly #planned: { instance: number; fault: StoreFault; skips: number }[] = [];

  constructor(schedule: Schedule, outside: Outside) {
    this.#schedule = schedule;
    this.#outside = outside;
  }

  /** After `skips` further commands the instance's next one meets the fault, if it can: only readings show anything. */
  plan(instance: number, fault: StoreFault, skips: number): void {
    this.#planned.push({ instance, fault, skips });
  }

  /** How many false records were shown. */
  get falseRecords(): number {
    return this.#falseTexts.size;
  }

  get nowMs(): number {
    return this.#outside.nowMs() + this.offMs;
  }

  driverOf(instance: number): Driver {
    return {
      read: (key) =>
        this.#command(
          instance,
          () => this.#read(instance, key),
          (reading, fault) => this.#shown(key, reading, fault),
        ),
      replace: (key, reading, next) =>
        this.#command(instance, () => this.#replace(instance, key, reading, next)),
      close: async () => {},
    };
  }

  #read(instance: number, key: string): Reading {
    const { nowMs } = this;
    const atMs = Math.max(nowMs, this.#changedMs.get(key) ?? 0);
    this.looks.push({ instance, key, atMs, order: this.#outside.order() });
    return { text: this.#texts.get(key), nowMs };
  }

  #replace(instance: number, key: string, reading: Reading, next: Text): boolean {
    if (this.#falseTexts.has(`${key} ${reading.text}`)) this.believed.push(key);
    const isInTime = this.nowMs - reading.nowMs <= decisionAgeMaxMs;
    if (!isInTime || this.#texts.get(key) !== reading.text) {
      this.conflicts += 1;
      return false;
    }
    this.#texts.set(key, next.text);
    const atMs = Math.max(reading.nowMs, this.#changedMs.get(key) ?? 0);
    this.#changedMs.set(key, atMs);
    this.replacements.push({ instance, key, atMs, order: this.#outside.order() });
    return true;
  }

  /** What an instance is shown for the record: another one's, or its own with a digit changed, if it has any. */
  #shown(key: string, reading: Reading, fault: StoreFault | undefined): Reading {
    const { text, nowMs } = reading;
    const kind = `${key.split(":", 1)}:`;
    const another = [...this.#texts].find(([other]) => other !== key && other.startsWith(kind))?.[1];
    const damaged = text?.replace(/\d(?=\D*$)/, (digit) => String((Number(digit) + 1) % 10));
    const shown =
      fault === "shows another record" ? another : fault === "shows a damaged record" ? damaged : undefined;
    if (shown === undefined) return reading;
    this.#falseTexts.add(`${key} ${shown}`);
    return { text: shown, nowMs };
  }

  #command<A>(
    instance: number,
    command: () => A,
    heard = (answer: A, _: StoreFault | undefined) => answer,
  ): Promise<A> {
    const fault = this.#faultFor(instance);
    if (fault !== undefined) this.faults += 1;
    const isShow = fault?.startsWith("shows") ?? false;
    const takesEffect = fault === undefined || isShow || fault.endsWith("after taking effect");
    return new Promise((resolve, reject) => {
      let answer: A | undefined;
      this.#schedule.add({
        instance,
        takeEffect: () => {
          if (takesEffect) answer = command();
        },
        answer: () => {
          if (fault === undefined || isShow)
            resolve(heard(answer as A, fault)); // It took effect.
          else if (fault.startsWith("fails")) reject(new Error("The store failed."));
        },
      });
    });
  }

  #faultFor(instance: number): StoreFault | undefined {
    const index = this.#planned.findIndex((one) => one.instance === instance);
    const planned = this.#planned[index];
    if (planned === undefined) return undefined;
    if (planned.skips-- > 0) return undefined;
    this.#planned.splice(index, 1);
    return planned.fault;
  }
}
