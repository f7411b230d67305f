import { z } from "zod";
import type { StoreSettings } from "../store/open-store.ts";
import { type Files, filePath } from "./pem.ts";
import { redisSchema } from "./redis-schema.ts";
import { byteSize, duration } from "./scalar-schema.ts";

const timeout = duration({ min: "10ms", max: "10s" }).default(2_000);

export const memoryDefaults = {
  kind: "memory",
  timeoutMs: 2_000,
} as const satisfies StoreSettings;

export function storeSchema(files: Files): z.ZodType<StoreSettings> {
  const memory = z
    .strictObject({
      kind: z.literal("memory"),
      bytesMax: byteSize({ min: "1MiB", max: "64GiB" }).exactOptional(),
      timeout,
    })
    .transform(({ timeout: timeoutMs, ...settings }): StoreSettings => ({ ...settings, timeoutMs }));
  const sqlite = z
    .strictObject({ kind: z.literal("sqlite"), path: filePath(files), timeout })
    .transform(({ timeout: timeoutMs, ...settings }): StoreSettings => ({ ...settings, timeoutMs }));
  return z.discriminatedUnion("kind", [memory, sqlite, redisSchema(files, timeout)], {
    error: (issue) => (issue.code === "invalid_union" ? "must be one of memory, sqlite, redis" : undefined),
  });
}
