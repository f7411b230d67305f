import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { patienceMs } from "../support/patience.ts";
import type { OutboxMessage } from "../support/service.ts";

const main = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

/** How a process ended, and all it said. */
export interface Ended {
  readonly exitCode: number | null;
  readonly out: string;
  readonly err: string;
}

interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs `passcode` with these arguments until it ends. */
export async function passcode(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  return await run(process.execPath, [main, ...args], options);
}

/** Runs a command until it ends. A command that is not installed is an error that names its Debian package. */
export async function run(
  command: string,
  args: readonly string[],
  { env = {}, debianPackage = command }: RunOptions & { debianPackage?: string } = {},
): Promise<Ended> {
  const child = spawn(command, args, { env: { ...process.env, ...env } });
  const ended = once(child, "close");
  child.stdin.end();
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), ended]).catch((error) => {
    if (error.code !== "ENOENT") throw error;
    throw new Error(`${command} is missing: install the Debian package ${debianPackage}`);
  });
  return { exitCode: child.exitCode, out, err };
}

/** `passcode serve` in a process of its own, ready for calls. */
export interface ServiceProcess {
  readonly ports: { readonly grpc: number; readonly http: number };
  /** What the outbox showed so far, oldest first. */
  messages(): OutboxMessage[];
  /** The log so far. */
  log(): string;
  signal(name: NodeJS.Signals): void;
  /** Settles when the process has ended. */
  readonly ended: Promise<{ exitCode: number | null; signal: string | null }>;
  /** Ends the process, if it runs, and removes its files. */
  stop(): Promise<void>;
}

/** The outbox for everything, on any free ports. */
export const development = `development: true
listen: {grpc: "127.0.0.1:0", http: "127.0.0.1:0"}
providers:
  dev: {kind: outbox}
profiles:
  default:
    brand: Acme
    channels: {sms: dev, voice: dev, email: dev}
`;

export async function startServiceProcess(yaml: string = development): Promise<ServiceProcess> {
  const starting = spawnServiceProcess(yaml);
  const { child } = starting;
  try {
    const ports = await until(() => portsIn(starting.log()), { child, what: "the service to listen" });
    return { ...starting, ports };
  } catch (error) {
    await starting.stop();
    throw new Error(`the service did not start: ${starting.log()}`, { cause: error });
  }
}

/** As `startServiceProcess`, for what happens before it listens. */
export function spawnServiceProcess(
  yaml: string,
): Omit<ServiceProcess, "ports"> & { readonly child: ChildProcess } {
  const folder = mkdtempSync(join(tmpdir(), "passcode-service-"));
  const config = join(folder, "passcode.yaml");
  writeFileSync(config, yaml);
  const child = spawn(process.execPath, [main, "serve", "--config", config]);
  const said = { out: "", err: "" };
  child.stdout.setEncoding("utf8").on("data", (chunk) => {
    said.out += chunk;
  });
  child.stderr.setEncoding("utf8").on("data", (chunk) => {
    said.err += chunk;
  });
  const ended = once(child, "close").then(([exitCode, signal]) => ({ exitCode, signal }));
  const stop = async () => {
    child.kill("SIGKILL");
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  return {
    child,
    messages: () =>
      said.out
        .split("\n")
        .filter(Boolean)
        .map((line) => JSON.parse(line)),
    log: () => said.err,
    signal: (name) => child.kill(name),
    ended,
    stop,
  };
}

function portsIn(log: string): ServiceProcess["ports"] | undefined {
  const portOf = (protocol: string) =>
    Number(
      new RegExp(
        `"address":"127.0.0.1:(\\d+)"[^}]*"protocol":"${protocol}"|"protocol":"${protocol}"[^}]*"address":"127.0.0.1:(\\d+)"`,
      )
        .exec(log)
        ?.slice(1)
        .find(Boolean),
    );
  const ports = { grpc: portOf("grpc"), http: portOf("http") };
  return ports.grpc > 0 && ports.http > 0 ? ports : undefined;
}

/** Looks until there is something to see, or the process has ended. */
export async function until<T>(
  look: () => T | null | undefined,
  { child, what }: { child?: ChildProcess; what: string },
): Promise<T> {
  const deadlineMs = Date.now() + patienceMs;
  while (Date.now() < deadlineMs && child?.exitCode == null) {
    const seen = look();
    if (seen != null) return seen;
    await wait(10);
  }
  throw new Error(`waited for ${what} in vain`);
}
