import { expect, test } from "vitest";
import { backOffMs } from "../../../src/delivery/smpp/back-off.ts";

const least = { bytes: (count: number) => Buffer.alloc(count, 0) };
const most = { bytes: (count: number) => Buffer.alloc(count, 0xff) };

test.each([
  [1, 250, 500],
  [2, 500, 1_000],
  [5, 4_000, 8_000],
  [6, 7_500, 15_000],
  [10_000, 7_500, 15_000],
])("after %i failures, the next attempt waits for %i to %i milliseconds", (failures, min, max) => {
  expect(backOffMs(failures, least)).toBe(min);
  expect(backOffMs(failures, most)).toBeGreaterThan(max - 1);
  expect(backOffMs(failures, most)).toBeLessThan(max);
});
