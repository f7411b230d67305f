import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Section, sections } from "./effort.ts";

/*
 * Runs the whole proof at length and prints what ran, section by section:
 * npm run prove [-- --effort 10] [section ...]
 */

/** What a section of the proof came to. */
interface Ran {
  readonly section: Section;
  readonly passed: number;
  readonly failed: number;
  readonly seconds: number;
  readonly counts: ReadonlyMap<string, number>;
}

/** What belongs to a section and takes too long for the tests: a script of package.json. */
const atLength: Partial<Record<Section, string>> = { controls: "mutation", uniformity: "timing" };

const { values, positionals } = parseArgs({
  options: { effort: { type: "string", default: "10" } },
  allowPositionals: true,
});
const chosen = positionals.length === 0 ? sections : sections.filter((name) => positionals.includes(name));

const folder = mkdtempSync(join(tmpdir(), "passcode-proof-"));
const ran = chosen.map(prove);
rmSync(folder, { recursive: true });

process.stdout.write(`\nThe proof, at ${values.effort} times the effort of the tests:\n`);
for (const { section, passed, failed, seconds, counts } of ran) {
  const told = [...counts].map(([name, count]) => `${count.toLocaleString("en")} ${name}`);
  const parts = [`${passed} tests passed, ${failed} failed`, ...told, `${Math.round(seconds)} s`];
  process.stdout.write(`  ${section.padEnd(16)}${parts.join(" · ")}\n`);
}
process.exitCode = ran.length > 0 && ran.every(({ passed, failed }) => passed > 0 && failed === 0) ? 0 : 1;

function prove(section: Section): Ran {
  const report = join(folder, `${section}.json`);
  const tally = join(folder, `${section}.tally`);
  writeFileSync(tally, "");
  const startedMs = performance.now();
  const env = { ...process.env, PASSCODE_EFFORT: values.effort, PASSCODE_TALLY: tally };
  const run = (command: string, ...args: string[]) =>
    spawnSync(command, args, { stdio: "inherit", env }).status === 0;
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const succeeded = run("vitest", "run", `test/${section}/`, ...reporters);
  const script = atLength[section];
  const scriptFailed = script !== undefined && !run("npm", "run", script);
  const { numPassedTests, numTotalTests } = reported(report);
  const failed = Math.max(numTotalTests - numPassedTests, succeeded ? 0 : 1) + (scriptFailed ? 1 : 0);
  const seconds = (performance.now() - startedMs) / 1_000;
  return { section, passed: numPassedTests, failed, seconds, counts: countsIn(tally) };
}

function reported(report: string): { numPassedTests: number; numTotalTests: number } {
  try {
    return JSON.parse(readFileSync(report, "utf8")) as { numPassedTests: number; numTotalTests: number };
  } catch {
    return { numPassedTests: 0, numTotalTests: 0 };
  }
}

/** The section's counts, those of one name added up. */
function countsIn(tally: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const line of readFileSync(tally, "utf8").split("\n").filter(Boolean)) {
    const told = JSON.parse(line) as { counts: Record<string, number> };
    for (const [name, count] of Object.entries(told.counts))
      counts.set(name, (counts.get(name) ?? 0) + count);
  }
  return counts;
}
