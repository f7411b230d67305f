import { describe, expect, test } from "vitest";
import { development, load, problemsOf } from "./configuration.ts";

describe("refuses in YAML", () => {
  const notYaml =
    "this is not YAML; quotes are needed around a reference inside { } and around text with { } [ ] or `: ` in it";
  const refused: [fact: string, text: string, problem: string][] = [
    ["a name given twice", "log: {}\nlog: {}\n", "9:1: log: is given twice"],
    ["a name given as a number and as a text", "log: {1: a, '1': b}\n", "8:13: log.1: is given twice"],
    ["a tab for indentation", "log:\n\tlevel: info\n", "9:1: this line is indented with a tab; use spaces"],
    ["a second document", "---\nlog: {}\n", "8:1: there is a second document; only one is read"],
    ["a group that does not end", "log: {level: info\n", `9:1: ${notYaml}`],
    ["a reference without quotes inside { }", `log: {level: $\{LEVEL}}\n`, `8:15: ${notYaml}`],
    ["an alias", "log: &log {}\nshutdown: *log\n", "9:1: shutdown: is an alias; write the value itself"],
    ["a tag", "log: !!map {}\n", "8:1: log: has a tag; write the value without it"],
    ["a name that is a list", "log: {[level]: info}\n", "8:1: log: has a name that is not plain text"],
  ];

  test.each(refused)("%s", (_, text, problem) => {
    expect(problemsOf(development + text)).toEqual([`passcode.yaml:${problem}`]);
  });
});

test("tells a name given twice beside what else is wrong", () => {
  const text = `${development}log: {}\nlog: {level: 1}\nshutdown: {drain: soon}\n`;

  const [twice, drain, ...others] = problemsOf(text);

  expect(twice).toBe("passcode.yaml:9:1: log: is given twice");
  expect(drain).toContain("10:12: shutdown.drain: must be a duration");
  expect(others).toEqual([]);
});

test.each<[string, string]>([
  ["names", Array.from({ length: 80_000 }, (_, index) => `a${index}: 1\n`).join("")],
  ["times the same name", "a: 1\n".repeat(50_000)],
  [
    "names that are given twice among others",
    Array.from({ length: 80_000 }, (_, index) => `a${index % 50_000}: 1\n`).join(""),
  ],
  ["mistakes", '"\n'.repeat(100_000)],
])("tells of a file with very many %s, and soon", (_, text) => {
  expect(problemsOf(text).length).toBeGreaterThan(1);
});

test.each([
  ["line breaks", '"a\\nb": 1\n', "a\\u{a}b: is not a setting"],
  ["commands to a terminal", '"\\e[2J": 1\n', "\\u{1b}[2J: is not a setting"],
  ["marks that turn the direction", '"a\\u202eb": 1\n', "a\\u{202e}b: is not a setting"],
  ["such characters in a value", 'log: {level: "a\\x7f\\u2028b"}\n', /got "a\\u\{7f\}\\u\{2028\}b"$/],
])("tells names with %s on one line, without them", (_, text, problem) => {
  const problems = problemsOf(development + text);

  expect(problems).toHaveLength(1);
  expect(problems[0]).toMatch(problem);
});

test("refuses nesting without end", () => {
  const text = `${development}log: ${"[".repeat(20)}${"]".repeat(20)}\n`;

  expect(problemsOf(text)).toContain(`passcode.yaml:8:22: log${"[0]".repeat(16)}: is nested too deeply`);
});

test("takes an empty file for one that sets nothing", () => {
  const missing = [
    "passcode.yaml:1:1: profiles: is required",
    "passcode.yaml:1:1: keys: is required without `development: true`",
  ];

  expect(problemsOf("")).toEqual(missing);
  expect(problemsOf("# nothing\n")).toEqual(missing);
});

test("refuses a file that is a list", () => {
  expect(problemsOf("- development: true\n")[0]).toBe("passcode.yaml:1:1: must be a group of settings");
});

test("takes Norway for a country", () => {
  const text = `${development}    numbers: {allowCountries: [NO]}\n`;

  expect(load(text).profiles.get("default")?.numbers.allowCountries).toEqual(new Set(["NO"]));
});
