import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Caller, grpcCaller, httpCaller, type Reply } from "./caller.ts";
import { writeServiceFile } from "./service-file.ts";
import { ServiceProcess } from "./service-process.ts";

/** Where vendors believe the service to be. A proxy that takes the path away stands there. */
export const publicUrl = "https://otp.example/hooks";

type Deliveries = NonNullable<Reply["answer"]["session"]>["deliveries"];

/** A service in a process of its own that vendors can reach. */
export class ReachableService {
  readonly process: ServiceProcess;
  readonly grpc: Caller;
  readonly http: Caller;
  readonly #folder: string;

  /** `accounts` are the groups `providers` and `profiles` of the configuration. */
  static async start(accounts: string): Promise<ReachableService> {
    const folder = mkdtempSync(join(tmpdir(), "passcode-e2e-"));
    const listen = `127.0.0.1:${await freePort()}`;
    const path = writeServiceFile(
      folder,
      `
callbacks:
  listen: ${listen}
  publicUrl: ${publicUrl}
${accounts}`,
    );
    try {
      const process = await ServiceProcess.start(path, {}, ["grpc", "http", "callbacks"]);
      return new ReachableService(process, folder);
    } catch (error) {
      rmSync(folder, { recursive: true });
      throw error;
    }
  }

  private constructor(process: ServiceProcess, folder: string) {
    this.process = process;
    this.grpc = grpcCaller(process.ports.grpc);
    this.http = httpCaller(process.ports.http);
    this.#folder = folder;
  }

  /** What GetSession tells of the sends. */
  async deliveries(sessionId: string | undefined, profile = "default"): Promise<Deliveries> {
    const { answer } = await this.grpc.call("GetSession", { profile, sessionId });
    return answer.session?.deliveries ?? [];
  }

  /** Posts to one of the service's public URLs, as a vendor does. */
  async post(url: string, headers: Record<string, string>, body: string) {
    const path = url.slice(publicUrl.length);
    const answer = await fetch(`http://127.0.0.1:${this.process.ports.callbacks}${path}`, {
      method: "POST",
      headers,
      body,
    });
    return { status: answer.status, body: await answer.text() };
  }

  async stop(): Promise<void> {
    this.grpc.close();
    await this.process.stop();
    rmSync(this.#folder, { recursive: true });
  }
}

/** The configuration must name a port for callbacks, so one that was free just now is. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("a TCP server has no port");
  return address.port;
}
