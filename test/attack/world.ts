import type { KeyObject } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Channel } from "../../gen/passcode/v1/session_pb.ts";
import type { Config } from "../../src/config/config.ts";
import { embeddedConfig } from "../../src/config/embedded.ts";
import { Keys, type Secrets } from "../../src/ledger/keys.ts";
import type { Ledger } from "../../src/ledger/ledger.ts";
import { ledgerRecord } from "../../src/ledger/record.ts";
import { systemRandom } from "../../src/random.ts";
import { openRecord } from "../../src/store/record-mac.ts";
import { redisKeyPrefix } from "../../src/store/redis-scripts.ts";
import { type RedisServer, startRedis } from "../support/redis.ts";
import {
  codeIn,
  type OutboxMessage,
  type PasscodeClient,
  profileWith,
  type ServiceOptions,
  startService,
  type TestService,
} from "../support/service.ts";
import { Relay } from "./relay.ts";

/** Where the service under attack keeps its records. */
export const stores = ["memory", "SQLite", "Redis"] as const;
/** Those that outlive the process. */
export const lastingStores = ["SQLite", "Redis"] as const;
export type StoreName = (typeof stores)[number];

/** A session as its owner has it: they can read the message. */
export interface OpenSession {
  readonly sessionId: string;
  readonly code: string;
  readonly phoneNumber: string;
}

/** Whom to send to, and what differs from the plainest request. */
export type Opening = Partial<{
  phoneNumber: string;
  profile: string;
  purpose: string;
  transaction: Record<string, string>;
  channel: Channel;
  client: PasscodeClient;
}>;

export interface WorldOptions {
  /** What is special about each instance. Without any, there are as many as the store allows. */
  instances?: readonly ServiceOptions[];
  storeTimeoutMs?: number;
}

/**
 * A service under attack: one instance, or with Redis two that share it.
 *
 * Every instance is reached over both transports, and attacks go in by every way.
 */
export class World {
  readonly redis: RedisServer | undefined;
  /** Between the instances and Redis. */
  readonly relay: Relay | undefined;
  readonly folder: string;
  /** The keys of every instance. */
  readonly secrets: Secrets;
  readonly #config: Partial<Config>;
  readonly #options: readonly ServiceOptions[];
  #instances: TestService[] = [];
  #earlier: OutboxMessage[] = [];
  #phones = 0;

  static async start(
    store: StoreName,
    changes: Partial<Config> = {},
    { instances = store === "Redis" ? [{}, {}] : [{}], storeTimeoutMs = 5_000 }: WorldOptions = {},
  ): Promise<World> {
    const redis = store === "Redis" ? await startRedis() : undefined;
    const relay = redis === undefined ? undefined : await Relay.to(redis.port);
    const world = new World(store, { changes, instances, storeTimeoutMs, redis, relay });
    await world.#open();
    return world;
  }

