/** The part of Stryker's report that tells what became of the mutants. */
export interface MutationReport {
  readonly files: Readonly<Record<string, { readonly source: string; readonly mutants: readonly Mutant[] }>>;
}

interface Mutant {
  readonly status: string;
  readonly location: { readonly start: Position; readonly end: Position };
  readonly replacement: string;
}

/** Both count from 1. */
interface Position {
  readonly line: number;
  readonly column: number;
}

/** Mutants of one line that no test can notice. They are known by their text, so that they keep their place when lines move. */
export interface EquivalentMutants {
  readonly file: string;
  /** The line on which they begin, trimmed. */
  readonly line: string;
  /** What is replaced, and by what; white space as single blanks. */
  readonly mutants: readonly (readonly [from: string, to: string])[];
  /** Why nobody can tell the product from the mutants. */
  readonly why: string;
}

export interface Judgement {
  readonly killed: number;
  readonly explained: number;
  readonly unexplained: readonly string[];
  /** Explained, but killed or gone: in the files of the report. */
  readonly outdated: readonly string[];
}

/**
 * What survived has either no test that runs it or passes all that do. Everything else is
 * killed: a test fails, does not end, or cannot even be loaded.
 */
export function judge({ files }: MutationReport, equivalents: readonly EquivalentMutants[]): Judgement {
  const all = Object.entries(files).flatMap(([file, { source, mutants }]) =>
    mutants.map((mutant) => ({ ...mutant, name: nameOf(file, source.split("\n"), mutant) })),
  );
  const survivors = all
    .filter(({ status }) => status === "Survived" || status === "NoCoverage")
    .map(({ name }) => name);
  const explanations = equivalents
    .filter(({ file }) => file in files)
    .flatMap(({ file, line, mutants }) => mutants.map(([from, to]) => named(file, line, from, to)));
  const unexplained = survivors.filter((name) => !explanations.includes(name));
  return {
    killed: all.length - survivors.length,
    explained: survivors.length - unexplained.length,
    unexplained,
    outdated: explanations.filter((name) => !survivors.includes(name)),
  };
}

function nameOf(file: string, lines: readonly string[], { location, replacement }: Mutant): string {
  const { start, end } = location;
  const text = lines.slice(start.line - 1, end.line).join("\n");
  const after = (lines[end.line - 1] ?? "").length - (end.column - 1);
  const replaced = text.slice(start.column - 1, text.length - after);
  return named(file, (lines[start.line - 1] ?? "").trim(), inOneLine(replaced), inOneLine(replacement));
}

function named(file: string, line: string, from: string, to: string): string {
  return `${file}: ${line}\n    ${from}\n    ${to}`;
}

function inOneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ");
}
