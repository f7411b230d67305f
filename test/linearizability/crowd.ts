import { setTimeout as wait } from "node:timers/promises";
import type { Answer } from "../model/model.ts";
import type { PasscodeClient } from "../support/service.ts";
import { Application } from "./application.ts";
import { ask, type Call, patienceMs } from "./call.ts";
import { Chance } from "./chance.ts";

/** A service that a crowd calls. */
export interface CalledService {
  /** Every way in that a caller would take now: over both transports, to every instance that lives. */
  readonly ways: readonly PasscodeClient[];
  /** The code in the messages about a transaction, once one has been seen. */
  codeFor(transaction: string): string | undefined;
}

export interface CrowdSize {
  readonly destinations: number;
  readonly callersOfEach: number;
  readonly callsOfEach: number;
  /** Whether every third call or so is given up after a few milliseconds. */
  readonly hurries?: boolean;
}

/** One call as its caller saw it. Instants are milliseconds by this process's clock. */
export interface Seen {
  readonly call: Call;
  readonly invokedMs: number;
  readonly returnedMs: number;
  /** Undefined: nobody knows what became of it. */
  readonly answer: Answer | undefined;
}

/** Another look whether the service is back comes after this many milliseconds. */
const lookAgainMs = 10;

/** How long a caller in a hurry waits at most, in milliseconds: about as long as an answer takes. */
const hurryMaxMs = 20;

/**
 * Callers of several destinations, all at work at the same time, and what they saw.
 *
 * The last third of their calls waits until `heal` is called, so that some are always
 * made after whatever happens in between. A caller who was left without an answer waits
 * until the service answers about the destination again.
 */
export class Crowd {
  readonly seed: number;
  /** By destination. */
  readonly seen = new Map<string, Seen[]>();
  readonly #service: CalledService;
  readonly #size: CrowdSize;
  readonly #chance: Chance;
  readonly #applications: readonly Application[];
  readonly #healed = Promise.withResolvers<void>();
  readonly #watched: { readonly holds: () => boolean; readonly resolve: () => void }[] = [];
  #ended = 0;
  #unknown = 0;
  #waiting = 0;

  constructor(service: CalledService, { seed, ...size }: CrowdSize & { seed: number }) {
    this.seed = seed;
    this.#service = service;
    this.#size = size;
    this.#chance = new Chance(seed);
    this.#applications = Array.from({ length: size.destinations }, (_, index) => {
      const application = new Application(freshPhone(), new Chance(seed + index + 1), (transaction) =>
        service.codeFor(transaction),
      );
      this.seen.set(application.phoneNumber, []);
      return application;
    });
  }

  /** Calls that have ended, and those of them whose outcome nobody knows. */
  get counts(): { readonly calls: number; readonly unknown: number } {
    return { calls: this.#ended, unknown: this.#unknown };
  }

  /** Resolves when all calls have ended. */
  async run(): Promise<void> {
    const callers = this.#applications.flatMap((application) =>
      Array.from({ length: this.#size.callersOfEach }, () => this.#call(application)),
    );
    await Promise.all(callers);
  }

  /** Resolves when a third of the calls have ended. */
  async isWarm(): Promise<void> {
    await this.#until(() => this.#ended * 3 >= this.#total);
  }

  /** Resolves when this many calls were left without an answer, or the callers have done all they can before `heal`. */
  async isStricken(calls: number): Promise<void> {
    await this.#until(() => this.#unknown >= calls || this.#waiting === this.#callers);
  }

  /** Lets the callers finish. */
  heal(): void {
    this.#healed.resolve();
  }

  /** Reads all sessions, and sends once more to every destination, which tells how many sends were counted. */
  async lookBack(): Promise<void> {
    for (const application of this.#applications) {
      for (const session of application.sessions) await this.#make(application, { rpc: "get", session });
      await this.#make(application, application.open());
    }
  }

  get #callers(): number {
    return this.#size.destinations * this.#size.callersOfEach;
  }

  get #total(): number {
    return this.#callers * this.#size.callsOfEach;
  }

  async #call(application: Application): Promise<void> {
    for (let index = 0; index < this.#size.callsOfEach; index += 1) {
      if (index === Math.ceil((this.#size.callsOfEach * 2) / 3)) {
        this.#waiting += 1;
        this.#wake();
        await this.#healed.promise;
      }
      const { answer } = await this.#make(application, application.next(), this.#patienceMs());
      if (answer === undefined) await this.#isBack(application);
    }
  }

  /** How long the next caller waits. */
  #patienceMs(): number {
    const { hurries = false } = this.#size;
    return hurries && this.#chance.below(3) === 0 ? 1 + this.#chance.below(hurryMaxMs) : patienceMs;
  }

  async #make(application: Application, call: Call, timeoutMs = patienceMs): Promise<Seen> {
    const invokedMs = performance.now();
    const answer = await ask(this.#way(), call, timeoutMs);
    const seen = { call, invokedMs, returnedMs: performance.now(), answer };
    this.seen.get(application.phoneNumber)?.push(seen);
    application.ended(call, answer !== undefined);
    this.#ended += 1;
    if (answer === undefined) this.#unknown += 1;
    if (call.rpc === "send" && answer?.session !== undefined) {
      application.learn({ sessionId: answer.session, transaction: call.transaction });
    }
    this.#wake();
    return seen;
  }

  async #isBack(application: Application): Promise<void> {
    while ((await ask(this.#way(), lookAt(application))) === undefined) await wait(lookAgainMs);
  }

  /** Resolves at the very call that makes it so. */
  #until(holds: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#watched.push({ holds, resolve });
      this.#wake();
    });
  }

  #wake(): void {
    for (const { holds, resolve } of this.#watched) if (holds()) resolve();
  }

  #way(): PasscodeClient {
    const way = this.#chance.pick(this.#service.ways);
    if (way === undefined) throw new Error("no instance is there to be called");
    return way;
  }
}

/** Asks about the destination, or, where it has no session to ask about, whether somebody else is sent anything. */
function lookAt({ sessions: [session] }: Application): Call {
  if (session !== undefined) return { rpc: "get", session };
  return new Application(freshPhone(), new Chance(0), () => undefined).open();
}

let phones = 0;

/** A number no crowd of this process had before. */
function freshPhone(): string {
  phones += 1;
  return `+4179${1_000_000 + phones}`;
}
