import { checkEviction } from "./redis-check.ts";
import { askSentinels, dial, hangUp, type RedisLine, withoutArguments } from "./redis-dial.ts";
import type { RedisOptions } from "./redis-options.ts";
import { evaluate, type RedisScript } from "./redis-scripts.ts";

/** How long after the first failed attempt to connect comes the next; doubled up to the longest, for ever. */
const redialDelayMinMs = 50;
const redialDelayMaxMs = 1_000;

/** How often the primaries are asked whether they may evict records by now: an operator can tell them to at any time. */
const evictionCheckMs = 5_000;

/** How often the sentinels are asked whether the primary is still the one connected to. */
const sentinelIntervalMs = 2_000;

/**
 * A connection to Redis that is replaced whenever it looks broken.
 *
 * A replacement goes through the same steps as the first connection: asking the
 * sentinels, discovering the cluster, checking that the server is a primary that does
 * not evict. That way one mechanism covers a lost connection, a stalled server, a
 * failover, and a node that came back as a replica. Meanwhile commands fail at once.
 */
export class RedisConnection {
  readonly #options: RedisOptions;
  readonly #sentinelTimer: NodeJS.Timeout | undefined;
  readonly #evictionTimer: NodeJS.Timeout;
  /** Why the primaries must not be counted on, though they answer. */
  #unfit: unknown;
  #line: RedisLine;
  #isRedialing = false;
  #isClosed = false;
  /** Commands under way, and when one was last answered: silence with commands under way is a stall. */
  #underWay = 0;
  #answeredMs = 0;

  static async open(options: RedisOptions): Promise<RedisConnection> {
    return new RedisConnection(options, await dial(options));
  }

  private constructor(options: RedisOptions, line: RedisLine) {
    this.#options = options;
    this.#line = line;
    this.#watch(line);
    this.#evictionTimer = setInterval(() => void this.#checkEviction(), evictionCheckMs).unref();
    if (options.topology.kind === "sentinel") {
      this.#sentinelTimer = setInterval(() => void this.#askSentinels(), sentinelIntervalMs);
      this.#sentinelTimer.unref();
    }
  }

  /** Runs a script on the server that keeps the key. Rejects with whatever went wrong. */
  async run(script: RedisScript, key: string, values: string[]): Promise<unknown> {
    const line = this.#line;
    if (this.#unfit !== undefined) throw this.#unfit;
    if (this.#isStalled()) {
      this.#redial(line);
      throw new Error("Redis does not answer.");
    }
    if (this.#underWay++ === 0) this.#answeredMs = performance.now();
    const timer = setTimeout(() => this.#redial(line), this.#options.timeoutMs).unref();
    try {
      return await evaluate(line.client, script, { keys: [key], arguments: values });
    } catch (error) {
      if (looksBroken(error)) this.#redial(line);
      throw error;
    } finally {
      clearTimeout(timer);
      this.#underWay--;
      this.#answeredMs = performance.now();
    }
  }

  close(): void {
    this.#isClosed = true;
    clearInterval(this.#sentinelTimer);
    clearInterval(this.#evictionTimer);
    hangUp(this.#line.client);
  }

  /** The client's own socket timeout does not see a stall under load: each write restarts it. */
  #isStalled(): boolean {
    return this.#underWay > 0 && performance.now() - this.#answeredMs > this.#options.timeoutMs;
  }

  /** An idle connection that breaks is replaced before a command needs it. A cluster's node connects again by itself. */
  #watch(line: RedisLine): void {
    const report = (error: unknown) => {
      if (line === this.#line && !this.#isClosed) this.#options.onError(withoutArguments(error));
    };
    line.client.on("error", (error) => {
      report(error);
      this.#redial(line);
    });
    line.client.on("node-error", report);
  }

  async #askSentinels(): Promise<void> {
    const line = this.#line;
    try {
      const primary = await askSentinels(this.#options);
      if (primary?.host === line.primary?.host && primary?.port === line.primary?.port) return;
      this.#redial(line);
    } catch (error) {
      this.#options.onError(error);
    }
  }

  /** Until a new connection finds them fit again, nothing is counted on primaries that may evict. */
  async #checkEviction(): Promise<void> {
    const line = this.#line;
    const infos = await line.infos().catch(() => []); // Whether they answer, the updates find out.
    try {
      for (const info of infos) checkEviction(info);
    } catch (error) {
      if (line !== this.#line) return;
      this.#unfit = error;
      this.#redial(line);
    }
  }

  #redial(broken: RedisLine): void {
    if (this.#isRedialing || broken !== this.#line) return;
    this.#isRedialing = true;
    void this.#keepRedialing().finally(() => {
      this.#isRedialing = false;
    });
  }

  async #keepRedialing(): Promise<void> {
    for (let delayMs = redialDelayMinMs; !this.#isClosed; delayMs = Math.min(2 * delayMs, redialDelayMaxMs)) {
      try {
        const line = await dial(this.#options);
        if (this.#isClosed) return hangUp(line.client);
        const former = this.#line;
        this.#line = line;
        this.#unfit = undefined;
        this.#watch(line);
        hangUp(former.client);
        return;
      } catch (error) {
        this.#options.onError(error);
        await new Promise((resolve) => setTimeout(resolve, delayMs).unref());
      }
    }
  }
}

/**
 * Whether another connection may help. Redis's own refusals begin with a word in
 * capitals (OOM, WRONGTYPE …) and come over a connection that works; READONLY is
 * Redis saying that it is no longer the primary. Before Redis 7, what a script was refused
 * stands at the end of an ERR of its own.
 */
export function looksBroken(error: unknown): boolean {
  return !(error instanceof Error && /^[A-Z]+ /.test(error.message)) || error.message.includes("READONLY");
}
