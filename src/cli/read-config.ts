import type { Config } from "../config/config.ts";
import { embeddedConfig } from "../config/embedded.ts";
import { ConfigError, loadConfig } from "../config/load.ts";
import { systemRandom } from "../random.ts";
import type { Terminal } from "./command.ts";

/** The configuration in a file, or the embedded one; undefined after its problems have been shown. */
export function readConfig(path: string | undefined, { env, err }: Terminal): Config | undefined {
  if (path === undefined) return embeddedConfig(systemRandom);
  try {
    return loadConfig({ path, env });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    err.write(`${error.message}\n`);
    return undefined;
  }
}
