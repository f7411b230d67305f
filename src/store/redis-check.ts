import type { RedisClient, RedisClusterClient } from "./redis-client.ts";
import { evaluate, evaluateSource, readScript, redisKeyPrefix, replaceScript } from "./redis-scripts.ts";

/** Refuses a server that would lose counters, from its answer to INFO. */
export function checkServer(info: string): void {
  if (fieldOf(info, "role") !== "master") throw new Error("it is a replica, which takes no writes");
  checkEviction(info);
}

/** Refuses a server that may drop counters to make room, from its answer to INFO. */
export function checkEviction(info: string): void {
  const policy = fieldOf(info, "maxmemory_policy");
  if (policy === undefined) throw new Error("INFO does not tell its maxmemory-policy");
  if (fieldOf(info, "maxmemory") !== "0" && policy !== "noeviction") {
    throw new Error(`its maxmemory-policy is ${policy}: a store that may evict counters; set noeviction`);
  }
}

function fieldOf(info: string, name: string): string | undefined {
  return info.match(new RegExp(`^${name}:(.*?)\r?$`, "m"))?.[1];
}

const checkKey = `${redisKeyPrefix}check`;

/**
 * Runs what every update runs, so that a user who may not is found out now. Redis's refusal names the command
 * or the keys that are barred. The record tried with is past its time when it is written.
 */
export async function tryScripts(client: RedisClient | RedisClusterClient): Promise<void> {
  const keys = [checkKey];
  try {
    const read = { keys, arguments: [] };
    const answer = await evaluateSource(client, readScript, read);
    await evaluate(client, readScript, read);
    const [, nowMs] = Array.isArray(answer) ? (answer as unknown[]) : [];
    await evaluate(client, replaceScript, { keys, arguments: [String(nowMs), "60000", "check", "1"] });
  } catch (error) {
    await tryCommands(client);
    throw error;
  }
}

/** Of a command within a script, Redis 7.0 does not say which it was that the user may not use. */
async function tryCommands(client: RedisClient | RedisClusterClient): Promise<void> {
  for (const command of [["TIME"], ["GET", checkKey], ["SET", checkKey, "check", "PXAT", "1"]]) {
    if (isCluster(client)) await client.sendCommand(checkKey, false, command);
    else await client.sendCommand(command);
  }
}

function isCluster(client: RedisClient | RedisClusterClient): client is RedisClusterClient {
  return "masters" in client;
}
