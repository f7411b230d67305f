import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { tally } from "../proof/effort.ts";
import { equivalentMutants } from "./equivalent-mutants.ts";
import { judge, type MutationReport } from "./judge-mutants.ts";

/*
 * Breaks the rules of the ledger at every place, one at a time, and runs their tests over
 * each: npm run mutation [-- file ...]. Fails if a break goes unnoticed that is not among
 * the explained ones, or an explained one is noticed or gone.
 */

const mutate = process.argv.length > 2 ? process.argv.slice(2) : ["src/ledger/*.ts"];
const stryker = resolve("test/controls/stryker/node_modules/@stryker-mutator");
const folder = mkdtempSync(join(tmpdir(), "passcode-mutation-"));
process.once("exit", () => rmSync(folder, { recursive: true }));
const configFile = join(folder, "stryker.config.json");
const reportFile = join(folder, "report.json");
writeFileSync(
  configFile,
  JSON.stringify({
    mutate,
    plugins: [join(stryker, "vitest-runner/dist/src/index.js")],
    testRunner: "vitest",
    vitest: { configFile: "test/controls/stryker/vitest.config.ts", related: true },
    coverageAnalysis: "perTest",
    // Neither is for a project that runs its TypeScript as it is.
    disableTypeChecks: false,
    tsconfigFile: "none",
    // So long that a busy machine does not pass for a mutant that never ends; most of those are told by their steps.
    timeoutMS: 20_000,
    // Mutants of tables take all tests, and are worth them.
    warnings: { slow: false },
    ignorePatterns: ["node_modules"],
    concurrency: 2,
    tempDirName: join(folder, "sandbox"),
    reporters: ["json", "progress-append-only"],
    jsonReporter: { fileName: reportFile },
    allowConsoleColors: false,
  }),
);
// Stryker works on a copy of the tree, outside of it, which finds the packages here.
symlinkSync(resolve("node_modules"), join(folder, "node_modules"));

const { status } = spawnSync(process.execPath, [join(stryker, "core/bin/stryker.js"), "run", configFile], {
  stdio: "inherit",
});
if (status !== 0) throw new Error("Stryker did not finish: see above.");
// The cast restates what Stryker's JSON reporter writes.
const report = JSON.parse(readFileSync(reportFile, "utf8")) as MutationReport;

const { killed, explained, unexplained, outdated } = judge(report, equivalentMutants);
for (const mutant of unexplained) process.stdout.write(`Not noticed: ${mutant}\n`);
for (const mutant of outdated) process.stdout.write(`Explained, but noticed or gone: ${mutant}\n`);
const mutants = killed + explained + unexplained.length;
process.stdout.write(
  `${mutants} mutants: ${killed} killed, ${explained + unexplained.length} survived, ${explained} of them explained.\n`,
);
tally("controls", { mutants, killed, explained });
process.exitCode = unexplained.length + outdated.length === 0 ? 0 : 1;
