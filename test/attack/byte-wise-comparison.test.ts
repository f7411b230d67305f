import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

/*
 * A comparison that stops at the first wrong character tells by its time how many were
 * right. How long the service takes is measured elsewhere; here it is read in the source
 * that a code meets one comparison alone, and that one takes its time whatever it finds.
 */

/** Every source file, comments and texts left out. */
const sources = readdirSync("src", { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".ts"))
  .map((path) => ({ path, text: withoutComments(readFileSync(`src/${path}`, "utf8")) }));

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm, "").replaceAll(/"[^"\n]*"/g, '""');
}

function filesThatSay(pattern: RegExp): string[] {
  return sources.filter(({ text }) => pattern.test(text)).map(({ path }) => path);
}

/** Where codes that were typed go. Elsewhere are codes of errors, and messages with the right code alone. */
const withCodes = sources.filter(({ path }) => /^(ledger|passcode|rpc|store)\//.test(path));

/** Anything called a code, or made as one, on either side of a comparison, or looked for in a collection or a text. */
const code = String.raw`(?:[\w.?]*\b(?:\w*C|c)ode\b(?!\s*\()|deriveCode\([^)]*\))`;
const compares = [
  new RegExp(String.raw`${code}\s*[=!]==?`),
  new RegExp(String.raw`[=!]==?\s*${code}`),
  new RegExp(String.raw`${code}\.(?:startsWith|endsWith|includes|indexOf|localeCompare|match|search)\(`),
  new RegExp(
    String.raw`\.(?:startsWith|endsWith|includes|indexOf|has|equals|compare|localeCompare)\(\s*${code}\s*\)`,
  ),
  new RegExp(String.raw`\b(?:equals|compare|isDeepStrictEqual|Object\.is)\([^)]*${code}`),
  new RegExp(String.raw`switch\s*\(\s*${code}\s*\)`),
];

describe("A code", () => {
  it("is compared by no operator and no search that stops early", () => {
    const lines = withCodes.flatMap(({ path, text }) =>
      text
        .split("\n")
        .filter((line) => compares.some((pattern) => pattern.test(line)))
        .map((line) => `${path}: ${line.trim()}`),
    );
    expect(lines).toEqual([]);
  });

  it.each([
    "if (request.code === code) return approved;",
    "return code == deriveCode(session, keys);",
    "if (deriveCode(session, keys) === command.code) approve();",
    "const right = expected.code !== typed;",
    "codes.includes(code)",
    "wrong.has(request.code)",
    "code.startsWith(prefix)",
    "Buffer.from(typed).equals(userCode)",
    "switch (code) {",
  ])("would be seen in a comparison such as %s", (line) => {
    expect(compares.some((pattern) => pattern.test(line))).toBe(true);
  });

  it("is made in one place, and known to what compares it, what sends it, and what says it in a call", () => {
    expect(filesThatSay(/\bderiveCode\b/)).toEqual([
      "ledger/code.ts",
      "passcode/continue-call.ts",
      "passcode/hand-over.ts",
    ]);
    expect(filesThatSay(/\bcodeMatches\b/)).toEqual(["ledger/code.ts", "ledger/verify.ts"]);
  });

  it("is compared by `timingSafeEqual`, with nothing decided before", () => {
    const [text = ""] = sources.filter(({ path }) => path === "ledger/code.ts").map(({ text }) => text);
    const body = /function codeMatches\([^)]*\): boolean \{([^}]*)\}/.exec(text)?.[1] ?? "";
    expect(body.trim()).toMatch(/^return timingSafeEqual\(.*\);$/);
    expect(body).not.toMatch(/&&|\|\||\?|===/);
  });
});
