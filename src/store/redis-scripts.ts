import { createHash } from "node:crypto";

export interface RedisScript {
  readonly source: string;
  readonly sha: string;
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
