import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "@keyv/redis";
import { refuseLeaksInRedis } from "./leak-watch.ts";
import { patienceMs } from "./patience.ts";

/** A real Redis server of the tests' own, on a loopback port. It is gone when the process is. */
export interface RedisServer {
  readonly port: number;
  readonly url: string;
  /** Runs one command as an operator would, over a connection of its own. */
  command(...words: string[]): Promise<unknown>;
  /** Freezes the process: connections stay, answers do not come. */
  pause(): void;
  resume(): void;
  /** Ends it at once. Nothing it held is kept, unless its settings say so. */
  kill(): Promise<void>;
  /** Starts it again on the same port, with what was kept. */
  restart(): Promise<void>;
  /** Ends it for good and removes its files. Rejects if what the tests left in it has a code or a destination. */
  stop(): Promise<void>;
}

export interface RedisCluster {
  readonly servers: readonly [RedisServer, RedisServer, RedisServer];
  readonly urls: readonly string[];
  /** Makes a further server the replica of one of them, in step with it, to take its place when it is killed. */
  addReplica(primary: RedisServer): Promise<RedisServer>;
  stop(): Promise<void>;
}

export interface RedisSentinels {
  readonly name: string;
  readonly primary: RedisServer;
  readonly replica: RedisServer;
  readonly sentinel: RedisServer;
  stop(): Promise<void>;
}

/** Starts one server. `settings` are lines of its configuration, such as `maxmemory 3mb`. */
export async function startRedis(settings: readonly string[] = []): Promise<RedisServer> {
  const server = new Server(await freePort(), settings);
  await server.start();
  return server;
}

/** Starts a cluster of three primaries, each with a third of the slots. */
export async function startRedisCluster(): Promise<RedisCluster> {
  const settings = ["cluster-enabled yes", "cluster-node-timeout 1000", "repl-diskless-sync-delay 0"];
  const servers = await Promise.all([startRedis(settings), startRedis(settings), startRedis(settings)]);
  const replicas: RedisServer[] = [];
  const [first, ...others] = servers;
  const bounds = [0, 5_461, 10_923, 16_384];
  for (const [index, server] of servers.entries()) {
    await server.command("CLUSTER", "SET-CONFIG-EPOCH", String(index + 1));
    await server.command(
      "CLUSTER",
      "ADDSLOTSRANGE",
      String(bounds[index]),
      String((bounds[index + 1] ?? 0) - 1),
    );
  }
  for (const server of others) await first.command("CLUSTER", "MEET", "127.0.0.1", String(server.port));
  for (const server of servers) {
    await until("the cluster is up", async () => {
      const info = String(await server.command("CLUSTER", "INFO"));
      const slots = await server.command("CLUSTER", "SLOTS");
      return info.includes("cluster_state:ok") && Array.isArray(slots) && slots.length === 3;
    });
  }
  return {
    servers,
    urls: servers.map(({ url }) => url),
    addReplica: async (primary) => {
      const replica = await startRedis(settings);
      replicas.push(replica);
      await first.command("CLUSTER", "MEET", "127.0.0.1", String(replica.port));
      const id = String(await primary.command("CLUSTER", "MYID"));
      await until("the replica knows its primary", () =>
        replica.command("CLUSTER", "REPLICATE", id).then(
          () => true,
          () => false,
        ),
      );
      await until("the replica is in step", async () =>
        String(await replica.command("INFO", "replication")).includes("master_link_status:up"),
      );
      // Each has to know each, since the others vote for the replica.
      for (const server of [...servers, replica]) {
        await until("the replica is known to all", async () => {
          const nodes = String(await server.command("CLUSTER", "NODES"));
          return (
            (nodes.match(/ connected/g)?.length ?? 0) === 4 &&
            /slave \w/.test(nodes) &&
            !nodes.includes("handshake")
          );
        });
      }
      return replica;
    },
    stop: async () => void (await Promise.all([...servers, ...replicas].map((server) => server.stop()))),
  };
}

