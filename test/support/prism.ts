import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { patienceMs } from "./patience.ts";

/** A vendor's API, played by Prism from the vendor's own OpenAPI description. */
export interface Prism {
  /** Without a slash at its end. */
  readonly url: string;
  stop(): Promise<void>;
}

const packages = join(import.meta.dirname, "..", "counterparts", "node_modules");
const cli = join(packages, "@stoplight", "prism-cli", "dist", "index.js");

/**
 * Starts Prism on a free port of 127.0.0.1, for the description in a file.
 *
 * It answers with the description's own examples, and refuses with 401, 404 or 422 a request
 * that the description does not allow. It is gone when this process is.
 */
export async function startPrism(descriptionPath: string): Promise<Prism> {
  if (!existsSync(cli)) throw new Error("These tests need Prism: sh test/setup/counterparts.sh");
  const child = spawn(
    process.execPath,
    [cli, "mock", "--host", "127.0.0.1", "--port", "0", "--errors", descriptionPath],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  const exited = once(child, "exit");
  guard(child);
  const stop = async () => {
    child.kill("SIGKILL");
    await exited;
  };
  try {
    return { url: await listening(child), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The address that Prism says it listens on. What it says later is read and dropped, or it would stall. */
function listening(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = "";
    const fail = (why: string) => {
      clearTimeout(late);
      reject(new Error(`Prism ${why}: ${said}`));
    };
    const late = setTimeout(() => fail("does not listen"), patienceMs);
    child.once("close", () => fail("ended"));
    const hear = (chunk: string) => {
      said = `${said}${chunk}`.slice(-10_000);
      const url = /listening on (http:\/\/127\.0\.0\.1:\d+)/.exec(said)?.[1];
      if (url === undefined) return;
      clearTimeout(late);
      resolve(url);
    };
    child.stdout?.setEncoding("utf8").on("data", hear);
    child.stderr?.setEncoding("utf8").on("data", hear);
  });
}

/**
 * Ends the child when this process ends, however it ends: a test worker that is killed
 * runs no handlers, but its end of a pipe closes.
 */
function guard(child: ChildProcess): void {
  if (child.pid === undefined) return;
  const watcher = spawn("sh", ["-c", 'read -r _; kill -9 "$0"', String(child.pid)], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
  });
  watcher.unref();
  // The child's end is the watcher's, so that it never ends a stranger that got the same pid.
  child.once("exit", () => watcher.kill("SIGKILL"));
}
