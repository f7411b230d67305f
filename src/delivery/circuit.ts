import {
  BrokenCircuitError,
  type CircuitBreakerPolicy,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  handleWhenResult,
} from "cockatiel";
import type { Clock } from "../clock.ts";
import type { DeliveryOutcome } from "./provider.ts";

/** Messages in a row that a provider has to fail before it is passed over. */
const failuresMax = 5;

/** How long it is passed over before one message probes whether it is back, in milliseconds. */
const passedOverMs = 30_000;

/** The longest a provider is left alone at its own wish, in milliseconds. */
const leftAloneMsMax = 60_000;

/** Remembers how a provider has been doing, and whether to pass it over. */
export class Circuit {
  readonly #clock: Clock;
  readonly #breaker: CircuitBreakerPolicy;
  #leftAloneUntilMs = 0;

  /** Tells of the provider being passed over, being probed, and being back. */
  constructor(clock: Clock, onChange: (state: "open" | "halfOpen" | "closed") => void) {
    this.#clock = clock;
    this.#breaker = circuitBreaker(
      handleWhenResult((outcome) => isFailure(outcome as DeliveryOutcome)),
      { halfOpenAfter: passedOverMs, breaker: new ConsecutiveBreaker(failuresMax) },
    );
    this.#breaker.onBreak(() => onChange("open"));
    this.#breaker.onHalfOpen(() => onChange("halfOpen"));
    this.#breaker.onReset(() => onChange("closed"));
  }

  /** The outcome of the attempt; undefined if it was not made, because the provider is passed over. */
  async attempt(send: () => Promise<DeliveryOutcome>): Promise<DeliveryOutcome | undefined> {
    if (this.#clock.nowMs() < this.#leftAloneUntilMs) return undefined;
    // One message probes; the others do not wait for it.
    if (this.#breaker.state === CircuitState.HalfOpen) return undefined;
    try {
      return await this.#breaker.execute(() => this.insist(send));
    } catch (error) {
      if (error instanceof BrokenCircuitError) return undefined;
      throw error;
    }
  }

  /** The outcome of an attempt that is made even if the provider is passed over: there is nobody else. */
  async insist(send: () => Promise<DeliveryOutcome>): Promise<DeliveryOutcome> {
    const outcome = await send();
    if (outcome.kind === "overloaded" && isFailure(outcome) && outcome.retryAfterMs !== undefined) {
      const waitMs = Math.min(outcome.retryAfterMs, leftAloneMsMax);
      this.#leftAloneUntilMs = this.#clock.nowMs() + waitMs;
    }
    return outcome;
  }
}

/**
 * Whether the provider is in trouble. One that refuses is not: it answers at once, and what
 * it refuses may be of one country, one language or one number, by which anybody could have
 * it passed over for everybody.
 */
function isFailure(outcome: DeliveryOutcome): boolean {
  if (outcome.kind === "overloaded") return outcome.ofDestination !== true;
  return outcome.kind === "unreachable" || outcome.kind === "noAnswer";
}