/** Starts a primary, its replica, and one sentinel that fails over after a second without the primary. */
export async function startRedisSentinels(): Promise<RedisSentinels> {
  const name = "passcode-primary";
  const primary = await startRedis(["repl-diskless-sync-delay 0"]);
  const replica = await startRedis([`replicaof 127.0.0.1 ${primary.port}`]);
  await until("the replica follows", async () =>
    String(await primary.command("INFO", "replication")).includes("state=online"),
  );
  const sentinel = new Server(
    await freePort(),
    [
      `sentinel monitor ${name} 127.0.0.1 ${primary.port} 1`,
      `sentinel down-after-milliseconds ${name} 1000`,
      `sentinel failover-timeout ${name} 3000`,
    ],
    ["--sentinel"],
  );
  await sentinel.start();
  await until("the sentinel knows the replica", async () => {
    const replicas = await sentinel.command("SENTINEL", "REPLICAS", name);
    return (
      JSON.stringify(replicas).includes(`"${replica.port}"`) && !JSON.stringify(replicas).includes("s_down")
    );
  });
  const servers = [sentinel, replica, primary];
  const stop = async () => void (await Promise.all(servers.map((server) => server.stop())));
  return { name, primary, replica, sentinel, stop };
}

class Server implements RedisServer {
  readonly port: number;
  readonly url: string;
  readonly #folder = mkdtempSync(join(tmpdir(), "passcode-redis-"));
  readonly #settings: readonly string[];
  readonly #flags: readonly string[];
  #child: ChildProcess | undefined;

  constructor(port: number, settings: readonly string[], flags: readonly string[] = []) {
    this.port = port;
    this.url = `redis://127.0.0.1:${port}`;
    this.#settings = settings;
    this.#flags = flags;
  }

  async start(): Promise<void> {
    // A sentinel keeps its own notes in the file, so each start writes it anew.
    const file = join(this.#folder, "redis.conf");
    const own = [`port ${this.port}`, "bind 127.0.0.1", `dir ${this.#folder}`, "logfile redis.log"];
    const volatile = this.#flags.includes("--sentinel") ? [] : ['save ""', "appendonly no"];
    writeFileSync(file, [...own, ...volatile, ...this.#settings, ""].join("\n"));
    const child = spawn("redis-server", [file, ...this.#flags], { stdio: "ignore" });
    this.#child = child;
    guard(child, this.#folder);
    let failure: Error | undefined;
    child.once("error", () => {
      failure = new Error("These tests need redis-server: apt-get install redis-server");
    });
    await until("Redis is up", async () => {
      if (failure !== undefined) throw failure;
      return (await this.command("PING").catch(() => "")) === "PONG";
    });
  }

  async command(...words: string[]): Promise<unknown> {
    const client = createClient({ url: this.url, socket: { reconnectStrategy: false } });
    client.on("error", () => {}); // The command's own rejection is enough.
    try {
      await client.connect();
      return await client.sendCommand(words);
    } finally {
      if (client.isOpen) client.destroy();
    }
  }

  pause(): void {
    this.#child?.kill("SIGSTOP");
  }

  resume(): void {
    this.#child?.kill("SIGCONT");
  }

  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
  }

  restart(): Promise<void> {
    return this.start();
  }

  async stop(): Promise<void> {
    this.resume();
    try {
      await refuseLeaksInRedis(this);
    } finally {
      await this.kill();
      rmSync(this.#folder, { recursive: true, force: true });
    }
  }
}

/**
 * Ends the server and removes its files when this process ends, however it ends: a test
 * worker that is killed runs no handlers, but its end of a pipe closes.
 */
function guard(server: ChildProcess, folder: string): void {
  if (server.pid === undefined) return;
  const script = 'read -r _; kill -9 "$0"; rm -rf "$1"';
  const watcher = spawn("sh", ["-c", script, String(server.pid), folder], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
  });
  watcher.unref();
  // The server's end is the watcher's, so that it never ends a stranger that got the same pid.
  server.once("exit", () => watcher.kill("SIGKILL"));
}

export async function freePort(): Promise<number> {
  // A cluster's servers talk to each other on the port 10,000 above, which must exist.
  for (;;) {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    server.close();
    await once(server, "close");
    if (address !== null && typeof address === "object" && address.port < 55_000) return address.port;
  }
}

async function until(fact: string, holds: () => Promise<boolean>): Promise<void> {
  const deadlineMs = performance.now() + patienceMs;
  while (!(await holds())) {
    if (performance.now() > deadlineMs) throw new Error(`Redis for tests: it is not so that ${fact}.`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
