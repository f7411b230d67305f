import { resolve } from "node:path";
import type { UserWorkspaceConfig } from "vitest/config";
import { createVitest, type TestModule, type Vite } from "vitest/node";
import { patience } from "../../vitest.config.ts";
import { furtherMistakes } from "./further-variants.ts";
import { brokenFiles, type Detector, type Notice, type Variant } from "./variant.ts";
import { knownMistakes } from "./variants.ts";

/*
 * Runs tests over variants of the product and prints what they made of each, a JSON list
 * of notices, one for each of its detectors. Arguments: the names of the variants. The tree
 * is not touched: each is a project of Vitest that loads the broken files in place of the
 * true ones. After the variants comes, for each of the detectors, the product as it is.
 */

const chosen = [...knownMistakes, ...furtherMistakes].filter(({ name }) => process.argv.includes(name));
const detectors = new Set(chosen.flatMap(({ noticedBy }) => noticedBy));
const projects = [
  ...chosen.flatMap((variant) => variant.noticedBy.map((one) => projectOf(one, [loading(variant)]))),
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
process.stdout.write(`${JSON.stringify(notices)}\n`);
await vitest.close();
// Tests that fail are what is looked for.
process.exitCode = 0;

function projectOf({ files, tests }: Detector, plugins: Vite.Plugin[]): UserWorkspaceConfig {
  // A cache would take one variant's modules for another's: it tells plugins apart by their names alone.
  return {
    plugins,
    test: {
      ...patience,
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
