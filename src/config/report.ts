import type { Document } from "./document.ts";
import { type Path, type Problem, pathText } from "./problem.ts";

const shownLengthMax = 40;

/** Every problem as a line, in the order of the file. What follows from a value that could not be read goes untold. */
export function report(problems: readonly Problem[], document: Document, fileName: string): string[] {
  const unread = new Set(document.problems.map(({ path }) => JSON.stringify(path)));
  const consequent = ({ path }: Problem) =>
    [...path.keys(), path.length].some((length) => unread.has(JSON.stringify(path.slice(0, length))));
  return [...document.problems, ...problems.filter((problem) => !consequent(problem))]
    .map((problem) => ({ ...problem, ...document.positionOf(problem.path) }))
    .sort((one, other) => one.line - other.line || one.column - other.column)
    .map(({ path, message, showsValue, line, column }) => {
      const shown = showsValue === true ? shownValue(path, document) : "";
      return oneLine(
        [`${fileName}:${line}:${column}`, ...(path.length > 0 ? [pathText(path)] : []), message + shown].join(
          ": ",
        ),
      );
    });
}

/** Names are as the file has them, and may hold line breaks and what a terminal takes for commands. */
function oneLine(problem: string): string {
  return problem.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`,
  );
}

/** Nothing from the environment is shown: whatever its place, it may be a secret that was put there by mistake. */
function shownValue(path: Path, document: Document): string {
  const value = document.valueAt(path);
  if (document.isFromEnvironment(path)) return "";
  if (typeof value === "number" || typeof value === "boolean") return `, got ${value}`;
  return typeof value === "string" && value.length <= shownLengthMax ? `, got ${JSON.stringify(value)}` : "";
}
