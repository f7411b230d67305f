/** How long closing may take once the drain is over, in milliseconds: enough to say goodbye to a provider and a store. */
export const graceMs = 250;

/**
 * Time that is granted once. While it runs the process stays alive: what a stop waits for
 * may be sockets and timers that keep none, and a process that runs out of things to do
 * ends in the midst of its stop.
 */
export class Allowance {
  readonly #over = new AbortController();
  readonly #timer: NodeJS.Timeout;

  constructor(ms: number) {
    this.#timer = setTimeout(() => this.#over.abort(), ms);
  }

  /** Aborts when the time is over. */
  get signal(): AbortSignal {
    return this.#over.signal;
  }

  /** Waits for the work, and answers whether it ended in time. Rejects if the work does in time. */
  async covers(work: Promise<unknown>): Promise<boolean> {
    const { signal } = this;
    return await new Promise<boolean>((resolve, reject) => {
      const giveUp = () => resolve(false);
      if (signal.aborted) setImmediate(giveUp);
      else signal.addEventListener("abort", giveUp, { once: true });
      work.then(() => resolve(true), reject).finally(() => signal.removeEventListener("abort", giveUp));
    });
  }

  /** No longer needed. */
  end(): void {
    clearTimeout(this.#timer);
  }
}
