import { expect, vi } from "vitest";
import type { RedisServer } from "../support/redis.ts";

/** Resolves when the server takes writes. */
export async function isPrimary(server: RedisServer): Promise<void> {
  // Whoever is made a primary breaks its connections, this one too.
  await vi.waitFor(async () => expect(await replicationOf(server)).toContain("role:master"));
}

/** Resolves when the primary has a replica that it counts on. */
export async function isOnline(primary: RedisServer): Promise<void> {
  await vi.waitFor(async () => expect(await replicationOf(primary)).toContain("state=online"));
}

/** Resolves when the primary counts on no replica any more. */
export async function isAlone(primary: RedisServer): Promise<void> {
  await vi.waitFor(async () => expect(await replicationOf(primary)).toContain("min_slaves_good_slaves:0"));
}

/** Resolves when the replica has all that the primary has. */
export async function areInStep(primary: RedisServer, replica: RedisServer): Promise<void> {
  await vi.waitFor(async () => expect(await offsetOf(replica)).toEqual(await offsetOf(primary)));
}

/** How much of the stream of changes the server has. */
async function offsetOf(server: RedisServer): Promise<number> {
  return Number(/master_repl_offset:(\d+)/.exec(await replicationOf(server))?.[1]);
}

async function replicationOf(server: RedisServer): Promise<string> {
  return String(await server.command("INFO", "replication"));
}
