import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import { PasscodeService } from "../../gen/passcode/v1/passcode_service_pb.ts";
import { embeddedConfig } from "../../src/config/embedded.ts";
import { systemRandom } from "../../src/random.ts";
import type { RedisTopology } from "../../src/store/redis-options.ts";
import { writeDevelopmentFile } from "../e2e/development-file.ts";
import { ServiceProcess } from "../e2e/service-process.ts";
import {
  codeIn,
  type OutboxMessage,
  type PasscodeClient,
  profileWith,
  startService,
  type TestService,
} from "../support/service.ts";
import type { CalledService } from "./crowd.ts";
import { policy, policyYaml } from "./limits.ts";

/** How long an update of a counter may take, in milliseconds: short, so that faults are told soon. */
const storeTimeoutMs = 500;

/** A called service whose messages can be read. */
export interface Instances extends CalledService {
  readonly messages: readonly OutboxMessage[];
  stop(): Promise<void>;
}

/** Two instances in this process. */
export async function startInstances(topology: RedisTopology): Promise<Instances> {
  const config = {
    keys: embeddedConfig(systemRandom).keys,
    store: { kind: "redis", topology, tls: false, timeoutMs: storeTimeoutMs },
    ...profileWith({ policies: { base: policy, named: new Map() } }),
  } as const;
  const services: TestService[] = [await startService(config), await startService(config)];
  const messages = () => services.flatMap(({ messages }) => messages);
  return {
    ways: services.flatMap(({ clients }) => [clients.grpc, clients.connect]),
    get messages() {
      return messages();
    },
    codeFor: codeReader(messages),
    stop: async () => void (await Promise.all(services.map((service) => service.stop()))),
  };
}

/** Instances on one Redis, each a process of its own, known by the URL at which it sees Redis. */
export class ProcessInstances implements Instances {
  readonly codeFor = codeReader(() => this.messages);
  readonly #folder = mkdtempSync(join(tmpdir(), "passcode-linearizability-"));
  readonly #configPath: string;
  readonly #all: ServiceProcess[] = [];
  readonly #living = new Map<string, { service: ServiceProcess; ways: readonly PasscodeClient[] }>();

  constructor() {
    const store = `{kind: redis, url: "\${REDIS_URL}", timeout: ${storeTimeoutMs}ms}`;
    this.#configPath = writeDevelopmentFile(this.#folder, store, `    policy: ${policyYaml}\n`);
  }

  async start(redisUrl: string): Promise<void> {
    const service = await ServiceProcess.start(this.#configPath, { REDIS_URL: redisUrl });
    this.#all.push(service);
    const { grpc, http } = service.ports;
    const overGrpc = createGrpcTransport({ baseUrl: `http://127.0.0.1:${grpc}` });
    const overConnect = createConnectTransport({ baseUrl: `http://127.0.0.1:${http}`, httpVersion: "1.1" });
    const ways = [overGrpc, overConnect].map((transport) => createClient(PasscodeService, transport));
    this.#living.set(redisUrl, { service, ways });
  }

  /** Ends it at once, in the midst of whatever it does. */
  async kill(redisUrl: string): Promise<void> {
    const doomed = this.#living.get(redisUrl);
    this.#living.delete(redisUrl);
    await doomed?.service.kill();
  }

  get ways(): readonly PasscodeClient[] {
    return [...this.#living.values()].flatMap(({ ways }) => ways);
  }

  get messages(): readonly OutboxMessage[] {
    return this.#all.flatMap(({ messages }) => messages);
  }

  async stop(): Promise<void> {
    await Promise.all(this.#all.map((service) => service.stop()));
    rmSync(this.#folder, { recursive: true });
  }
}

/** Finds the code in the messages about a transaction, and remembers it: it is asked for before every call. */
function codeReader(messages: () => readonly OutboxMessage[]): CalledService["codeFor"] {
  const found = new Map<string, string>();
  return (transaction) => {
    if (found.has(transaction)) return found.get(transaction);
    const message = messages().find((message) => tells(message, transaction));
    if (message !== undefined) found.set(transaction, codeIn(message));
    return found.get(transaction);
  };
}

/** Whether the message is about the transaction. */
export function tells({ text }: OutboxMessage, transaction: string): boolean {
  return new RegExp(`\\b${transaction}\\b`).test(text);
}
