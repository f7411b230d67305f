import { resolve } from "node:path";
import type { UserWorkspaceConfig } from "vitest/config";
import { createVitest, type TestModule, type Vite } from "vitest/node";
import { furtherMistakes } from "/work/main/test/controls/further-variants.ts";
import { brokenFiles, type Detector, type Notice, type Variant } from "/work/main/test/controls/variant.ts";
import { knownMistakes } from "/work/main/test/controls/variants.ts";

/*
 * Runs tests over variants of the product and prints what they made of each, a JSON list
 * of notices. Arguments: the names of the variants. The tree is not touched: each variant
 * is a project of Vitest that loads the broken files in place of the true ones. After the
 * variants comes, for each of their detectors, the product as it is.
 */

const simulation: Detector = { files: ["test/simulation/simulation.test.ts"] };
const chosen = [...knownMistakes, ...furtherMistakes]
  .filter(({ edits }) => edits.every(({ file }) => !/redis-scripts|keyv|memory-storage/.test(file)))
  .map((v) => ({ ...v, noticedBy: simulation }));
const detectors = new Set(chosen.map(({ noticedBy }) => noticedBy));
const projects = [
  ...chosen.map((variant) => projectOf(variant.noticedBy, [loading(variant)])),
  ...Array.from(detectors, (detector) => projectOf(detector, [])),
].map((project, index) => ({ ...project, test: { ...project.test, name: String(index) } }));

const vitest = await createVitest("test", {
  config: false,
  watch: false,
  projects,
  reporters: [{}],
  onConsoleLog: () => false,
});
const { testModules } = await vitest.start();
const notices = projects.map(({ test: { name } }) =>
  noticeOf(testModules.filter(({ project }) => project.name === name)),
);
process.stdout.write(
  chosen
    .map(
      (v, i) =>
        `${v.name}: ${notices[i].failed.length} failed ${notices[i].passed} passed ${notices[i].errors}`,
    )
    .join("\n") + `\n${JSON.stringify(notices.at(-1))}\n`,
);
await vitest.close();
// Tests that fail are what is looked for.
process.exitCode = 0;

function projectOf({ files, tests }: Detector, plugins: Vite.Plugin[]): UserWorkspaceConfig {
  // A cache would take one variant's modules for another's: it tells plugins apart by their names alone.
  return {
    plugins,
    test: {
      fsModuleCache: false,
      include: [...files],
      ...(tests !== undefined && { testNamePattern: tests }),
    },
  };
}

function loading(variant: Variant): Vite.Plugin {
  const broken = new Map(Array.from(brokenFiles(variant), ([file, text]) => [resolve(file), text]));
  return { name: "broken", enforce: "pre", load: (id) => broken.get(id) };
}

function noticeOf(modules: readonly TestModule[]): Notice {
  const tests = modules.flatMap((module) => [...module.children.allTests()]);
  const suites = modules.flatMap((module) => [module, ...module.children.allSuites()]);
  return {
    passed: tests.filter((test) => test.result().state === "passed").length,
    failed: tests.filter((test) => test.result().state === "failed").map(({ fullName }) => fullName),
    errors: suites.flatMap((suite) => suite.errors().map(({ message }) => message)),
  };
}
