import { describe, expect, it } from "vitest";
import { type EquivalentMutants, judge, type MutationReport } from "./judge-mutants.ts";

const source = "export function sign(n: number) {\n  return n > 0;\n}\n";
const condition = { start: { line: 2, column: 10 }, end: { line: 2, column: 15 } };
const body = { start: { line: 1, column: 33 }, end: { line: 3, column: 2 } };

function reportOf(
  ...mutants: [status: string, location: typeof body, replacement: string][]
): MutationReport {
  return {
    files: {
      "sign.ts": {
        source,
        mutants: mutants.map(([status, location, replacement]) => ({ status, location, replacement })),
      },
    },
  };
}

const always: EquivalentMutants = {
  file: "sign.ts",
  line: "return n > 0;",
  mutants: [["n > 0", "true"]],
  why: "Nobody asks for it.",
};

describe("A mutation run", () => {
  it.each(["Killed", "Timeout", "RuntimeError"])("has a mutant killed that is reported as %s", (status) => {
    const judgement = judge(reportOf([status, condition, "true"]), []);
    expect(judgement).toEqual({ killed: 1, explained: 0, unexplained: [], outdated: [] });
  });

  it.each(["Survived", "NoCoverage"])("names a mutant that is reported as %s, with its place", (status) => {
    const judgement = judge(reportOf([status, condition, "true"], [status, body, "{}"]), []);
    expect(judgement.unexplained).toEqual([
      "sign.ts: return n > 0;\n    n > 0\n    true",
      "sign.ts: export function sign(n: number) {\n    { return n > 0; }\n    {}",
    ]);
  });

  it("takes the explained mutant for explained, and no other of its line", () => {
    const report = reportOf(["Survived", condition, "true"], ["Survived", condition, "false"]);
    const { explained, unexplained } = judge(report, [always]);
    expect(explained).toBe(1);
    expect(unexplained).toEqual(["sign.ts: return n > 0;\n    n > 0\n    false"]);
  });

  it("names what is explained and was killed, or is gone", () => {
    const outdated = ["sign.ts: return n > 0;\n    n > 0\n    true"];
    expect(judge(reportOf(["Killed", condition, "true"]), [always]).outdated).toEqual(outdated);
    expect(judge(reportOf(), [always]).outdated).toEqual(outdated);
  });

  it("over other files leaves the explained ones alone", () => {
    expect(judge({ files: {} }, [always]).outdated).toEqual([]);
  });
});
