import type { RedisServer } from "../support/redis.ts";

/**
 * Makes everything that a Redis server keeps older, which to the service is as if so much
 * time had passed. Time is the server's and cannot be set; so each instant in the records,
 * and of their expiry, is moved back.
 */
export async function age(redis: RedisServer, byMs: number): Promise<void> {
  await redis.command("EVAL", moveBack, "0", String(byMs));
}

/** Instants are the only numbers of thirteen digits in a record. */
const moveBack = `
for _, key in ipairs(redis.call('KEYS', 'passcode:*')) do
  local text = redis.call('GET', key)
  local older = string.gsub(text, '%f[%w]%d%d%d%d%d%d%d%d%d%d%d%d%d%f[%W]', function(instant)
    return string.format('%.0f', tonumber(instant) - tonumber(ARGV[1]))
  end)
  local left = redis.call('PTTL', key) - tonumber(ARGV[1])
  redis.call('SET', key, older, 'PX', string.format('%.0f', math.max(left, 1)))
end
`;
