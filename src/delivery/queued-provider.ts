import type { Clock } from "../clock.ts";
import { Circuit } from "./circuit.ts";
import type { DeliveryOutcome, Provider } from "./provider.ts";
import {
  type NoTurn,
  type PassedOver,
  ProviderQueue,
  type QueueSettings,
  type Wait,
  type Waiter,
} from "./provider-queue.ts";

interface Parts {
  readonly queue: QueueSettings;
  readonly clock: Clock;
  /** Told of the provider being passed over, being probed, and being back. */
  readonly onCircuit: (state: "open" | "halfOpen" | "closed") => void;
}

/** A provider, the queue in front of it, and how it has been doing. */
export class QueuedProvider {
  readonly provider: Provider;
  readonly #queue: ProviderQueue;
  readonly #circuit: Circuit;

  constructor(provider: Provider, { queue, clock, onCircuit }: Parts) {
    this.provider = provider;
    this.#queue = new ProviderQueue(queue, clock);
    this.#circuit = new Circuit(clock, (state) => {
      onCircuit(state);
      if (state === "open") this.#queue.passOver();
    });
  }

  /** Milliseconds for which the provider has asked to be left alone; 0 if it has not. */
  get heldForMs(): number {
    return this.#queue.heldForMs;
  }

  /** Waits for a turn and sends then, unless the provider is passed over: it keeps failing, or has asked to be left alone. */
  async attempt(
    waiter: Waiter,
    wait: Wait,
    send: () => Promise<DeliveryOutcome>,
  ): Promise<DeliveryOutcome | NoTurn | PassedOver> {
    if (this.#circuit.isOpen || this.heldForMs > 0) return { kind: "passedOver" };
    const turn = await this.#queue.turn(waiter, wait);
    if (turn.kind !== "turn") return turn;
    try {
      const outcome = await this.#circuit.attempt(async () => {
        const outcome = await send();
        return { outcome, isNews: turn.heard(outcome) };
      });
      return outcome ?? { kind: "passedOver" };
    } finally {
      turn.end();
    }
  }

  /** Waits for a turn and sends then, even if the provider keeps failing or has been left alone until then. */
  async insist(
    waiter: Waiter,
    withinMs: number,
    send: () => Promise<DeliveryOutcome>,
  ): Promise<DeliveryOutcome | NoTurn> {
    const turn = await this.#queue.turn(waiter, { withinMs, mayGoElsewhere: false });
    if (turn.kind !== "turn") return turn;
    try {
      const outcome = await send();
      turn.heard(outcome);
      return outcome;
    } finally {
      turn.end();
    }
  }

  close(): void {
    this.#queue.close();
  }
}
