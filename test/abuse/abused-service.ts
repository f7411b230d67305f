import { Writable } from "node:stream";
import * as grpc from "@grpc/grpc-js";
import { afterEach, expect, vi } from "vitest";
import { systemClock } from "../../src/clock.ts";
import type { ServerTls } from "../../src/config/config.ts";
import { embeddedConfig } from "../../src/config/embedded.ts";
import { systemRandom } from "../../src/random.ts";
import type { PortBounds } from "../../src/rpc/port-bounds.ts";
import { startServer } from "../../src/server.ts";
import { createLog } from "../../src/telemetry/log.ts";
import { tally } from "../proof/effort.ts";
import { callConnect, callGrpc, type Transport } from "../rpc/wire.ts";
import { Attacker } from "./attacker.ts";

/** A service under attack, and its honest callers. */
export interface AbusedService {
  readonly ports: { readonly grpc: number; readonly http: number; readonly callbacks: number };
  open(): { connections: number; requests: number };
  /** Callers of both kinds, on connections of their own, are answered rightly. */
  servesOthers(): Promise<void>;
  /** Waits until nothing that attackers opened is left. */
  isFree(): Promise<void>;
  stop(): Promise<void>;
}

async function startAbusedService(
  bounds: Partial<PortBounds> = {},
  { tls, host = "127.0.0.1" }: { tls?: ServerTls; host?: string } = {},
): Promise<AbusedService> {
  const server = await startServer(
    {
      ...embeddedConfig(systemRandom),
      listen: { grpc: { host, port: 0 }, http: { host, port: 0 } },
      callbacks: { listen: { host, port: 0 }, publicUrl: "https://codes.example" },
      // What an attacker holds open is not waited for once the test is over.
      shutdown: { drainMs: 100 },
      ...(tls !== undefined && { tls }),
    },
    {
      clock: systemClock,
      random: systemRandom,
      log: createLog("error", { write: (line) => process.stderr.write(line) }),
      outbox: { out: new Writable({ write: (_chunk, _encoding, done) => done() }), readable: false },
    },
    bounds,
  );
  const { grpc: grpcPort = 0, http = 0, callbacks = 0 } = server.ports;
  const ports = { grpc: grpcPort, http, callbacks };
  return {
    ports,
    open: server.open,
    servesOthers: async () => {
      await Promise.all([answersRightly(callGrpc, { ports }), answersRightly(callConnect, { ports })]);
    },
    isFree: async () => {
      await vi.waitUntil(() => server.open().requests === 0 && server.open().connections === 0);
    },
    stop: () => server.stop(),
  };
}

let destinations = 0;

/** Sends a code to somebody of their own, and reads its session. */
async function answersRightly(call: Transport, service: Pick<AbusedService, "ports">): Promise<void> {
  destinations += 1;
  const email = `caller${destinations}@b.example`;
  const sent = await call(service, "sendPasscode", { destination: { case: "email", value: email } });
  expect(sent).toMatchObject({ code: "ok", response: { sendsRemaining: 4 } });
  const sessionId = sent.response?.sessionId ?? "";
  const read = await call(service, "getSession", { sessionId });
  expect(read).toMatchObject({ code: "ok", response: { session: { sessionId, attemptCount: 0 } } });
}

/** A caller who stays on one connection from before the attack until after it. */
export class LoyalCaller {
  readonly #client: grpc.Client;

  constructor(port: number, options: grpc.ClientOptions = {}) {
    this.#client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure(), options);
  }

  /** The status of one call. */
  async call(): Promise<grpc.status> {
    const asIs = (bytes: Buffer) => bytes;
    return await new Promise((resolve) =>
      this.#client.makeUnaryRequest("/grpc.health.v1.Health/Check", asIs, asIs, Buffer.alloc(0), (error) =>
        resolve(error === null ? grpc.status.OK : error.code),
      ),
    );
  }

  /** How watching the server's health ends, if it does. */
  async watch(): Promise<grpc.StatusObject> {
    const asIs = (bytes: Buffer) => bytes;
    const call = this.#client.makeServerStreamRequest(
      "/grpc.health.v1.Health/Watch",
      asIs,
      asIs,
      Buffer.alloc(0),
    );
    call.on("error", () => {}).resume();
    return await new Promise((resolve) => call.on("status", resolve));
  }

  close(): void {
    this.#client.close();
  }
}

/** Waits until each of them has been closed by the service. */
export async function allClosed(attackers: readonly Attacker[]): Promise<void> {
  await vi.waitUntil(() => attackers.every((attacker) => attacker.closed));
}

const started: AbusedService[] = [];
const attackers: Attacker[] = [];

/** A service that ends with the test. */
export async function serve(...args: Parameters<typeof startAbusedService>): Promise<AbusedService> {
  const service = await startAbusedService(...args);
  started.push(service);
  return service;
}

/** This many connections, made by `open`, fifty at a time; they end with the test. */
export async function many(count: number, open: () => Promise<Attacker>): Promise<Attacker[]> {
  const all: Attacker[] = [];
  while (all.length < count) {
    const some = Array.from({ length: Math.min(50, count - all.length) }, open);
    all.push(...(await Promise.all(some)));
  }
  attackers.push(...all);
  tally("abuse", { connections: count });
  return all;
}

/** One connection, begun; it ends with the test. */
export async function attack(
  port: number,
  options: Parameters<typeof Attacker.begin>[1] = {},
): Promise<Attacker> {
  const [attacker] = await many(1, () => Attacker.begin(port, options));
  if (attacker === undefined) throw new Error("one was asked for");
  return attacker;
}

afterEach(async () => {
  for (const { socket } of attackers.splice(0)) socket.destroy();
  await Promise.all(started.splice(0).map((service) => service.stop()));
});
