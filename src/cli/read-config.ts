import type { Config } from "../config/config.ts";
import { embeddedConfig } from "../config/embedded.ts";
import { systemRandom } from "../random.ts";
import type { Terminal } from "./command.ts";

/**
 * The configuration in a file, or the embedded one; undefined after its problems have
 * been shown. What reads files is loaded for a file.
 */
export async function readConfig(
  path: string | undefined,
  { env, err }: Terminal,
): Promise<Config | undefined> {
  if (path === undefined) return embeddedConfig(systemRandom);
  const { ConfigError, loadConfig } = await import("../config/load.ts");
  try {
    return loadConfig({ path, env });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    err.write(`${error.message}\n`);
    return undefined;
  }
}
