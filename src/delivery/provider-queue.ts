import type { Clock } from "../clock.ts";
import type { DeliveryOutcome } from "./provider.ts";

/** What a provider is given at most. */
export interface QueueSettings {
  /** Messages in hand with the provider at the same time. */
  readonly concurrency: number;
  /** Messages begun in any second. Absent: as many as come. */
  readonly ratePerSecond?: number;
  /** Messages that wait for their turn. */
  readonly queueMax: number;
}

/** Who wants a turn. */
export interface Waiter {
  /** Keys take turns. */
  readonly key: string;
  /** Aborts when nobody waits any more. Asked for only when there is no turn at once. */
  readonly signal: AbortSignal;
  /** Whether nobody waits any more: canceled, or past the deadline. */
  gone(): boolean;
}

export interface Wait {
  /** The longest to wait for the turn, in milliseconds. */
  readonly withinMs: number;
  /** Whether there is another provider to go to, should this one be passed over. */
  readonly mayGoElsewhere: boolean;
}

/** A place among the messages in hand, kept until it is ended. */
export interface Turn {
  readonly kind: "turn";
  /** Takes what the provider said. Answers whether it is news: not what others in hand were told just before. */
  heard(outcome: DeliveryOutcome): boolean;
  end(): void;
}

/** Nobody waits for the message any more, and nothing of it has left. */
export interface Canceled {
  readonly kind: "canceled";
  readonly detail: string;
}

export type NoTurn = Extract<DeliveryOutcome, { kind: "busy" }> | Canceled;

/** The provider is passed over: whoever has another one to go to goes there. */
export interface PassedOver {
  readonly kind: "passedOver";
}

/** What a provider is left alone for that says it has too much and not for how long: what vendors allow, they allow by the second. */
const usualHoldMs = 1_000;

/** The longest it is left alone at its own wish, in milliseconds. */
const holdMsMax = 60_000;

interface Waiting extends Pick<Wait, "mayGoElsewhere"> {
  settle(turn: Turn | NoTurn | PassedOver): void;
}

/**
 * Gives turns with one provider: so many at a time, so many a second, none while it has asked
 * to be left alone. The rest wait, within bounds; keys take turns, so that whoever sends a
 * thousand messages delays another's one by one.
 *
 * After a pause turns begin one at a time and grow with every answer, for whatever was too
 * much before would be so again if all came back at once.
 */
export class ProviderQueue {
  readonly #settings: QueueSettings;
  readonly #clock: Clock;
  /** Who waits, by key; the key that stands first has the next turn. */
  readonly #lines = new Map<string, Set<Waiting>>();
  #waiting = 0;
  #inHand = 0;
  #inHandMax: number;
  #begunInSecond = 0;
  #hold: { readonly untilMs: number; readonly timer: NodeJS.Timeout } | undefined;
  #holds = 0;
  #isClosed = false;

  constructor(settings: QueueSettings, clock: Clock) {
    this.#settings = settings;
    this.#clock = clock;
    this.#inHandMax = settings.concurrency;
  }

