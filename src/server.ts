import type { Writable } from "node:stream";
import * as grpc from "@grpc/grpc-js";
import { Health as HealthService } from "../gen/grpc/health/v1/health_pb.ts";
import { PasscodeService } from "../gen/passcode/v1/passcode_service_pb.ts";
import type { Clock } from "./clock.ts";
import { ApiKeys } from "./config/api-key.ts";
import type { Address, Config, ProviderSettings, ServerTls } from "./config/config.ts";
import { Deliveries } from "./delivery/deliveries.ts";
import { Outbox } from "./delivery/outbox.ts";
import type { Provider } from "./delivery/provider.ts";
import { Keys } from "./ledger/keys.ts";
import type { Random } from "./random.ts";
import { authenticateBy } from "./rpc/authentication.ts";
import { createConnectHandler } from "./rpc/connect-handler.ts";
import { createGrpcServer } from "./rpc/grpc-server.ts";
import { Guard } from "./rpc/guard.ts";
import { Health } from "./rpc/health.ts";
import { HttpServer } from "./rpc/http-server.ts";
import { passcodeProcedures } from "./rpc/passcode-procedures.ts";
import type { Procedure } from "./rpc/procedure.ts";
import { reflectionProcedures } from "./rpc/reflection.ts";
import { openStore } from "./store/open-store.ts";
import type { Log } from "./telemetry/log.ts";

/** What a server needs of the process it runs in. */
export interface Surroundings {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Where the development outbox shows its messages. */
  readonly outbox: { readonly out: Writable; readonly readable: boolean };
}

/** A server that listens. */
export interface RunningServer {
  /** The ports listened on. */
  readonly ports: { readonly grpc?: number; readonly http?: number };
  /** Turns health to NOT_SERVING, finishes what is in hand within the configured time, closes everything. */
  stop(): Promise<void>;
}

/** Builds the service as configured and listens. Rejects, with nothing left open, if any part cannot start. */
export async function startServer(config: Config, surroundings: Surroundings): Promise<RunningServer> {
  const { clock, random, log } = surroundings;
  const providers = new Map<string, Provider>();
  for (const [name, settings] of config.providers)
    providers.set(name, await openProvider(settings, surroundings));
  const store = await openStore(config.store, {
    clock,
    onError: (error) => log.warn("store", { error }),
  });
  const deliveries = new Deliveries(providers);
  const keys = new Keys(config.keys);
  const authenticate = authenticateBy(config.apiKeys.length === 0 ? undefined : new ApiKeys(config.apiKeys));
  const guard = new Guard({ authenticate, log, clock });
  const passcodes = { profiles: config.profiles, store, keys, deliveries, random, log };
  const health = new Health([PasscodeService.typeName, HealthService.typeName]);
  const procedures = [
    ...passcodeProcedures(passcodes, guard),
    ...health.procedures(),
    ...reflectionProcedures([PasscodeService, HealthService]),
  ];

  const listeners: Listener[] = [];
  const close = async (deadline: AbortSignal) => {
    await Promise.all(listeners.map((listener) => listener.close(deadline)));
    await Promise.race([guard.idle().then(() => deliveries.close()), aborted(deadline)]);
    await store.close();
  };
  try {
    const { listen, tls } = config;
    const ports: { grpc?: number; http?: number } = {};
    if (listen.grpc !== undefined) {
      const listener = await listenGrpc(listen.grpc, procedures, { tls, clock });
      listeners.push(listener);
      ports.grpc = listener.port;
    }
    if (listen.http !== undefined) {
      const listener = await listenHttp(listen.http, procedures, { tls, log, health });
      listeners.push(listener);
      ports.http = listener.port;
    }
    const stop = async () => {
      health.stop();
      await close(AbortSignal.timeout(config.shutdown.drainMs));
    };
    return { ports, stop };
  } catch (error) {
    await close(AbortSignal.abort());
    throw error;
  }
}

interface Listener {
  readonly port: number;
  close(deadline: AbortSignal): Promise<void>;
}

/** A vendor's library is loaded when an account with it is configured. */
async function openProvider(settings: ProviderSettings, { outbox, clock }: Surroundings): Promise<Provider> {
  switch (settings.kind) {
    case "smtp": {
      const { SmtpProvider } = await import("./delivery/email/smtp.ts");
      return new SmtpProvider(settings);
    }
    case "outbox":
      return new Outbox({ ...outbox, clock });
  }
}

async function listenGrpc(
  address: Address,
  procedures: readonly Procedure[],
  { tls, clock }: { tls: ServerTls | undefined; clock: Clock },
): Promise<Listener> {
  const server = createGrpcServer(procedures, clock);
  const host = address.host.includes(":") ? `[${address.host}]` : address.host;
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync(`${host}:${address.port}`, grpcCredentials(tls), (error, port) =>
      error === null ? resolve(port) : reject(error),
    ),
  );
  return {
    port,
    close: async (deadline) => {
      const drained = new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
      await Promise.race([drained, aborted(deadline)]);
      server.forceShutdown();
    },
  };
}

function grpcCredentials(tls: ServerTls | undefined): grpc.ServerCredentials {
  if (tls === undefined) return grpc.ServerCredentials.createInsecure();
  const { certificate, key, clientCa } = tls;
  const pair = { private_key: Buffer.from(key), cert_chain: Buffer.from(certificate) };
  const ca = clientCa === undefined ? null : Buffer.from(clientCa);
  return grpc.ServerCredentials.createSsl(ca, [pair], clientCa !== undefined);
}

async function listenHttp(
  address: Address,
  procedures: readonly Procedure[],
  { tls, log, health }: { tls: ServerTls | undefined; log: Log; health: Health },
): Promise<Listener> {
  const connect = createConnectHandler(procedures, log);
  const server = new HttpServer((request, response) => {
    if (connect(request, response)) return;
    const known = request.url === "/healthz" && request.method === "GET";
    response.statusCode = known ? (health.serving ? 200 : 503) : 404;
    response.setHeader("content-type", "text/plain");
    response.end(known ? (health.serving ? "SERVING\n" : "NOT_SERVING\n") : "not found\n");
  }, tls);
  const port = await server.listen(address);
  return { port, close: (deadline) => server.close(deadline) };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
