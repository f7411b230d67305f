import { type Template as Fragment, LiquidError } from "liquidjs";
import type { Code } from "./code.ts";
import { bounded, engines, type Medium } from "./engine.ts";

/** What templates can read. Null: there is no such thing in this message; an `if` takes it for false. */
export type Scope = Readonly<Record<string, string | boolean | Code | readonly Pair[] | null>>;

/** One thing the user agrees to, such as `amount` and `12 EUR`. */
interface Pair {
  readonly name: string;
  readonly value: string;
}

/** A template that cannot be read, or not be rendered. No message holds a value. */
export class TemplateError extends Error {
  override readonly name = "TemplateError";
  readonly template: string;
  /** Counted from 1; absent for what is wrong with the template as a whole. */
  readonly line: number | undefined;
  /** Completes the sentence that the template's name begins. */
  readonly why: string;

  constructor({ template, line, why }: { template: string; line?: number; why: string }) {
    super(`${line === undefined ? template : `${template}:${line}`}: ${why}`);
    this.template = template;
    this.line = line;
    this.why = why;
  }
}

/** A Liquid template, read once. */
export class Template {
  /** The name of its file. */
  readonly name: string;
  readonly source: string;
  readonly #medium: Medium;
  readonly #fragments: Fragment[];

  /** Throws TemplateError. */
  constructor(name: string, source: string, medium: Medium) {
    this.name = name;
    this.source = source;
    this.#medium = medium;
    const foreign = /[^\P{Cc}\t\n]|[\u{FDD0}-\u{FDEF}]/u.exec(source);
    if (foreign !== null) {
      const line = source.slice(0, foreign.index).split("\n").length;
      throw new TemplateError({ template: name, line, why: "holds a control character" });
    }
    this.#fragments = this.#attempt(() => engines[medium].parse(source));
  }

  /** Throws TemplateError. */
  render(scope: Scope): string {
    // Without an option that keeps types, the engine's answer is the text it wrote.
    return this.#attempt(() => bounded(engines[this.#medium].renderSync(this.#fragments, scope) as string));
  }

  /** The names it reads that it has not set itself, in any branch, with the line of the first reading. */
  reads(): ReadonlyMap<string, number> {
    const { globals } = this.#attempt(() =>
      engines[this.#medium].analyzeSync(this.#fragments, { partials: false }),
    );
    return new Map(Object.entries(globals).map(([name, [first]]) => [name, first?.location.row ?? 1]));
  }

  #attempt<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      // Not all errors of the engine are its own kind: that of a limit reached outside any tag has no place.
      const line = LiquidError.is(error) ? error.token.getPosition()[0] : undefined;
      const message = error instanceof Error ? error.message : "cannot be read";
      const why = message.replace(/, line:\d+, col:\d+$/, "").slice(0, whyLengthMax);
      throw new TemplateError({ template: this.name, ...(line !== undefined && { line }), why });
    }
  }
}

/** The engine quotes the template, however long the tag. */
const whyLengthMax = 200;
