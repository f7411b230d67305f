import type { z } from "zod";

/** Where in the file: the names and list positions that lead there. */
export type Path = readonly (string | number)[];

/** Something wrong with the file. */
export interface Problem {
  readonly path: Path;
  /** Completes the sentence that the path begins. Never holds a value from the file, which may be a secret. */
  readonly message: string;
  /** Whether the value found may be shown: true for numbers, spans and choices, in whose place no secret belongs. */
  readonly showsValue?: boolean;
}

/** The path as people write it: `profiles.shop.policy.cooldown[1]`. */
export function pathText(path: Path): string {
  return path
    .map((step) => (typeof step === "number" ? `[${step}]` : `.${step}`))
    .join("")
    .replace(/^\./, "");
}

/** What the schema library found, in our words. Its own messages quote values. */
export function problemsOf(issues: readonly z.core.$ZodIssue[], valueAt: (path: Path) => unknown): Problem[] {
  return issues.flatMap((issue): Problem[] => {
    // The file's keys are strings and list positions; there are no symbols.
    const path = issue.path as Path;
    switch (issue.code) {
      case "unrecognized_keys":
        return issue.keys.map((key) => ({ path: [...path, key], message: "is not a setting" }));
      case "invalid_union":
        return [
          valueAt(path) === undefined
            ? { path, message: "is required" }
            : { path, message: issue.message, showsValue: true },
        ];
      case "invalid_key":
        return [{ path, message: `is not a name: ${issue.issues[0]?.message}` }];
      case "invalid_type":
        return [{ path, message: typeMessage(issue.expected, valueAt(path)) }];
      case "custom":
        return [{ path, message: issue.message, showsValue: issue.params?.["showsValue"] === true }];
      default:
        return [{ path, message: "is not valid" }];
    }
  });
}

function typeMessage(expected: string, value: unknown): string {
  if (value === undefined) return "is required";
  return `must be ${expected === "array" ? "a list" : "a group of settings"}`;
}
