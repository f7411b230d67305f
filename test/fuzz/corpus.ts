import { readdirSync, readFileSync } from "node:fs";

/** The inputs of a kind that once failed, to be tried before all others. */
export function corpus(kind: "configurations"): string[] {
  const folder = new URL(`corpus/${kind}/`, import.meta.url);
  return readdirSync(folder)
    .sort()
    .map((name) => readFileSync(new URL(name, folder), "utf8"));
}
