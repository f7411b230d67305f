import { describe, expect, test } from "vitest";
import { createLog } from "../../src/telemetry/log.ts";
import { readableLine } from "../../src/telemetry/readable-lines.ts";

function shown(detail: string, error?: Error): string {
  let line = "";
  const log = createLog("info", { write: (json) => (line = readableLine(json)) });
  log.info("call", { detail, ...(error !== undefined && { error }) });
  return line;
}

describe("what a terminal would obey is shown instead", () => {
  test.each([
    ["an escape sequence", "\u001b[2J", "\\u001b[2J"],
    ["a sequence's one-character form", "\u009b2J", "\\u{9b}2J"],
    ["writing from right to left", "\u202egnp.exe", "\\u{202e}gnp.exe"],
    ["a space of no width", "a\u200bb", "a\\u{200b}b"],
    ["a line separator", "a\u2028b", "a\\u{2028}b"],
    ["a line break", "a\nb", "a\\nb"],
  ])("%s", (_, value, visible) => {
    expect(shown(value)).toMatch(/ detail=".*"\n$/);
    expect(shown(value)).toContain(` detail="${visible}"`);
  });

  test("in an error's text and stack", () => {
    const line = shown("x", new Error("vendor said \u001b]0;title\u0007"));
    expect(line).toContain("vendor said \\u{1b}]0;title\\u{7}");
    expect(line).not.toMatch(/[^\P{C}\n]/u);
  });
});

test("what is harmless is shown as it is", () => {
  expect(shown("plain")).toMatch(/ detail=plain\n$/);
  expect(shown("Müller’s phone")).toMatch(/ detail="Müller’s phone"\n$/);
});
