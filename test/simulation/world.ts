import { AsyncLocalStorage } from "node:async_hooks";
import { vi } from "vitest";
import { embeddedConfig } from "../../src/config/embedded.ts";
import { Deliveries } from "../../src/delivery/deliveries.ts";
import { Keys } from "../../src/ledger/keys.ts";
import { FallbackWatch } from "../../src/passcode/fallback-watch.ts";
import type { Passcodes } from "../../src/passcode/passcodes.ts";
import type { Profile } from "../../src/passcode/profile.ts";
import { SendsInHand } from "../../src/passcode/sends-in-hand.ts";
import { QueuedStore } from "../../src/store/queued-store.ts";
import { createLog } from "../../src/telemetry/log.ts";
import { Carriers } from "./carriers.ts";
import { Chance } from "./chance.ts";
import { policyOf } from "./policies.ts";
import { Schedule } from "./schedule.ts";
import { type Caller, instanceCount, profiles, sendsInHandMax } from "./script.ts";
import { SharedStore } from "./shared-store.ts";

const startMs = Date.UTC(2026, 0, 1);
/** More turns than any history takes; one that takes more goes round in circles. */
const turnsMax = 20_000;

/**
 * The world the service lives in: its instances, one store, the carriers, and time, all
 * of it in this process and moved by nothing but the script.
 */
export class World {
  readonly schedule: Schedule;
  readonly store: SharedStore;
  readonly carriers: Carriers;
  readonly logLines: string[] = [];
  readonly keys: Keys;
  readonly #calls = new AsyncLocalStorage<number>();
  readonly #chance: Chance;
  readonly #profiles: ReadonlyMap<string, Profile>;
  readonly #instances: { passcodes: Passcodes; generation: number }[] = [];
  /** How far each instance's clock is off. */
  readonly #offMs: number[] = Array.from({ length: instanceCount }, () => 0);
  #orders = 0;
  #underWay = 0;
  #generations = 0;

  constructor(seed: number) {
    vi.useFakeTimers({
      now: startMs,
      toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "Date", "performance"],
    });
    this.#chance = new Chance(seed);
    this.schedule = new Schedule(this.#chance);
    const order = () => this.order();
    this.store = new SharedStore(this.schedule, { nowMs: () => Date.now(), order });
    this.carriers = new Carriers(this.schedule, {
      order,
      callNow: () => this.#calls.getStore() ?? -1,
    });
    const config = embeddedConfig(this.#chance);
    this.keys = new Keys(config.keys);
    const embedded = config.profiles.get("default");
    if (embedded === undefined) throw new Error("the embedded configuration has a default profile");
    const route = [{ providers: ["first", "second"].map((name) => ({ name, weight: 1 })) }];
    this.#profiles = new Map(
      profiles.map((name) => [
        name,
        {
          ...embedded,
          name,
          channels: new Map([...embedded.channels.keys()].map((channel) => [channel, route])),
          policies: { base: policyOf(name), named: new Map() },
        },
      ]),
    );
    for (let index = 0; index < instanceCount; index++) this.#instances.push(this.#newInstance(index));
  }

  /** The next place in the one order of all that happens. */
  order(): number {
    this.#orders += 1;
    return this.#orders;
  }

  /** The life of the instance in that place: another once it was killed. */
  generationOf(index: number): number {
    return this.#instances[index]?.generation ?? -1;
  }

  /** Makes a call at an instance. What it comes to is told while the instance lives, and never after. */
  call<A>(index: number, id: number, ask: (passcodes: Passcodes) => Promise<A>): Promise<A> {
    const instance = this.#instances[index];
    if (instance === undefined) throw new Error(`there is no instance ${index}`);
    this.#underWay += 1;
    return new Promise((resolve, reject) => {
      const told = (tell: () => void) => {
        if (this.generationOf(index) !== instance.generation) return;
        this.#underWay -= 1;
        tell();
      };
      this.#calls.run(id, () =>
        ask(instance.passcodes).then(
          (answer) => told(() => resolve(answer)),
          (error) => told(() => reject(error)),
        ),
      );
    });
  }

  /** Ends an instance between any two of its steps; another takes its place, and knows nothing of it. `lost` of its calls are never answered. */
  kill(index: number, lost: number): void {
    this.schedule.end(this.generationOf(index));
    this.#underWay -= lost;
    this.#instances[index] = this.#newInstance(index);
  }

  /** Lets all that is under way come to its end, timeouts included. */
  async settle(): Promise<void> {
    for (let turns = 0; turns < turnsMax; turns++) {
      await this.schedule.run(1_000);
      if (!this.schedule.isIdle) continue;
      if (this.#underWay === 0) return;
      vi.advanceTimersToNextTimer();
    }
    throw new Error("the calls never end");
  }

  async wait(spanMs: number): Promise<void> {
    vi.advanceTimersByTime(Math.max(0, spanMs));
    await this.schedule.run(0);
  }

  stepClock(of: number, spanMs: number): void {
    if (of < instanceCount) this.#offMs[of] = (this.#offMs[of] ?? 0) + spanMs;
    else this.store.offMs += spanMs;
  }

  end(): void {
    vi.useRealTimers();
  }

  #newInstance(index: number): { passcodes: Passcodes; generation: number } {
    this.#generations += 1;
    const generation = this.#generations;
    const clock = { nowMs: () => Date.now() + (this.#offMs[index] ?? 0) };
    const log = createLog("debug", { write: (line) => this.logLines.push(line) });
    const clients = new Map(
      ["first", "second"].map((name, carrier) => [name, this.carriers.clientOf(carrier, generation)]),
    );
    const passcodes: Passcodes = {
      profiles: this.#profiles,
      store: new QueuedStore(this.store.driverOf(generation), { macKey: this.keys.records }),
      keys: this.keys,
      deliveries: new Deliveries(clients, { clock, log }),
      fallbacks: new FallbackWatch(),
      // Nobody else calls.
      inHand: new SendsInHand((key) => sendsInHandMax[key as Caller]),
      random: this.#chance,
      log,
    };
    return { passcodes, generation };
  }
}
