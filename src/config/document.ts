import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from "yaml";
import { type Environment, expandReferences } from "./environment.ts";
import type { Path, Problem } from "./problem.ts";
import { fieldOf } from "./unchecked.ts";

/** A YAML text as plain values, which remembers where each was written and which came from the environment. */
export interface Document {
  /** Lists, objects and scalars. What could not be read is null, and has a problem. */
  readonly value: unknown;
  readonly problems: readonly Problem[];
  /** Mistakes of YAML itself, for which there may be no path. */
  readonly syntaxErrors: readonly {
    readonly line: number;
    readonly column: number;
    readonly message: string;
  }[];
  valueAt(path: Path): unknown;
  isFromEnvironment(path: Path): boolean;
  /** Counted from 1. For what is not there, the nearest that surrounds it. */
  positionOf(path: Path): { line: number; column: number };
}

/** Deeper than any setting, and shallow enough for recursion. */
const depthMax = 16;

export function readDocument(text: string, environment: Environment): Document {
  const lines = new LineCounter();
  // The parser compares each name with all before it, which takes minutes where there are very many.
  const parsed = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false });
  const problems: Problem[] = [];
  const offsets = new Map<string, number>();
  const fromEnvironment = new Set<string>();

  function refuse(path: Path, message: string): null {
    problems.push({ path, message });
    return null;
  }

  function read(node: Node | null, path: Path): unknown {
    if (path.length > depthMax) return refuse(path, "is nested too deeply");
    if (isAlias(node)) return refuse(path, "is an alias; write the value itself");
    if (node?.tag !== undefined) return refuse(path, "has a tag; write the value without it");
    if (isMap<Node, Node | null>(node)) {
      // Without a prototype, a key such as `__proto__` is a key like any other.
      const group: Record<string, unknown> = Object.create(null);
      for (const { key, value } of node.items) {
        if (!isScalar(key)) return refuse(path, "has a name that is not plain text");
        const step = String(key.value);
        const inner = [...path, step];
        offsets.set(placeOf(inner), key.range?.[0] ?? 0);
        if (Object.hasOwn(group, step)) refuse(inner, "is given twice");
        else group[step] = read(value, inner);
      }
      return group;
    }
    if (isSeq<Node>(node)) {
      return node.items.map((item, index) => {
        const inner = [...path, index];
        offsets.set(placeOf(inner), item.range?.[0] ?? 0);
        return read(item, inner);
      });
    }
    if (!isScalar(node)) return null;
    if (typeof node.value !== "string") return node.value;
    const expansion = expandReferences(node.value, environment);
    if (expansion.kind === "refused") return refuse(path, expansion.why);
    if (expansion.fromEnvironment) fromEnvironment.add(placeOf(path));
    return expansion.text;
  }

  const value = parsed.errors.length === 0 ? read(parsed.contents, []) : null;
  return {
    value,
    problems,
    syntaxErrors: firstOfLines(
      parsed.errors.map((error) => {
        const { line, col } = lines.linePos(error.pos[0]);
        return { line, column: col, message: syntaxMessage(error.code) };
      }),
    ),
    valueAt: (path) => path.reduce(fieldOf, value),
    isFromEnvironment: (path) => fromEnvironment.has(placeOf(path)),
    positionOf(path) {
      for (let length = path.length; length > 0; length -= 1) {
        const offset = offsets.get(placeOf(path.slice(0, length)));
        if (offset === undefined) continue;
        const { line, col } = lines.linePos(offset);
        return { line, column: col };
      }
      return { line: 1, column: 1 };
    },
  };
}

/** One mistake often makes several errors of the line. */
function firstOfLines<E extends { readonly line: number }>(errors: readonly E[]): E[] {
  const lines = new Map<number, E>();
  for (const error of errors) if (!lines.has(error.line)) lines.set(error.line, error);
  return [...lines.values()];
}

/** The parser's own messages quote the text, which may be a secret. */
function syntaxMessage(code: string): string {
  switch (code) {
    case "TAB_AS_INDENT":
      return "this line is indented with a tab; use spaces";
    case "MULTIPLE_DOCS":
      return "there is a second document; only one is read";
    default:
      return "this is not YAML; quotes are needed around a reference inside { } and around text with { } [ ] or `: ` in it";
  }
}

function placeOf(path: Path): string {
  return JSON.stringify(path);
}
