import KeyvRedis from "@keyv/redis";
import { checkServer, tryScripts } from "./redis-check.ts";
import { clusterClient, type RedisClient, type RedisClusterClient, singleClient } from "./redis-client.ts";
import { shakeHands } from "./redis-handshake.ts";
import { parseRedisUrl, type RedisEndpoint, type RedisNode, type RedisOptions } from "./redis-options.ts";

/** A connected client that has shown it can keep counters. */
export interface RedisLine {
  readonly client: RedisClient | RedisClusterClient;
  /** The primary a sentinel named, else undefined. */
  readonly primary: RedisNode | undefined;
  /** Asks every primary about itself: what INFO answers. */
  infos(): Promise<string[]>;
}

/** How long connecting and checking may take, in milliseconds, once the sentinels have named the primary. */
const dialTimeoutMs = 5_000;

/**
 * Connects, checks, and answers within five seconds, and the store's timeout for each
 * sentinel that does not answer; else rejects with one sentence on what is wrong.
 */
export async function dial(options: RedisOptions): Promise<RedisLine> {
  const primary = await askSentinels(options);
  await shakeHands(primary === undefined ? endpointsOf(options) : [primary], options).catch(
    (error: unknown) => {
      throw describe(options, error);
    },
  );
  let isEstablished = false;
  const client =
    primary === undefined ? clientOf(options, () => isEstablished) : singleClient(primary, options);
  // KeyvRedis replaces the error of a failed connect by a fixed text, and the cluster client
  // by one of its own; their events tell more.
  let failure: unknown;
  const note = (error: unknown) => {
    failure = error;
  };
  client.on("error", note).on("node-error", note);
  const told = (error: unknown) => Promise.reject(failure ?? error);
  const keyv = new KeyvRedis(client);
  keyv.on("error", () => {}); // It repeats what the client has told.
  const infos = async () => Promise.all((await keyv.getMasterNodes()).map((primary) => primary.info()));
  const checked = check(client, infos, keyv.getClient()).catch(told);
  try {
    await within(dialTimeoutMs, checked, told);
    isEstablished = true;
    return { client, primary, infos };
  } catch (error) {
    hangUp(client);
    // Whatever it still opens, if it only was too slow.
    checked.then(() => hangUp(client)).catch(() => {});
    throw describe(options, error);
  }
}

/** Once connected, refuses servers that would lose counters, or that will not run what every update runs. */
async function check(
  client: RedisClient | RedisClusterClient,
  infos: RedisLine["infos"],
  connected: Promise<unknown>,
): Promise<void> {
  await connected;
  for (const info of await infos()) checkServer(info);
  await tryScripts(client);
}

/** Closes without waiting for what is under way. */
export function hangUp(client: RedisClient | RedisClusterClient): void {
  // One by one, since the cluster client stops at the first node that is closed already.
  // A single client has no masters, which its type, open to modules of any name, cannot say.
  for (const { client: node } of (client as Partial<RedisClusterClient>).masters ?? []) {
    if (node?.isOpen) node.destroy();
  }
  try {
    if (client.isOpen) client.destroy();
  } catch {
    // That very stop. Nothing is open any more.
  }
}

/** Which server the sentinels name as primary now; undefined where there are none to ask. */
export async function askSentinels(options: RedisOptions): Promise<RedisEndpoint | undefined> {
  const { topology, tls } = options;
  if (topology.kind !== "sentinel") return undefined;
  let failure: unknown;
  for (const node of topology.nodes) {
    const { username, password } = topology;
    const endpoint = { ...node, tls, username, password };
    const client = singleClient(endpoint, options);
    client.on("error", (error) => {
      failure = error;
    });
    try {
      await shakeHands([endpoint], options);
      const answer = await within(options.timeoutMs, askSentinel(client, topology.name));
      if (answer !== undefined)
        return { ...answer, tls, username: options.username, password: options.password };
      failure = new Error(`the sentinel knows no primary ${topology.name}`);
    } catch (error) {
      failure ??= error;
    } finally {
      hangUp(client);
    }
  }
  throw describe(options, failure);
}

async function askSentinel(client: RedisClient, name: string): Promise<RedisNode | undefined> {
  await client.connect();
  const answer: unknown = await client.sendCommand(["SENTINEL", "GET-MASTER-ADDR-BY-NAME", name]);
  return Array.isArray(answer) ? { host: String(answer[0]), port: Number(answer[1]) } : undefined;
}

function clientOf(options: RedisOptions, isEstablished: () => boolean): RedisClient | RedisClusterClient {
  const { topology } = options;
  const endpoints = endpointsOf(options);
  if (topology.kind === "cluster") {
    return clusterClient(endpoints, options, { addressMap: topology.addressMap, isEstablished });
  }
  const [first] = endpoints;
  if (first === undefined) throw new Error("A sentinel is asked before a client is made.");
  return singleClient(first, options);
}

/** The servers that the configuration names, where it does not leave that to sentinels. */
function endpointsOf(options: RedisOptions): RedisEndpoint[] {
  const { topology } = options;
  if (topology.kind === "sentinel") return [];
  const urls = topology.kind === "single" ? [topology.url] : topology.urls;
  return urls.map((url) => endpointOf(url, options));
}

function endpointOf(url: string, { username, password }: RedisOptions): RedisEndpoint {
  const endpoint = parseRedisUrl(url);
  return { ...endpoint, username: endpoint.username ?? username, password: endpoint.password ?? password };
}

/** The answer if it comes in time, else what `late` makes of the lateness. */
function within<T>(
  timeoutMs: number,
  answer: Promise<T>,
  late = (error: Error): Promise<never> => Promise.reject(error),
): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const timer = setTimeout(() => resolve(late(new Error(`no answer within ${timeoutMs} ms`))), timeoutMs);
  answer.then(resolve, reject);
  return promise.finally(() => clearTimeout(timer));
}

/** One sentence, with addresses and no credentials. */
function describe({ topology }: RedisOptions, cause: unknown): Error {
  const at = (node: RedisNode) => `${node.host}:${node.port}`;
  const where =
    topology.kind === "single"
      ? at(parseRedisUrl(topology.url))
      : topology.kind === "cluster"
        ? `cluster ${topology.urls.map((url) => at(parseRedisUrl(url))).join(", ")}`
        : `sentinels ${topology.nodes.map(at).join(", ")}`;
  const quoted = withoutArguments(cause);
  const why = quoted instanceof Error ? quoted.message || quoted.name : String(quoted);
  return new Error(`Redis at ${where} cannot be used: ${why}.`, { cause: quoted });
}

/**
 * What went wrong, without the words of a command that the server did not know: a server
 * without AUTH, or no Redis at all, repeats the password that it was told.
 */
export function withoutArguments(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const said = error.message.replace(/,? with args beginning with:.*/s, "");
  return said === error.message ? error : new Error(said);
}
