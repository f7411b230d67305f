import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { vi } from "vitest";
import { refuseLeaks, watchMessage } from "../support/leak-watch.ts";
import type { OutboxMessage } from "../support/service.ts";

const root = new URL("../..", import.meta.url).pathname;

type Protocol = keyof ServiceProcess["ports"];

/** The service as its users run it: a process of its own, `passcode serve --config FILE`. */
export class ServiceProcess {
  /** 0 where nothing listens. */
  readonly ports = { grpc: 0, http: 0, callbacks: 0 };
  /** What it wrote so far. */
  readonly stdout: string[] = [];
  readonly stderr: string[] = [];
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;

  /** Resolves once it listens for these protocols, rejects with what it said when it ends instead. */
  static async start(
    configPath: string,
    env: Record<string, string> = {},
    protocols: readonly Protocol[] = ["grpc", "http"],
  ): Promise<ServiceProcess> {
    const service = new ServiceProcess(configPath, env);
    const listens = () => protocols.every((protocol) => service.ports[protocol] !== 0);
    await vi.waitUntil(() => service.#hasEnded() || listens());
    if (service.#hasEnded()) throw new Error(`the service did not start:\n${service.stderr.join("\n")}`);
    return service;
  }

  private constructor(configPath: string, env: Record<string, string>) {
    this.#child = spawn(process.execPath, ["src/main.ts", "serve", "--config", configPath], {
      cwd: root,
      env: { PATH: process.env["PATH"], ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    // Not before all that it wrote has been read.
    this.#exited = once(this.#child, "close");
    endWithThisProcess(this.#child);
    const { stdout, stderr } = this.#child;
    if (stdout !== null) createInterface(stdout).on("line", (line) => this.stdout.push(line));
    if (stderr !== null) createInterface(stderr).on("line", (line) => this.#log(line));
  }

  #log(line: string): void {
    this.stderr.push(line);
    if (!line.includes('"listening"')) return;
    const { protocol, address } = JSON.parse(line) as { protocol: Protocol; address: string };
    this.ports[protocol] = Number(address.slice(address.lastIndexOf(":") + 1));
  }

  #hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** What the outbox showed so far, oldest first. */
  get messages(): OutboxMessage[] {
    return this.stdout.map((line) => JSON.parse(line) as OutboxMessage);
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Settles when it has ended, by whatever. */
  get ended(): Promise<unknown> {
    return this.#exited;
  }

  /** Asks it to stop, as an operator does; tells the exit code. Rejects if a code or a destination has leaked. */
  async stop(): Promise<number | null> {
    if (!this.#hasEnded()) {
      this.#child.kill("SIGTERM");
      await this.#exited;
    }
    this.#refuseLeaks();
    return this.#child.exitCode;
  }

  /** Ends it at once, in the midst of whatever it does. Rejects if a code or a destination has leaked. */
  async kill(): Promise<void> {
    if (this.#hasEnded()) return;
    this.#child.kill("SIGKILL");
    await this.#exited;
    this.#refuseLeaks();
  }

  #refuseLeaks(): void {
    const isMessage = (line: string) => line.startsWith('{"time":');
    // What is killed may leave half a line.
    const messages = this.stdout.filter((line) => isMessage(line) && line.endsWith("}"));
    for (const line of messages) watchMessage(JSON.parse(line) as OutboxMessage);
    refuseLeaks("the log", this.stderr);
    refuseLeaks(
      "the standard output",
      this.stdout.filter((line) => !isMessage(line)),
    );
  }
}

/** A test worker that is killed runs no handlers, but its end of a pipe closes. */
function endWithThisProcess(child: ChildProcess): void {
  if (child.pid === undefined) return;
  const watcher = spawn("sh", ["-c", 'read -r _; kill -9 "$0"', String(child.pid)], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
  });
  watcher.unref();
  child.once("exit", () => watcher.kill("SIGKILL"));
}
