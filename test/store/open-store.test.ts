import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { systemClock } from "../../src/clock.ts";
import { openStore, type StoreSettings } from "../../src/store/open-store.ts";
import { counter, increment, macKey } from "../contract/store-counter.ts";
import { startRedis } from "../support/redis.ts";

async function count(settings: StoreSettings): Promise<number> {
  const store = await openStore(settings, {
    clock: systemClock,
    onError: () => {},
    macKey,
  });
  try {
    return await store.update(counter, "key", increment);
  } finally {
    await store.close();
  }
}

it("opens a store in memory, new each time", async () => {
  const settings = { kind: "memory", timeoutMs: 1_000 } as const;
  expect([await count(settings), await count(settings)]).toEqual([1, 1]);
});

it("opens no store in memory that Node's heap has no room for", async () => {
  const settings = { kind: "memory", bytesMax: 1e15, timeoutMs: 1_000 } as const;
  await expect(count(settings)).rejects.toThrow(
    /^store\.bytesMax is \d+ MiB, and Node's heap has room for \d+ MiB of records at most; give Node more with NODE_OPTIONS=--max-old-space-size=<MiB>, or the store less\.$/,
  );
});

it("opens a store in a SQLite file, the same each time", async () => {
  const folder = mkdtempSync(join(tmpdir(), "passcode-sqlite-"));
  const settings = { kind: "sqlite", path: join(folder, "store.db"), timeoutMs: 1_000 } as const;
  expect([await count(settings), await count(settings)]).toEqual([1, 2]);
  rmSync(folder, { recursive: true });
});

it("opens a store in Redis, the same each time", async () => {
  const server = await startRedis();
  const topology = { kind: "single", url: server.url } as const;
  const settings = { kind: "redis", topology, tls: false, timeoutMs: 1_000 } as const;
  expect([await count(settings), await count(settings)]).toEqual([1, 2]);
  await server.stop();
});
