/** More than can wait for their reports at once within reason; what comes on top is not watched, and that is told. */
const watchedMax = 100_000;

/** A send that another channel may have to stand in for. */
export interface WatchedSend {
  readonly sessionId: string;
  /** Its number in the session. */
  readonly delivery: number;
}

interface Watched {
  readonly timer: NodeJS.Timeout;
  fallBack(): Promise<void>;
}

/**
 * Waits for reports on the sends this process has made, to fall back to another channel
 * when one says that the message failed, or when none says in time that it arrived.
 *
 * It holds no counts: whether a fallback is still needed and allowed, the ledger decides.
 * What it waits for ends with the process. A report that another instance was given is
 * seen when the time is over, and so not at all where no time is set.
 */
export class FallbackWatch {
  readonly #watched = new Map<string, Watched>();
  readonly #underWay = new Set<Promise<void>>();
  readonly #onFull: () => void;
  #isFull = false;

  /** `onFull` is told of the first send that is not watched since there was room: no other channel stands in for it, nor for those that follow. */
  constructor(onFull: () => void = () => {}) {
    this.#onFull = onFull;
  }

  /** Calls `fallBack`, once, `afterMs` from now or when the send is reported as failed; after `forgetMs` not any more. */
  watch(
    send: WatchedSend,
    { afterMs, forgetMs, fallBack }: { afterMs?: number; forgetMs: number; fallBack: () => Promise<void> },
  ): void {
    if (this.#watched.size >= watchedMax) {
      if (!this.#isFull) this.#onFull();
      this.#isFull = true;
      return;
    }
    this.#isFull = false;
    const key = keyOf(send);
    const falls = afterMs !== undefined && afterMs < forgetMs;
    const due = () => (falls ? this.failed(send) : this.arrived(send));
    const timer = setTimeout(due, falls ? afterMs : forgetMs).unref();
    this.#watched.set(key, { timer, fallBack });
  }

  /** The send has failed, or nothing was heard of it in time. */
  failed(send: WatchedSend): void {
    const watched = this.#take(send);
    if (watched === undefined) return;
    const work = watched.fallBack().finally(() => this.#underWay.delete(work));
    this.#underWay.add(work);
  }

  /** The message has arrived, or its code is dead: no other need follow. */
  arrived(send: WatchedSend): void {
    this.#take(send);
  }

  /** Gives up waiting, and lets what has begun end. Answers how many sends were still waited for. */
  async close(): Promise<number> {
    const { size } = this.#watched;
    for (const { timer } of this.#watched.values()) clearTimeout(timer);
    this.#watched.clear();
    await Promise.all(this.#underWay);
    return size;
  }

  #take(send: WatchedSend): Watched | undefined {
    const key = keyOf(send);
    const watched = this.#watched.get(key);
    clearTimeout(watched?.timer);
    this.#watched.delete(key);
    return watched;
  }
}

function keyOf({ sessionId, delivery }: WatchedSend): string {
  return `${sessionId} ${delivery}`;
}