  private constructor(
    store: StoreName,
    parts: Required<WorldOptions> & {
      changes: Partial<Config>;
      redis: RedisServer | undefined;
      relay: Relay | undefined;
    },
  ) {
    this.redis = parts.redis;
    this.relay = parts.relay;
    this.folder = mkdtempSync(join(tmpdir(), "passcode-attack-"));
    this.#options = parts.instances;
    this.secrets = embeddedConfig(systemRandom).keys;
    this.#config = {
      keys: this.secrets,
      store: this.#settings(store, parts.storeTimeoutMs),
      ...parts.changes,
    };
  }

  #settings(store: StoreName, timeoutMs: number): Config["store"] {
    switch (store) {
      case "memory":
        return { kind: "memory", timeoutMs };
      case "SQLite":
        return { kind: "sqlite", path: join(this.folder, "passcode.db"), timeoutMs };
      case "Redis": {
        const url = `redis://127.0.0.1:${this.relay?.port}`;
        return { kind: "redis", topology: { kind: "single", url }, tls: false, timeoutMs };
      }
    }
  }

  async #open(): Promise<void> {
    for (const options of this.#options) {
      this.#instances.push(await startService(this.#config, options));
    }
  }

  /** Every way in: over both transports, to every instance. */
  get clients(): readonly PasscodeClient[] {
    return this.#instances.flatMap(({ clients }) => [clients.grpc, clients.connect]);
  }

  /** Where each instance listens. */
  get ports(): readonly TestService["ports"][] {
    return this.#instances.map(({ ports }) => ports);
  }

  /** Some way in; different numbers spread over all. */
  way(index: number): PasscodeClient {
    return this.clients[index % this.clients.length] as PasscodeClient;
  }

  /** Makes the calls all at once, by every way in turn, and tells what became of each. */
  together<T>(count: number, call: (client: PasscodeClient, index: number) => Promise<T>): Promise<T>[] {
    return Array.from({ length: count }, (_, index) => call(this.way(index), index));
  }

  /** Everything sent so far, by whichever instance. */
  get messages(): readonly OutboxMessage[] {
    return [...this.#earlier, ...this.#instances.flatMap(({ messages }) => messages)];
  }

  messagesTo(address: string): readonly OutboxMessage[] {
    return this.messages.filter(({ to }) => to === address);
  }

  get logLines(): readonly string[] {
    return this.#instances.flatMap(({ logLines }) => logLines);
  }

  /** A number nobody has been sent a code at. */
  freshPhone(): string {
    this.#phones += 1;
    return `+4179${String(1_000_000 + this.#phones)}`;
  }

  /** Opens a session and reads its code, as the owner of the phone does. */
  async open({
    client = this.way(0),
    phoneNumber = this.freshPhone(),
    ...rest
  }: Opening = {}): Promise<OpenSession> {
    const before = new Set(this.messagesTo(phoneNumber));
    const { sessionId } = await client.sendPasscode({
      destination: { case: "phoneNumber", value: phoneNumber },
      channel: Channel.SMS,
      ...rest,
    });
    const [message] = this.messagesTo(phoneNumber).filter((one) => !before.has(one));
    return { sessionId, code: codeIn(message), phoneNumber };
  }

  /** Comparisons made in the session, as it says itself. */
  async attempts({ sessionId }: { sessionId: string }, profile = "default"): Promise<number | undefined> {
    return (await this.way(0).getSession({ sessionId, profile })).session?.attemptCount;
  }

  /** What the instances protect their records with. */
  get macKey(): KeyObject {
    return new Keys(this.secrets).records;
  }

  /** The ledger of a session's destination as it lies in Redis; undefined where the store is another. */
  async storedLedger({ sessionId }: { sessionId: string }): Promise<Ledger | undefined> {
    const name = Buffer.from(sessionId, "base64url").subarray(1, 17).toString("base64url");
    return [...(await this.#textsInRedis())]
      .filter(([key]) => key.startsWith(`${redisKeyPrefix}ledger:`))
      .map(([key, text]) =>
        ledgerRecord.decode(openRecord(text, key.slice(redisKeyPrefix.length), this.macKey)),
      )
      .find(({ sessions }) => sessions.some(({ id }) => id === name));
  }

  /** All that whoever steals the store has, keys and values, as text. Nobody steals memory. */
  async stolen(): Promise<string> {
    const files = readdirSync(this.folder).map((name) => readFileSync(join(this.folder, name), "latin1"));
    const texts = [...(await this.#textsInRedis())].map(([key, text]) => `${key} ${text}`);
    return [...files, ...texts].join("\n");
  }

  async #textsInRedis(): Promise<Map<string, string>> {
    // The script answers a list of texts, keys and values in turn.
    const list = ((await this.redis?.command("EVAL", readEverything, "0")) ?? []) as string[];
    const texts = new Map<string, string>();
    for (let at = 0; at < list.length; at += 2) texts.set(list[at] as string, list[at + 1] as string);
    return texts;
  }

  /** Ends every instance and starts it again over what the store kept. */
  async restart(): Promise<void> {
    this.#earlier = [...this.messages];
    await Promise.all(this.#instances.map((instance) => instance.stop()));
    this.#instances = [];
    await this.#open();
  }

  /** Ends everything. Rejects if Redis is left with a key that would live for ever, a code or a destination. */
  async end(): Promise<void> {
    try {
      await Promise.all(this.#instances.map((instance) => instance.stop()));
      await this.relay?.close();
      await this.redis?.stop();
    } finally {
      rmSync(this.folder, { recursive: true, force: true });
    }
  }
}

/** Profiles by these names, each as the embedded one but for its changes. */
export function profilesWith(
  changes: Readonly<Record<string, Parameters<typeof profileWith>[0]>>,
): Pick<Config, "profiles"> {
  const named = Object.entries(changes).flatMap(([name, its]) =>
    [...profileWith({ ...its, name }).profiles.values()].map((profile) => [name, profile] as const),
  );
  return { profiles: new Map(named) };
}

const readEverything = `
local everything = {}
for _, key in ipairs(redis.call('KEYS', '*')) do
  table.insert(everything, key)
  table.insert(everything, redis.call('GET', key))
end
return everything
`;
