import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, it } from "vitest";

/** Longer than it takes on a machine with much else to do. */
const timeoutMs = 300_000;

it(
  "a heap that records fill takes no new destination, serves those it has, and is not run out of",
  async () => {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ["--max-old-space-size=64", "test/store/small-heap.ts"],
      { timeout: timeoutMs, env: {} },
    );

    const { taken, ...outcome } = JSON.parse(stdout) as Record<string, unknown>;
    expect(taken).toBeGreaterThan(10_000);
    expect(outcome).toEqual({ takenLater: 0, verified: "approved", again: true });
  },
  timeoutMs,
);
