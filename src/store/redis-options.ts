/** Where Redis is, and how to get in. Redis 6.2 or later, for expiry at an instant. */
export interface RedisOptions {
  topology: RedisTopology;
  /** For URLs that hold none; Sentinel addresses never do. */
  username?: string | undefined;
  password?: string | undefined;
  /** Whether sentinels, and what they name, speak TLS. A URL says so itself: `rediss:`. */
  tls: boolean;
  /** PEM of the authority that signed the servers' certificates, if the system does not know it. */
  ca?: string | undefined;
  /** PEM of what this service shows of itself to servers that demand it, and of its key. Given together. */
  certificate?: string | undefined;
  key?: string | undefined;
  /** The name that the servers' certificates are made out to, where it is not the host connected to. */
  serverName?: string | undefined;
  /** How long a connection may be silent with a command under way, in milliseconds. */
  timeoutMs: number;
  /** Told of every failure of a connection, in the background too. Messages hold no credentials. */
  onError: (error: unknown) => void;
}

/** URLs are `redis://` or, with TLS, `rediss://`, with user, password and database number where wanted. */
export type RedisTopology =
  | { kind: "single"; url: string }
  /** Any of the cluster's nodes; it tells of the others. */
  | {
      kind: "cluster";
      urls: readonly string[];
      /** Where to reach the nodes that name themselves otherwise, by `host:port` as the cluster tells it. */
      addressMap?: ReadonlyMap<string, RedisNode> | undefined;
    }
  | {
      kind: "sentinel";
      /** What the sentinels call the primary. */
      name: string;
      /** The sentinels. */
      nodes: readonly RedisNode[];
      /** For the sentinels themselves, if they ask. */
      username?: string | undefined;
      password?: string | undefined;
    };

export interface RedisNode {
  host: string;
  port: number;
}

/** What the client is told about one server. */
export interface RedisEndpoint extends RedisNode {
  tls: boolean;
  username?: string | undefined;
  password?: string | undefined;
  database?: number | undefined;
}

/**
 * What TLS is told about this service and the servers.
 *
 * The signal is never given. With one, Node listens for a socket's errors from the start: between "connected" and
 * its own listener the Redis client leaves a turn, and an error in it would end the process.
 */
export function tlsOptions({ ca, certificate, key, serverName }: RedisOptions) {
  return {
    ...(ca !== undefined && { ca }),
    ...(certificate !== undefined && { cert: certificate }),
    ...(key !== undefined && { key }),
    ...(serverName !== undefined && { servername: serverName }),
    signal: new AbortController().signal,
  };
}

/** Reads a URL. Its errors do not repeat it, since it may hold a password. */
export function parseRedisUrl(text: string): RedisEndpoint {
  const url = URL.parse(text);
  if (url === null || !["redis:", "rediss:"].includes(url.protocol) || url.hostname === "") {
    throw new Error("A Redis URL is redis://host:port or rediss://host:port.");
  }
  if (!/^(\/\d*)?$/.test(url.pathname)) throw new Error("The path of a Redis URL is a database number.");
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: url.port === "" ? 6379 : Number(url.port),
    tls: url.protocol === "rediss:",
    username: url.username === "" ? undefined : decodeURIComponent(url.username),
    password: url.password === "" ? undefined : decodeURIComponent(url.password),
    database: url.pathname.length > 1 ? Number(url.pathname.slice(1)) : undefined,
  };
}
