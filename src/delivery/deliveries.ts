import type { Clock } from "../clock.ts";
import type { Log } from "../telemetry/log.ts";
import { Circuit } from "./circuit.ts";
import type { DeliveryOutcome, Handover, Message, Provider } from "./provider.ts";

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
  /** Told of every attempt, as it ends. */
  onAttempt(provider: string, outcome: DeliveryOutcome): void;
}

export type AfterNoAnswer = "stop" | "next";

/** Who waits for the delivery. */
export interface Caller {
  /** Whether nobody waits any more: canceled, or past the deadline. */
  gone(): boolean;
  /** Milliseconds to the deadline; undefined if there is none. */
  remainingMs(): number | undefined;
}

/**
 * What became of the message, and with whom: the one that may have sent it, else one that
 * would not send it to this destination, else the last provider tried. So a send counts
 * (R7) whoever else could not be reached.
 */
export interface Delivered {
  readonly provider: string;
  readonly outcome: DeliveryOutcome;
}

/**
 * How long after the first attempt another may begin, in milliseconds. With the slowest
 * attempt of a minute it stays within the time after which the ledger takes a send for lost.
 */
const attemptsWithinMs = 25_000;

/** No provider's own bounds are wider, in milliseconds. */
const attemptMsMax = 60_000;

/** The configured providers, by name, and how each has been doing. */
export class Deliveries {
  readonly #providers: ReadonlyMap<string, { provider: Provider; circuit: Circuit }>;
  readonly #clock: Clock;

  constructor(providers: ReadonlyMap<string, Provider>, { clock, log }: { clock: Clock; log: Log }) {
    this.#clock = clock;
    this.#providers = new Map(
      [...providers].map(([name, provider]) => {
        const circuit = new Circuit(clock, (state) => log.warn("circuit", { provider: name, detail: state }));
        return [name, { provider, circuit }];
      }),
    );
  }

  /** Undefined if no provider has the name. */
  provider(name: string): Provider | undefined {
    return this.#providers.get(name)?.provider;
  }

  /**
   * Hands the message to one provider after the other until one accepts it.
   *
   * A provider that keeps failing is passed over while there is another; if all are, the
   * first is tried even so. Where a message may have been sent, the next provider gets it
   * only if the job says so, for the user might get it twice.
   */
  async send(job: Job): Promise<Delivered> {
    const beganMs = this.#clock.nowMs();
    let unanswered: Delivered | undefined;
    let refused: Delivered | undefined;
    let last: Delivered | undefined;
    for (const [index, name] of job.providers.entries()) {
      const late = this.#clock.nowMs() - beganMs > attemptsWithinMs;
      if (last !== undefined && (late || job.caller.gone())) break;
      const outcome = await this.#attempt(job, name, job.providers.length - index);
      if (outcome === undefined) continue;
      last = { provider: name, outcome };
      if (outcome.kind === "accepted") return last;
      if (outcome.kind === "noAnswer") {
        if (job.afterNoAnswer === "stop") return last;
        unanswered ??= last;
      }
      if (outcome.kind === "destinationRefused" || outcome.kind === "blocked") refused ??= last;
    }
    return unanswered ?? refused ?? last ?? (await this.#insist(job));
  }

  async #attempt(job: Job, name: string, left: number): Promise<DeliveryOutcome | undefined> {
    const { provider, circuit } = this.#named(name);
    const outcome = await circuit.attempt(() =>
      provider.send(job.message(name), handoverOf(job, name, left)),
    );
    if (outcome !== undefined) job.onAttempt(name, outcome);
    return outcome;
  }

  /** The first provider's, although all are passed over. */
  async #insist(job: Job): Promise<Delivered> {
    const name = job.providers[0] as string;
    const { provider, circuit } = this.#named(name);
    const outcome = await circuit.insist(() => provider.send(job.message(name), handoverOf(job, name, 1)));
    job.onAttempt(name, outcome);
    return { provider: name, outcome };
  }

  #named(name: string): { provider: Provider; circuit: Circuit } {
    const named = this.#providers.get(name);
    if (named === undefined) throw new Error(`no provider is named ${name}`);
    return named;
  }
}

/**
 * Divides what the caller will wait between the attempts that are left. An attempt may
 * outlast its share once the message is on its way, for to give up then is to know
 * nothing; unless the next provider is to get the message even so.
 */
function handoverOf(job: Job, provider: string, left: number): Handover {
  const remainingMs = job.caller.remainingMs() ?? attemptMsMax * left;
  const shareMs = Math.max(1, Math.min(attemptMsMax, Math.floor(remainingMs / left)));
  const mayGoOn = left > 1 && job.afterNoAnswer === "next";
  return { ...job.handover(provider), connectWithinMs: shareMs, withinMs: mayGoOn ? shareMs : attemptMsMax };
}
