import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { vi } from "vitest";
import { type Caller, grpcCaller } from "../e2e/caller.ts";
import { writeDevelopmentFile } from "../e2e/development-file.ts";
import { ServiceProcess } from "../e2e/service-process.ts";
import { codeIn } from "../support/service.ts";
import { unpackRelease } from "./earlier-release.ts";

const patience = { timeout: 10_000, interval: 20 };

/** Which release a process is of. */
export type Release = "earlier" | "this";

interface Running {
  readonly service: ServiceProcess;
  readonly caller: Caller;
}

/** An earlier release and this one with one configuration, and so one store: what a rolling restart has side by side. */
export class TwoReleases {
  readonly #folder = mkdtempSync(join(tmpdir(), "passcode-upgrade-"));
  readonly #configPath: string;
  readonly #earlier: ReturnType<typeof unpackRelease>;
  readonly #running = new Map<Release, Running>();
  #ended: ServiceProcess[] = [];
  #phones = 0;

  constructor(commit: string, store: string) {
    this.#configPath = writeDevelopmentFile(this.#folder, store);
    this.#earlier = unpackRelease(commit);
  }

  async start(release: Release): Promise<void> {
    const folder = release === "earlier" ? this.#earlier.folder : undefined;
    const service = await ServiceProcess.start(this.#configPath, {}, ["grpc"], folder);
    this.#running.set(release, { service, caller: grpcCaller(service.ports.grpc) });
  }

  /** Ends the process of that release, as an operator does. */
  async stop(release: Release): Promise<void> {
    const running = this.#running.get(release);
    if (running === undefined) return;
    this.#running.delete(release);
    running.caller.close();
    await running.service.stop();
    this.#ended.push(running.service);
  }

  async end(): Promise<void> {
    await Promise.all([this.stop("earlier"), this.stop("this")]);
    this.#earlier.remove();
    rmSync(this.#folder, { recursive: true });
  }

  /** A caller of the process of that release. */
  of(release: Release): Caller {
    const running = this.#running.get(release);
    if (running === undefined) throw new Error(`nothing of ${release} release runs`);
    return running.caller;
  }

  /** A number nobody has been sent a code at. */
  freshPhone(): string {
    this.#phones += 1;
    return `+4179${4_000_000 + this.#phones}`;
  }

  messagesTo(phoneNumber: string) {
    const services = [...this.#ended, ...[...this.#running.values()].map(({ service }) => service)];
    return services.flatMap(({ messages }) => messages).filter(({ to }) => to === phoneNumber);
  }

  /** The code of the first message, as soon as its line has come through the pipe. */
  async codeSentTo(phoneNumber: string): Promise<string> {
    return await vi.waitFor(() => codeIn(this.messagesTo(phoneNumber)[0]), patience);
  }

  /** Has that release open a session, and reads its code as the owner of the phone does. */
  async open(release: Release): Promise<{ phoneNumber: string; sessionId: string; code: string }> {
    const phoneNumber = this.freshPhone();
    const { answer } = await this.of(release).call("SendPasscode", { phoneNumber });
    if (answer.sessionId === undefined) throw new Error("no session was opened");
    return { phoneNumber, sessionId: answer.sessionId, code: await this.codeSentTo(phoneNumber) };
  }
}
