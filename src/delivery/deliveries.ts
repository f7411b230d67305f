import type { Clock } from "../clock.ts";
import type { Log } from "../telemetry/log.ts";
import type { DeliveryOutcome, Handover, Message, Provider } from "./provider.ts";
import type { Canceled, NoTurn, QueueSettings, Waiter } from "./provider-queue.ts";
import { QueuedProvider } from "./queued-provider.ts";

/** One message, and all that its delivery depends on. */
export interface Job {
  /** The names of the providers to try, in order; at least one. */
  readonly providers: readonly string[];
  /** The message as a provider gets it: the same code and words for every one. */
  message(provider: string): Message;
  /** What stands for the message with a provider. */
  handover(provider: string): Pick<Handover, "reference" | "reportUrl">;
  readonly caller: Caller;
  /** Whether a message that may have been sent is given to the next provider too. */
  readonly afterNoAnswer: AfterNoAnswer;
  /** Told of every attempt, as it ends, and of every provider that had no room for the message. */
  onAttempt(provider: string, outcome: DeliveryOutcome): void;
}

export type AfterNoAnswer = "stop" | "next";

/** Who waits for the delivery, under the name of the API key. */
export interface Caller extends Waiter {
  /** Milliseconds to the deadline; undefined if there is none. */
  remainingMs(): number | undefined;
}

/** What became of the message, and with whom: the last provider tried, or the one that may have sent it. */
export interface Delivered {
  readonly provider: string;
  readonly outcome: DeliveryOutcome | Canceled;
}

/**
 * How long after it was handed in an attempt with a message may begin, in milliseconds. With the
 * slowest attempt of a minute it stays within the time after which the ledger takes a send for lost.
 */
const attemptsWithinMs = 25_000;

/** No provider's own bounds are wider, in milliseconds. */
const attemptMsMax = 60_000;

/** For providers that are given as much as comes. */
const unbounded: QueueSettings = { concurrency: Number.POSITIVE_INFINITY, queueMax: 0 };

interface Parts {
  readonly clock: Clock;
  readonly log: Log;
  /** By the provider's name. Absent, or absent for one: given as much as comes. */
  readonly queues?: ReadonlyMap<string, QueueSettings>;
}

/** The configured providers, by name, and how each has been doing. */
export class Deliveries {
  readonly #providers: ReadonlyMap<string, QueuedProvider>;
  readonly #clock: Clock;

