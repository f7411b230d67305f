import { vi } from "vitest";
import type { RedisServer } from "../support/redis.ts";

/** How long servers may take to agree. Far above what it takes. */
const patience = { timeout: 20_000, interval: 10 };

/** Resolves when the server takes writes. */
export async function isPrimary(server: RedisServer): Promise<void> {
  await says(server, "role:master");
}

/** Resolves when the primary has a replica that it counts on. */
export async function isOnline(primary: RedisServer): Promise<void> {
  await says(primary, "state=online");
}

/** Resolves when the replica has all that the primary has. */
export async function areInStep(primary: RedisServer, replica: RedisServer): Promise<void> {
  await vi.waitUntil(async () => (await offsetOf(replica)) === (await offsetOf(primary)), patience);
}

async function says(server: RedisServer, fact: string): Promise<void> {
  await vi.waitUntil(async () => (await replicationOf(server)).includes(fact), patience);
}

/** How much of the stream of changes the server has. */
async function offsetOf(server: RedisServer): Promise<string | undefined> {
  return /master_repl_offset:(\d+)/.exec(await replicationOf(server))?.[1];
}

async function replicationOf(server: RedisServer): Promise<string> {
  return String(await server.command("INFO", "replication"));
}
