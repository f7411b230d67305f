import type { Writable } from "node:stream";
import { Health as HealthService } from "../gen/grpc/health/v1/health_pb.ts";
import { PasscodeService } from "../gen/passcode/v1/passcode_service_pb.ts";
import type { Clock } from "./clock.ts";
import { ApiKeys } from "./config/api-key.ts";
import type { Config } from "./config/config.ts";
import { Deliveries } from "./delivery/deliveries.ts";
import { openProvider } from "./delivery/open-provider.ts";
import type { Provider } from "./delivery/provider.ts";
import type { QueueSettings } from "./delivery/provider-queue.ts";
import { Keys } from "./ledger/keys.ts";
import { type Listener, listenCallbacks, listenGrpc, listenHttp } from "./listeners.ts";
import { FallbackWatch } from "./passcode/fallback-watch.ts";
import type { Passcodes } from "./passcode/passcodes.ts";
import { reportSink } from "./passcode/report-sink.ts";
import { SendsInHand } from "./passcode/sends-in-hand.ts";
import { SettingsAgreement } from "./passcode/settings-agreement.ts";
import type { Random } from "./random.ts";
import { authenticateBy } from "./rpc/authentication.ts";
import { Guard } from "./rpc/guard.ts";
import { Health } from "./rpc/health.ts";
import { passcodeProcedures } from "./rpc/passcode-procedures.ts";
import type { PortBounds } from "./rpc/port-bounds.ts";
import { reflectionProcedures } from "./rpc/reflection.ts";
import { Allowance, graceMs } from "./shutdown.ts";
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
  readonly ports: { readonly grpc?: number; readonly http?: number; readonly callbacks?: number };
  /** How many connections, and requests by HTTP/2, the ports have open now. */
  open(): { connections: number; requests: number };
  /** Turns health to NOT_SERVING, finishes what is in hand within the configured time, closes everything. */
  stop(): Promise<void>;
}

/**
 * Builds the service as configured and listens. Rejects, with nothing left open, if any part cannot start.
 *
 * `bounds` stand in for the usual ones of the ports.
 */
export async function startServer(
  config: Config,
  surroundings: Surroundings,
  bounds: Partial<PortBounds> = {},
): Promise<RunningServer> {
  const { clock, random, log } = surroundings;
  const { listen, tls, callbacks } = config;
  const keys = new Keys(config.keys);
  const store = await openStore(config.store, {
    clock,
    macKey: keys.records,
    onError: (error) => log.warn("store", { error }),
  });
  const agreement = new SettingsAgreement({ store, keys, log });
  const providers = new Map<string, Provider>();
  const listeners: Listener[] = [];
  const fallbacks = new FallbackWatch(() =>
    log.warn("too many sends wait for reports: no fallback for more"),
  );
  let deliveries: Deliveries | undefined;
  const authenticate = authenticateBy(config.apiKeys.length === 0 ? undefined : new ApiKeys(config.apiKeys));
  const guard = new Guard({ authenticate, log, clock, profiles: config.profiles });
  const close = async (drainMs: number) => {
    const drain = new Allowance(drainMs);
    const inHand = Promise.all(listeners.map((listener) => listener.close(drain.signal)))
      .then(() => guard.idle())
      .then(() => fallbacks.close())
      .then((dropped) => dropped > 0 && log.warn("fallbacks not waited for", { count: dropped }));
    if (!(await drain.covers(inHand)) && guard.underWay > 0) {
      log.warn("calls not waited for", { count: guard.underWay });
    }
    deliveries?.close();
    const providersClosed = Promise.all(
      [...providers].map(([name, provider]) =>
        provider.close().catch((error: unknown) => log.warn("cannot close", { provider: name, error })),
      ),
    );
    const grace = new Allowance(graceMs);
    if (!(await drain.covers(providersClosed))) await grace.covers(providersClosed);
    drain.end();
    agreement.end();
    await grace.covers(store.close().catch((error: unknown) => log.warn("cannot close", { error })));
    grace.end();
  };
  try {
    await agreement.begin();
    // Reports come on connections that are opened before there is all it takes to record them.
    await openProviders(providers, config, surroundings, () => passcodes);
    deliveries = new Deliveries(providers, { clock, log, queues: queuesOf(config) });
    const passcodes: Passcodes = {
      profiles: config.profiles,
      store,
      keys,
      deliveries,
      fallbacks,
      inHand: new SendsInHand(sendsInHandMaxOf(config)),
      ...(callbacks !== undefined && { publicUrl: callbacks.publicUrl }),
      random,
      log,
    };
    const health = new Health([PasscodeService.typeName, HealthService.typeName], bounds);
    const procedures = [
      ...passcodeProcedures(passcodes, guard),
      ...health.procedures(),
      ...reflectionProcedures([PasscodeService, HealthService]),
    ];
    const ports: { grpc?: number; http?: number; callbacks?: number } = {};
    if (listen.grpc !== undefined) {
      const listener = await listenGrpc(listen.grpc, procedures, { tls, log, clock, bounds });
      listeners.push(listener);
      ports.grpc = listener.port;
    }
    if (listen.http !== undefined) {
      const isOpen = config.apiKeys.length === 0 && tls?.clientCa === undefined;
      const listener = await listenHttp(listen.http, procedures, { tls, log, health, isOpen, bounds });
      listeners.push(listener);
      ports.http = listener.port;
    }
    if (callbacks !== undefined) {
      const listener = await listenCallbacks(callbacks, passcodes, { tls, log, clock, bounds });
      listeners.push(listener);
      ports.callbacks = listener.port;
    }
    const stop = async () => {
      health.stop();
      await close(config.shutdown.drainMs);
    };
    const open = () => ({
      connections: listeners.reduce((sum, listener) => sum + listener.open().connections, 0),
      requests: listeners.reduce((sum, listener) => sum + listener.open().requests, 0),
    });
    return { ports, open, stop };
  } catch (error) {
    await close(0);
    throw error;
  }
}

/** Opens them one after the other into `opened`, where they are found should one of them fail to. */
async function openProviders(
  opened: Map<string, Provider>,
  { providers, proxy }: Config,
  { clock, random, log, outbox }: Surroundings,
  passcodes: () => Passcodes,
): Promise<void> {
  for (const [name, settings] of providers) {
    const provider = await openProvider(settings, {
      clock,
      random,
      outbox,
      proxy,
      sink: reportSink(passcodes, name),
      onTrouble: (detail) => log.warn("provider", { provider: name, detail }),
    });
    opened.set(name, provider);
  }
}

function sendsInHandMaxOf({ apiKeys, sendsInHandMax }: Config): (key: string) => number {
  const own = new Map(apiKeys.map((holder) => [holder.name, holder.sendsInHandMax]));
  return (key) => own.get(key) ?? sendsInHandMax;
}

function queuesOf({ providers }: Config): ReadonlyMap<string, QueueSettings> {
  return new Map([...providers].flatMap(([name, { queue }]) => (queue === undefined ? [] : [[name, queue]])));
}