  constructor(providers: ReadonlyMap<string, Provider>, { clock, log, queues }: Parts) {
    this.#clock = clock;
    this.#providers = new Map(
      [...providers].map(([name, provider]) => {
        const onCircuit = (detail: string) => log.warn("circuit", { provider: name, detail });
        const queue = queues?.get(name) ?? unbounded;
        return [name, new QueuedProvider(provider, { queue, clock, onCircuit })];
      }),
    );
  }

  /** Undefined if no provider has the name. */
  provider(name: string): Provider | undefined {
    return this.#providers.get(name)?.provider;
  }

  /**
   * Hands the message to one provider after the other until one accepts it, waiting for a
   * turn with each for its share of the time.
   *
   * A provider that keeps failing, or has asked to be left alone, is passed over while there
   * is another. If none has taken the message, one that asked for a time that the caller
   * still has is waited for, once; if all are passed over, the first is tried even so. Where
   * a message may have been sent, the next provider gets it only if the job says so, for the
   * user might get it twice.
   */
  async send(job: Job): Promise<Delivered> {
    const untilMs = this.#clock.nowMs() + attemptsWithinMs;
    const made: Delivered[] = [];
    for (const [index, name] of job.providers.entries()) {
      if (made.length > 0 && this.#isOver(job, untilMs)) break;
      const delivered = await this.#attempt(job, name, { left: job.providers.length - index, untilMs });
      if (delivered === undefined) continue;
      made.push(delivered);
      const { kind } = delivered.outcome;
      if (kind === "accepted" || (kind === "noAnswer" && job.afterNoAnswer === "stop")) return delivered;
    }
    const unanswered = made.find(({ outcome }) => outcome.kind === "noAnswer");
    if (unanswered !== undefined) return unanswered;
    const last = await this.#lastResort(job, made, untilMs);
    if (last?.outcome.kind === "accepted" || last?.outcome.kind === "noAnswer") return last;
    if (last !== undefined) made.push(last);
    return weightiest(made);
  }

  /** Lets nobody wait for a turn any longer. */
  close(): void {
    for (const provider of this.#providers.values()) provider.close();
  }

  /** Undefined if the provider is passed over. */
  async #attempt(
    job: Job,
    name: string,
    { left, untilMs }: { left: number; untilMs: number },
  ): Promise<Delivered | undefined> {
    const queued = this.#named(name);
    const wait = { withinMs: this.#waitMs(job, left, untilMs), mayGoElsewhere: left > 1 };
    const outcome = await queued.attempt(job.caller, wait, () =>
      queued.provider.send(job.message(name), handoverOf(job, name, left)),
    );
    return outcome.kind === "passedOver" ? undefined : told(job, name, outcome);
  }

  /** Once more with the one that is soonest to be asked again; if nobody was asked at all, with whoever is there. */
  async #lastResort(job: Job, made: readonly Delivered[], untilMs: number): Promise<Delivered | undefined> {
    if (made.length > 0 && this.#isOver(job, untilMs)) return undefined;
    const withinMs = this.#waitMs(job, 1, untilMs);
    const heldForMs = (name: string) => this.#named(name).heldForMs;
    const [soonest] = job.providers
      .filter((name) => heldForMs(name) > 0 || made.some((one) => one.provider === name && isThrottled(one)))
      .filter((name) => heldForMs(name) < withinMs)
      .sort((one, other) => heldForMs(one) - heldForMs(other));
    if (soonest !== undefined) return await this.#insist(job, soonest, withinMs);
    if (made.length > 0) return undefined;
    const first = job.providers.find((name) => heldForMs(name) === 0) ?? job.providers[0];
    return await this.#insist(job, first as string, withinMs);
  }

  async #insist(job: Job, name: string, withinMs: number): Promise<Delivered> {
    const queued = this.#named(name);
    const outcome = await queued.insist(job.caller, withinMs, () =>
      queued.provider.send(job.message(name), handoverOf(job, name, 1)),
    );
    return told(job, name, outcome);
  }

  #isOver({ caller }: Job, untilMs: number): boolean {
    return caller.gone() || this.#clock.nowMs() > untilMs;
  }

  /** How long a message may wait for a turn with the next of the providers that are left. */
  #waitMs(job: Job, left: number, untilMs: number): number {
    return Math.min(shareMs(job, left), Math.max(0, untilMs - this.#clock.nowMs()));
  }

  #named(name: string): QueuedProvider {
    const named = this.#providers.get(name);
    if (named === undefined) throw new Error(`no provider is named ${name}`);
    return named;
  }
}

function told(job: Job, provider: string, outcome: DeliveryOutcome | NoTurn): Delivered {
  if (outcome.kind !== "canceled") job.onAttempt(provider, outcome);
  return { provider, outcome };
}

/**
 * What to tell of several failures: what was said of the destination, whoever else could not be
 * reached; else the last, but that one had no room says less than what another said.
 */
function weightiest(made: readonly Delivered[]): Delivered {
  const refused = made.find(({ outcome: { kind } }) => kind === "destinationRefused" || kind === "blocked");
  const asked = made.findLast(({ outcome: { kind } }) => kind !== "busy" && kind !== "canceled");
  // Somebody is always tried.
  return refused ?? asked ?? (made.at(-1) as Delivered);
}

/** Whether the provider had too much to do, rather than one destination. */
function isThrottled({ outcome }: Delivered): boolean {
  return outcome.kind === "overloaded" && outcome.ofDestination !== true;
}

/** Divides what the caller will wait between the providers that are left, in milliseconds. */
function shareMs({ caller }: Job, left: number): number {
  const remainingMs = caller.remainingMs() ?? attemptMsMax * left;
  return Math.max(1, Math.min(attemptMsMax, Math.floor(remainingMs / left)));
}

/**
 * An attempt may outlast its share of the time once the message is on its way, for to give up
 * then is to know nothing; unless the next provider is to get the message even so.
 */
function handoverOf(job: Job, provider: string, left: number): Handover {
  const connectWithinMs = shareMs(job, left);
  const mayGoOn = left > 1 && job.afterNoAnswer === "next";
  return { ...job.handover(provider), connectWithinMs, withinMs: mayGoOn ? connectWithinMs : attemptMsMax };
}
