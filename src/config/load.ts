import { readdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { type Random, systemRandom } from "../random.ts";
import type { Config } from "./config.ts";
import { readDocument } from "./document.ts";
import type { Environment } from "./environment.ts";
import { newKeys } from "./key-schema.ts";
import { codeOf } from "./pem.ts";
import { policyProblems } from "./policy-rules.ts";
import { problemsOf } from "./problem.ts";
import { traitsReader } from "./provider-schema.ts";
import { proxyOf, proxyProblem } from "./proxy.ts";
import { report } from "./report.ts";
import { configSchema } from "./schema.ts";
import { insecurities } from "./secure-start.ts";
import { fieldOf, fieldsOf } from "./unchecked.ts";

/** Everything wrong with the configuration, one problem a line, in the order of the file. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join("\n"));
    this.problems = problems;
  }
}

export interface ConfigSource {
  /** The YAML file. Paths inside it are relative to its directory. */
  readonly path: string;
  readonly env: Environment;
  readonly readFile?: (path: string) => string;
  readonly listFiles?: (directory: string) => readonly string[];
  /** Makes the keys where the file may leave them out. */
  readonly random?: Random;
}

/**
 * Reads and checks the configuration. Throws ConfigError with every problem found at once,
 * except that YAML which cannot be read hides what is in it. No message holds a secret.
 */
export function loadConfig({
  path,
  env,
  readFile = readText,
  listFiles = readdirSync,
  random = systemRandom,
}: ConfigSource): Config {
  const document = readDocument(readWhole(path, readFile), env);
  if (document.syntaxErrors.length > 0) {
    throw new ConfigError(
      document.syntaxErrors.map(({ line, column, message }) => `${path}:${line}:${column}: ${message}`),
    );
  }
  const files = { directory: dirname(path), read: readFile, list: listFiles };
  const traitsOf = traitsReader(files);
  const schema = configSchema({
    files,
    providers: new Map(
      fieldsOf(fieldOf(document.value, "providers")).map(([name, given]) => [name, traitsOf(given)]),
    ),
    hasCallbacks: fieldOf(document.value, "callbacks") !== undefined,
    profileNames: fieldsOf(fieldOf(document.value, "profiles")).map(([name]) => name),
  });
  const parsed = schema.safeParse(document.value ?? {});
  const problems = report(
    [
      ...problemsOf(parsed.error?.issues ?? [], document.valueAt),
      ...fieldsOf(fieldOf(document.value, "profiles")).flatMap(([name, profile]) =>
        policyProblems({ policy: fieldOf(profile, "policy"), policies: fieldOf(profile, "policies") }, [
          "profiles",
          name,
        ]),
      ),
      ...insecurities(document.value),
    ],
    document,
    path,
  );
  if (problems.length > 0 || !parsed.success) throw new ConfigError(problems);
  const proxy = proxyOf(env);
  if (proxy === "malformed") throw new ConfigError([proxyProblem]);
  return {
    ...parsed.data,
    keys: parsed.data.keys ?? newKeys(random),
    ...(proxy !== undefined && { proxy }),
  };
}

/** More than any configuration, so that a wrong path does not fill the memory with problems. */
const fileLengthMax = 1_000_000;

function readWhole(path: string, readFile: (path: string) => string): string {
  let text: string;
  try {
    text = readFile(path);
  } catch (error) {
    throw new ConfigError([`${path}: cannot be read (${codeOf(error)})`]);
  }
  if (text.length > fileLengthMax)
    throw new ConfigError([`${path}: is longer than ${fileLengthMax} characters`]);
  return text;
}

function readText(path: string): string {
  return readFileSync(path, "utf8");
}
