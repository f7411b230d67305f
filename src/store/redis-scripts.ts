import { createHash } from "node:crypto";
import type { RedisClient, RedisClusterClient } from "./redis-client.ts";

/** Before every key in Redis. The number changes with the layout, so that releases do not misread each other. */
export const redisKeyPrefix = "passcode:1:";

export interface RedisScript {
  readonly source: string;
  readonly sha: string;
}

/** What single clients and cluster clients have in common and their types do not say. */
interface ScriptClient {
  evalSha(sha: string, input: ScriptInput): Promise<unknown>;
  eval(source: string, input: ScriptInput): Promise<unknown>;
}

interface ScriptInput {
  keys: string[];
  arguments: string[];
}

/** The record, or nothing, and the instant in milliseconds by the server's clock. */
export const readScript = script(`
local time = redis.call('TIME')
return { redis.call('GET', KEYS[1]), time[1] * 1000 + math.floor(time[2] / 1000) }
`);

/**
 * Replaces the record if it is still the one seen and the reading is young enough; answers 1, else 0.
 *
 * ARGV: the reading's instant, the age it may have, the next record, the instant of its
 * expiry, and the record seen, left out if there was none. GET answers false for none.
 */
export const replaceScript = script(`
local time = redis.call('TIME')
local age = time[1] * 1000 + math.floor(time[2] / 1000) - ARGV[1]
if age > tonumber(ARGV[2]) then return 0 end
if redis.call('GET', KEYS[1]) ~= (ARGV[5] or false) then return 0 end
redis.call('SET', KEYS[1], ARGV[3], 'PXAT', ARGV[4])
return 1
`);

/** Redis knows a script by the SHA-1 of its source. */
function script(source: string): RedisScript {
  return { source, sha: createHash("sha1").update(source).digest("hex") };
}

/** Runs a script by its hash, and by its source where the server does not know the hash yet. */
export async function evaluate(
  client: RedisClient | RedisClusterClient,
  script: RedisScript,
  input: ScriptInput,
): Promise<unknown> {
  try {
    return await scriptClient(client).evalSha(script.sha, input);
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith("NOSCRIPT"))) throw error;
    return evaluateSource(client, script, input);
  }
}

/** Runs a script by its source alone, which a user may be barred from even where its hash is known. */
export function evaluateSource(
  client: RedisClient | RedisClusterClient,
  { source }: RedisScript,
  input: ScriptInput,
): Promise<unknown> {
  return scriptClient(client).eval(source, input);
}

/** Both clients have these two methods; the union of their generic types is not callable. */
function scriptClient(client: RedisClient | RedisClusterClient): ScriptClient {
  return client as unknown as ScriptClient;
}
