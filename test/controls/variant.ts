import { readFileSync } from "node:fs";

/** One way to break the product, and who must notice, each by itself. */
export interface Variant {
  /** Completes "a product in which …". */
  readonly name: string;
  readonly edits: readonly Edit[];
  readonly noticedBy: readonly Detector[];
}

interface Edit {
  /** A source file, from the project's root. */
  readonly file: string;
  /** Stands exactly once in the file. */
  readonly find: string;
  readonly replace: string;
}

/** Some of the project's tests. */
export interface Detector {
  readonly name: string;
  /** Test files, from the project's root. */
  readonly files: readonly string[];
  /** What the full names of the tests match, their parts separated by " > "; absent: all of the files'. */
  readonly tests?: RegExp;
}

/** What tests made of a product. */
export interface Notice {
  readonly passed: number;
  /** The full names of the tests that failed. */
  readonly failed: readonly string[];
  /** What went wrong outside of tests: then nothing is proved by those that failed. */
  readonly errors: readonly string[];
}

/** The broken files, by their names. Throws if a place to break is not there, or more than once: then the variant has to follow the source. */
export function brokenFiles({ edits }: Variant): Map<string, string> {
  const texts = new Map<string, string>();
  for (const { file, find, replace } of edits) {
    const parts = (texts.get(file) ?? readFileSync(file, "utf8")).split(find);
    if (parts.length !== 2) throw new Error(`found ${parts.length - 1} times in ${file}, not once: ${find}`);
    texts.set(file, parts.join(replace));
  }
  return texts;
}
