import { describe, expect, test } from "vitest";
import { expandReferences } from "../../src/config/environment.ts";
import { development, load, problemsOf } from "./configuration.ts";

const reference = (name: string) => `$\{${name}}`;

function textOf(text: string, environment: Record<string, string>): string | undefined {
  const expansion = expandReferences(text, environment);
  return expansion.kind === "ok" ? expansion.text : undefined;
}

describe("references", () => {
  test("are replaced wherever they stand in a text", () => {
    expect(textOf(`a ${reference("X")}${reference("Y_2")} b`, { X: "1", Y_2: "2" })).toBe("a 12 b");
  });

  test("stay text inside values", () => {
    expect(textOf(reference("X"), { X: reference("Y"), Y: "2" })).toBe(reference("Y"));
    expect(textOf(reference("X"), { X: "$&$1" })).toBe("$&$1");
  });

  test("stay text after a second dollar sign", () => {
    expect(textOf(`$${reference("X")} costs $5`, { X: "1" })).toBe(`${reference("X")} costs $5`);
  });

  test("need their braces, or the reference itself would be the password", () => {
    const why = `has a reference without braces; write it as ${reference("NAME")}`;
    expect(expandReferences("$SMPP_PASSWORD", { SMPP_PASSWORD: "secret" })).toEqual({ kind: "refused", why });
    expect(textOf("$5", {})).toBe("$5");
    expect(textOf("a$PATH", {})).toBe("a$PATH");
  });

  test("do not reach what every object has", () => {
    expect(expandReferences(reference("constructor"), {})).toEqual({
      kind: "refused",
      why: "needs the environment variable constructor, which is not set",
    });
  });

  test("may stand for numbers and flags", () => {
    const text = development.replace("true", reference("DEV"));

    const config = load(`${text}store: {kind: memory, bytesMax: "${reference("MAX")}"}\n`, {
      DEV: "true",
      MAX: "7MiB",
    });

    expect(config.development).toBe(true);
    expect(config.store).toEqual({ kind: "memory", bytesMax: 7 * 1024 * 1024, timeoutMs: 2_000 });
  });
});

describe("refuses, naming path and variable,", () => {
  const malformed = `has a reference that is not of the form ${reference("NAME")}; the characters themselves are written $$\{`;
  const refused: [fact: string, brand: string, problem: string][] = [
    [
      "a variable that is not set",
      reference("NOPE"),
      "needs the environment variable NOPE, which is not set",
    ],
    ["an empty variable", reference("EMPTY"), "needs the environment variable EMPTY, which is empty"],
    ["a reference without a name", reference(""), malformed],
    ["a reference without an end", "${NOPE", malformed],
    ["a reference with a default", reference("NOPE:-Acme"), malformed],
  ];

  test.each(refused)("%s", (_, brand, problem) => {
    const text = development.replace("Acme", `"${brand}"`);

    expect(problemsOf(text, { EMPTY: "" })).toEqual([
      `passcode.yaml:6:5: profiles.default.brand: ${problem}`,
    ]);
  });

  test("each of several, and nothing that follows from them", () => {
    const text = development.replace("Acme", reference("ONE")).replace("outbox", `"${reference("TWO")}"`);

    expect(problemsOf(text)).toEqual([
      "passcode.yaml:3:9: providers.dev.kind: needs the environment variable TWO, which is not set",
      "passcode.yaml:6:5: profiles.default.brand: needs the environment variable ONE, which is not set",
    ]);
  });
});
