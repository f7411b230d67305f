import { createClient, createCluster, type RedisClientOptions } from "@keyv/redis";
import { type RedisEndpoint, type RedisNode, type RedisOptions, tlsOptions } from "./redis-options.ts";

export type RedisClient = ReturnType<typeof createClient>;
export type RedisClusterClient = ReturnType<typeof createCluster>;

/** Commands under way on one connection, at most. A stalled server must not fill our memory. */
const commandsMax = 10_000;

const reconnectDelayMaxMs = 1_000;

/** A client of one server. It stays closed once its connection breaks: RedisConnection opens the next. */
export function singleClient(endpoint: RedisEndpoint, options: RedisOptions): RedisClient {
  return createClient({
    ...clientOptions(options),
    socket: { ...socketOptions(endpoint, options), reconnectStrategy: false },
    ...credentials(endpoint),
    database: endpoint.database ?? 0,
  });
}

/**
 * A client of a cluster. A node's connection comes back by itself, but only once
 * `isEstablished` says so: connecting to a cluster with a dead node fails, not waits,
 * since after a failover that node is no longer of interest.
 *
 * Nodes are connected to when they are asked for. Connecting to all of them in advance,
 * the client lets go of those attempts when it learns of other nodes meanwhile, and the
 * failure of one that nobody waits for would end the process.
 */
export function clusterClient(
  endpoints: readonly RedisEndpoint[],
  options: RedisOptions,
  { addressMap, isEstablished }: { addressMap?: AddressMap | undefined; isEstablished: () => boolean },
): RedisClusterClient {
  const [first] = endpoints;
  if (first === undefined) throw new Error("A Redis Cluster needs the URL of at least one node.");
  const { host: _host, port: _port, ...socket } = socketOptions(first, options);
  const delayMs = (retries: number) => Math.min(50 * 2 ** Math.min(retries, 10), reconnectDelayMaxMs);
  const reconnectStrategy = (retries: number) => (isEstablished() ? delayMs(retries) : (false as const));
  return createCluster({
    minimizeConnections: true,
    rootNodes: endpoints.map(({ host, port }) => ({ socket: { host, port } })),
    nodeAddressMap: (address) => placeOf(address, first, addressMap),
    defaults: {
      ...clientOptions(options),
      socket: { ...socket, reconnectStrategy },
      ...credentials(first),
    },
  });
}

type AddressMap = ReadonlyMap<string, RedisNode>;

/**
 * Where a node is that the cluster tells of, if not where it says. A cluster whose nodes do not know their own
 * address (`cluster-preferred-endpoint-type unknown-endpoint`) means the host that was asked; the client would
 * try localhost.
 */
function placeOf(address: string, asked: RedisNode, addressMap?: AddressMap): RedisNode | undefined {
  const mapped = addressMap?.get(address);
  if (mapped !== undefined) return mapped;
  const colon = address.lastIndexOf(":");
  const isUnknown = ["null", "undefined", "?", ""].includes(address.slice(0, colon));
  return isUnknown ? { host: asked.host, port: Number(address.slice(colon + 1)) } : undefined;
}

/**
 * Without these the client waits: for a lost connection with every command in a queue,
 * for a stalled server without end. The ping keeps an idle connection from looking stalled.
 */
function clientOptions(options: RedisOptions): Omit<RedisClientOptions, "socket"> {
  return {
    disableOfflineQueue: true,
    commandsQueueMaxLength: commandsMax,
    pingInterval: Math.ceil(options.timeoutMs / 2),
  };
}

function socketOptions(endpoint: RedisEndpoint, options: RedisOptions) {
  return {
    host: endpoint.host,
    port: endpoint.port,
    connectTimeout: options.timeoutMs,
    socketTimeout: options.timeoutMs,
    ...(endpoint.tls ? { tls: true as const, ...tlsOptions(options) } : {}),
  };
}

function credentials({ username, password }: RedisEndpoint) {
  return {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
  };
}
