import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { patienceMs } from "./patience.ts";

/** A mail as the emulator took it. */
interface TakenMail {
  readonly messageId: string;
  readonly from: string;
  readonly destination: { readonly to: readonly string[] };
  readonly subject: string;
  readonly body: { readonly text?: string; readonly html?: string };
  readonly headers?: readonly { readonly name: string; readonly value: string }[];
}

/** SES, played by aws-ses-v2-local. */
export interface SesEmulator {
  /** Without a slash at its end. */
  readonly url: string;
  /** Oldest first. */
  mails(): Promise<readonly TakenMail[]>;
  stop(): Promise<void>;
}

const packages = join(import.meta.dirname, "..", "counterparts", "node_modules");
const cli = join(packages, "aws-ses-v2-local", "dist", "cli.js");

/** Starts the emulator on a free port of 127.0.0.1. It is gone when this process is. */
export async function startSesEmulator(): Promise<SesEmulator> {
  if (!existsSync(cli)) throw new Error("These tests need aws-ses-v2-local: sh test/setup/counterparts.sh");
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(process.execPath, [cli, "--host=127.0.0.1", `--port=${port}`], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const exited = once(child, "exit");
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill);
  const stop = async () => {
    process.removeListener("exit", kill);
    kill();
    await exited;
  };
  try {
    await running(child);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url,
    mails: async () => {
      const response = await fetch(`${url}/store`);
      // The shape is the emulator's own; the tests look at what they need of it.
      return ((await response.json()) as { emails: TakenMail[] }).emails;
    },
    stop,
  };
}

/** The emulator cannot tell which port it got, so it is told one that was free just now. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

function running(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = "";
    const fail = (why: string) => {
      clearTimeout(late);
      reject(new Error(`aws-ses-v2-local ${why}: ${said}`));
    };
    const late = setTimeout(() => fail("does not listen"), patienceMs);
    child.once("close", () => fail("ended"));
    const hear = (chunk: string) => {
      said = `${said}${chunk}`.slice(-10_000);
      if (!said.includes("server running at")) return;
      clearTimeout(late);
      resolve();
    };
    child.stdout?.setEncoding("utf8").on("data", hear);
    child.stderr?.setEncoding("utf8").on("data", hear);
  });
}
