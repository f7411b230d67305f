import { expect, test } from "vitest";
import { spokenDuration } from "../../src/message/duration.ts";
import { languageTags } from "../../src/message/language.ts";

test.each([
  [600_000, "10 minutes"],
  [60_000, "1 minute"],
  [119_999 - 5_000, "1 minute"],
  [90 * 60_000, "1 hour, 30 minutes"],
  [24 * 3_600_000, "24 hours"],
  [403_000, "6 minutes"],
  [54_999, "54 seconds"],
  [1_500, "1 second"],
  [0, "1 second"],
])("%i ms are called %s", (ms, expected) => {
  expect(spokenDuration(ms, "en")).toBe(expected);
});

test("up to five seconds lost on the way do not change the minute", () => {
  expect(spokenDuration(595_000, "en")).toBe("10 minutes");
  expect(spokenDuration(594_999, "en")).toBe("9 minutes");
});

test.each([60_000, 3_600_000, 2 * 3_600_000, 90 * 60_000, 30_000])(
  "no language abbreviates %i ms: a voice says it, and a sentence ends after it",
  (ms) => {
    for (const tag of languageTags()) expect(spokenDuration(ms, tag)).not.toMatch(/\./);
  },
);

test("each language has its own words", () => {
  expect(spokenDuration(600_000, "de")).toBe("10 Minuten");
});
