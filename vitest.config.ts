import { defineConfig } from "vitest/config";
import { effort } from "./test/proof/effort.ts";

/** What the tests need on a busy machine. */
export const patience = {
  setupFiles: ["test/support/patience.ts"],
  // Twice as long as the tests wait for anything.
  testTimeout: 120_000 * effort,
  hookTimeout: 120_000 * effort,
};

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    ...patience,
    // Vitest leaves a core to itself, which on two is half of them; most tests wait for others.
    maxWorkers: "100%",
  },
});
