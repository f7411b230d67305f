import { basename } from "node:path";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Those that take longest, the slowest last: most mutants are killed before their turn. */
const slow = ["record.test.ts", "destination-email.test.ts", "properties.test.ts"];

/** A mutant's own test file first, then the quick ones. */
class LikeliestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const mutated = this.ctx.config.related?.map((file) => basename(file, ".ts")) ?? [];
    const rank = ({ moduleId }: TestSpecification) =>
      mutated.some((name) => moduleId.endsWith(`/${name}.test.ts`))
        ? -1
        : 1 + slow.indexOf(basename(moduleId));
    return files.toSorted((a, b) => rank(a) - rank(b) || a.moduleId.localeCompare(b.moduleId));
  }
}

export default defineConfig({
  test: {
    include: ["test/ledger/**/*.test.ts"],
    // Of files that are thrown away.
    fsModuleCache: false,
    setupFiles: ["test/controls/stryker/first-failure.ts"],
    sequence: { sequencer: LikeliestFirst },
  },
});
