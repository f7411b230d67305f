import type { KeyObject } from "node:crypto";
import { openRecord, sealRecord } from "../../src/store/record-mac.ts";
import type { RedisServer } from "../support/redis.ts";

const prefix = "passcode:1:";

/**
 * Makes everything that a Redis server keeps older, which to the service is as if so much
 * time had passed. Time is the server's and cannot be set; so each instant in the records,
 * and of their expiry, is moved back, by a hand that has the service's key.
 */
export async function age(redis: RedisServer, byMs: number, macKey: KeyObject): Promise<void> {
  for (const name of (await redis.command("KEYS", `${prefix}*`)) as string[]) {
    const key = name.slice(prefix.length);
    const content = openRecord(String(await redis.command("GET", name)), key, macKey);
    // Instants are the only numbers of thirteen digits in a record.
    const older = content.replaceAll(/\b\d{13}\b/g, (instant) => String(Number(instant) - byMs));
    const leftMs = Math.max(1, Number(await redis.command("PTTL", name)) - byMs);
    await redis.command("SET", name, sealRecord(older, key, macKey), "PX", String(leftMs));
  }
}
