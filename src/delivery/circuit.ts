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

/** What came of an attempt, and whether it tells how the provider is doing. */
interface Attempted {
  readonly outcome: DeliveryOutcome;
  readonly isNews: boolean;
}

/** Remembers how a provider has been doing, and whether to pass it over. */
export class Circuit {
  readonly #clock: Clock;
  readonly #breaker: CircuitBreakerPolicy;
  #openedMs = 0;

  /** Tells of the provider being passed over, being probed, and being back. */
  constructor(clock: Clock, onChange: (state: "open" | "halfOpen" | "closed") => void) {
    this.#clock = clock;
    this.#breaker = circuitBreaker(
      handleWhenResult((attempted) => isFailure(attempted as Attempted)),
      { halfOpenAfter: passedOverMs, breaker: new ConsecutiveBreaker(failuresMax) },
    );
    this.#breaker.onBreak(() => {
      this.#openedMs = clock.nowMs();
      onChange("open");
    });
    this.#breaker.onHalfOpen(() => onChange("halfOpen"));
    this.#breaker.onReset(() => onChange("closed"));
  }

  /** Whether the provider is passed over, but for the message that probes. */
  get isOpen(): boolean {
    // One message probes; the others do not wait for it.
    if (this.#breaker.state === CircuitState.HalfOpen) return true;
    const sinceMs = this.#clock.nowMs() - this.#openedMs;
    return this.#breaker.state === CircuitState.Open && sinceMs >= 0 && sinceMs < passedOverMs;
  }

  /** The outcome of the attempt; undefined if it was not made, because the provider is passed over. */
  async attempt(send: () => Promise<Attempted>): Promise<DeliveryOutcome | undefined> {
    if (this.isOpen) return undefined;
    try {
      return (await this.#breaker.execute(send)).outcome;
    } catch (error) {
      if (error instanceof BrokenCircuitError) return undefined;
      throw error;
    }
  }
}

/**
 * Whether the provider is in trouble. One that refuses is not: it answers at once, and what
 * it refuses may be of one country, one language or one number, by which anybody could have
 * it passed over for everybody. What has too much tells it to every message in hand, and
 * means it once.
 */
function isFailure({ outcome, isNews }: Attempted): boolean {
  if (outcome.kind === "overloaded") return isNews && outcome.ofDestination !== true;
  return outcome.kind === "unreachable" || outcome.kind === "noAnswer";
}
