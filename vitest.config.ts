import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // Vitest leaves a core to itself, which on two is half of them; most tests wait for others.
    maxWorkers: "100%",
  },
});
