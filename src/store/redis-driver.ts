import { type Driver, decisionAgeMaxMs, type Reading, type Text } from "./driver.ts";
import { RedisConnection } from "./redis-connection.ts";
import type { RedisOptions } from "./redis-options.ts";
import { readScript, redisKeyPrefix, replaceScript } from "./redis-scripts.ts";

/**
 * Keeps texts in Redis, for any number of processes. Time is Redis's.
 *
 * Replacement is one script, which Redis runs alone. What Redis acknowledges it may
 * still lose when it fails over to a replica that had not received it yet.
 */
class RedisDriver implements Driver {
  readonly #connection: RedisConnection;

  constructor(connection: RedisConnection) {
    this.#connection = connection;
  }

  async read(key: string): Promise<Reading> {
    const answer = await this.#connection.run(readScript, redisKeyPrefix + key, []);
    if (!Array.isArray(answer)) throw new TypeError("Redis answered something other than a reading.");
    const [text, nowMs] = answer as unknown[];
    if ((text !== null && typeof text !== "string") || typeof nowMs !== "number") {
      throw new TypeError("Redis answered something other than a reading.");
    }
    return { text: text ?? undefined, nowMs };
  }

  async replace(key: string, reading: Reading, next: Text): Promise<boolean> {
    const values = [
      String(reading.nowMs),
      String(decisionAgeMaxMs),
      next.text,
      // Whole, and in the future of the reading: Redis refuses a fraction.
      String(Math.max(Math.ceil(next.expiresAtMs), Math.floor(reading.nowMs) + 1)),
    ];
    if (reading.text !== undefined) values.push(reading.text);
    const answer = await this.#connection.run(replaceScript, redisKeyPrefix + key, values);
    if (answer !== 0 && answer !== 1) throw new TypeError("Redis answered something other than 0 or 1.");
    return answer === 1;
  }

  async close(): Promise<void> {
    this.#connection.close();
  }
}

/**
 * Connects and checks, as long as `dial` takes at most. Rejects with one sentence if Redis
 * cannot be reached, is a replica, or may evict records to make room.
 */
export async function openRedisDriver(options: RedisOptions): Promise<Driver> {
  return new RedisDriver(await RedisConnection.open(options));
}
