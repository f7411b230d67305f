import { expect, test } from "vitest";
import { durationText, parseDuration } from "../../src/config/duration.ts";

test.each([
  ["500ms", 500],
  ["90s", 90_000],
  ["10m", 600_000],
  ["24h", 86_400_000],
  ["0s", 0],
])("%s is %i milliseconds", (text, spanMs) => {
  expect(parseDuration(text)).toBe(spanMs);
});

test.each(["", "10", "m", "-1m", "1.5h", "1d", "1h30m", " 1m", "1M", "1m\n", "١m", "1e3s", "1234567890s"])(
  "%j is not a duration",
  (text) => {
    expect(parseDuration(text)).toBeUndefined();
  },
);

test.each(["500ms", "90s", "10m", "24h", "90m"])("%s is written as it was read", (text) => {
  expect(durationText(parseDuration(text) ?? 0)).toBe(text);
});