  /** Milliseconds for which the provider has asked to be left alone; 0 if it has not. */
  get heldForMs(): number {
    if (this.#hold === undefined) return 0;
    // The clock may have been set back.
    return Math.min(holdMsMax, Math.max(1, this.#hold.untilMs - this.#clock.nowMs()));
  }

  /** The waiter's next turn, or why it gets none. */
  turn(waiter: Waiter, wait: Wait & { mayGoElsewhere: false }): Promise<Turn | NoTurn>;
  turn(waiter: Waiter, wait: Wait): Promise<Turn | NoTurn | PassedOver>;
  async turn(waiter: Waiter, wait: Wait): Promise<Turn | NoTurn | PassedOver> {
    if (this.#isClosed) return busy("closed");
    if (this.#hasRoom()) return this.#begin();
    const heldForMs = this.heldForMs;
    if (heldForMs >= wait.withinMs && heldForMs > 0) {
      return { ...busy("left alone"), retryAfterMs: heldForMs };
    }
    if (wait.withinMs <= 0) return busy("no time to wait");
    if (!this.#makePlace(waiter.key)) return busy("queue full");
    const turn = await this.#wait(waiter, wait);
    if (turn.kind !== "turn" || !waiter.gone()) return turn;
    turn.end();
    return canceled;
  }

  /** Sends on whoever has another provider to go to. */
  passOver(): void {
    for (const line of [...this.#lines.values()]) {
      for (const waiting of [...line]) if (waiting.mayGoElsewhere) waiting.settle({ kind: "passedOver" });
    }
  }

  /** Lets nobody wait any longer. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#hold?.timer);
    for (const line of [...this.#lines.values()]) {
      for (const waiting of [...line]) waiting.settle(busy("closed"));
    }
  }

  #hasRoom(): boolean {
    const { ratePerSecond = Number.POSITIVE_INFINITY } = this.#settings;
    return this.#hold === undefined && this.#inHand < this.#inHandMax && this.#begunInSecond < ratePerSecond;
  }

  #begin(): Turn {
    this.#inHand += 1;
    if (this.#settings.ratePerSecond !== undefined) {
      this.#begunInSecond += 1;
      const later = () => {
        this.#begunInSecond -= 1;
        this.#serve();
      };
      setTimeout(later, 1_000).unref();
    }
    const holds = this.#holds;
    return {
      kind: "turn",
      heard: (outcome) => this.#heard(outcome, holds === this.#holds),
      end: () => {
        this.#inHand -= 1;
        this.#serve();
      },
    };
  }

  #heard(outcome: DeliveryOutcome, isNews: boolean): boolean {
    if (outcome.kind === "overloaded" && outcome.ofDestination !== true) {
      if (isNews) {
        this.#holds += 1;
        this.#inHandMax = 1;
      }
      this.#holdFor(Math.min(outcome.retryAfterMs ?? usualHoldMs, holdMsMax));
    } else if (isNews && this.#inHandMax < this.#settings.concurrency) {
      this.#inHandMax += 1;
    }
    return isNews;
  }

  #holdFor(ms: number): void {
    if (ms <= this.heldForMs || this.#isClosed) return;
    clearTimeout(this.#hold?.timer);
    const timer = setTimeout(() => {
      this.#hold = undefined;
      this.#serve();
    }, ms);
    this.#hold = { untilMs: this.#clock.nowMs() + ms, timer: timer.unref() };
    this.passOver();
  }

  #wait({ key, signal }: Waiter, { withinMs, mayGoElsewhere }: Wait): Promise<Turn | NoTurn | PassedOver> {
    const { promise, resolve } = Promise.withResolvers<Turn | NoTurn | PassedOver>();
    const line = this.#lines.get(key) ?? new Set();
    const leave = () => waiting.settle(canceled);
    const timer = setTimeout(() => waiting.settle(busy("no turn in time")), withinMs);
    const waiting: Waiting = {
      mayGoElsewhere,
      settle: (turn) => {
        clearTimeout(timer);
        signal.removeEventListener("abort", leave);
        line.delete(waiting);
        if (line.size === 0 && this.#lines.get(key) === line) this.#lines.delete(key);
        this.#waiting -= 1;
        resolve(turn);
      },
    };
    this.#lines.set(key, line.add(waiting));
    this.#waiting += 1;
    signal.addEventListener("abort", leave);
    if (signal.aborted) leave();
    return promise;
  }

  /**
   * Whether there is a place for one more of the key to wait. In a full queue, whose key has
   * the longest line gives way with its newest, unless that is as long as the newcomer's own.
   */
  #makePlace(key: string): boolean {
    if (this.#waiting < this.#settings.queueMax) return true;
    const own = this.#lines.get(key)?.size ?? 0;
    let longest: Set<Waiting> | undefined;
    for (const line of this.#lines.values()) {
      if (line.size > (longest?.size ?? own + 1)) longest = line;
    }
    const newest = [...(longest ?? [])].at(-1);
    newest?.settle(busy("queue full"));
    return newest !== undefined;
  }

  #serve(): void {
    while (this.#hasRoom()) {
      const [next] = this.#lines;
      if (next === undefined) return;
      const [key, line] = next;
      const [waiting] = line;
      // Its key stands last from now on.
      this.#lines.delete(key);
      this.#lines.set(key, line);
      waiting?.settle(this.#begin());
    }
  }
}

const canceled: Canceled = { kind: "canceled", detail: "caller gone" };

function busy(detail: string): Extract<DeliveryOutcome, { kind: "busy" }> {
  return { kind: "busy", detail };
}
