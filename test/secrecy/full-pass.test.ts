import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { grpcCaller, httpCaller } from "../e2e/caller.ts";
import { ServiceProcess } from "../e2e/service-process.ts";
import { tally } from "../proof/effort.ts";
import { type Exim, startExim } from "../support/exim.ts";
import { type RedisServer, startRedis } from "../support/redis.ts";
import { CanaryCaller, ConfiguredSecrets } from "./canaries.ts";
import { brokenBodies, fullPass } from "./full-pass.ts";
import { leaksIn, type Secret, secretText } from "./leak-search.ts";
import { RedisListener } from "./redis-listener.ts";
import { answersOfAllWays } from "./ways-in.ts";

const configured = new ConfiguredSecrets();
const { apiKey, strangerKey } = configured;

let exim: Exim;
let redis: RedisServer;
const listeners: RedisListener[] = [];
beforeAll(async () => {
  [exim, redis] = await Promise.all([
    startExim(),
    startRedis([
      `user passcode on >${configured.redisPassword} ~* &* +@all`,
      "appendonly yes",
      "slowlog-log-slower-than 0",
      "slowlog-max-len 100000",
      "notify-keyspace-events KEA",
    ]),
  ]);
  listeners.push(new RedisListener(redis.port, "MONITOR"), new RedisListener(redis.port, "PSUBSCRIBE *"));
});
afterAll(async () => {
  for (const listener of listeners) listener.stop();
  await Promise.all([exim?.stop(), redis?.stop()]);
});

const storeSettings = {
  memory: () => "{kind: memory}",
  SQLite: () => "{kind: sqlite, path: passcode.db}",
  Redis: () =>
    `{kind: redis, url: "${redis.url}", username: passcode, password: "\${REDIS_PASSWORD}", timeout: 2s}`,
};

function configuration(store: string): string {
  return `
development: true
listen: {grpc: "127.0.0.1:0", http: "127.0.0.1:0"}
log: {level: debug}
apiKeys: [{name: shop, sha256: "${configured.apiKeyDigest}"}]
keys:
  index: \${INDEX_KEY}
  codes: [{id: 2, secret: "\${SECOND_KEY}"}, {id: 1, secret: "\${FIRST_KEY}"}]
store: ${store}
providers:
  dev: {kind: outbox}
  mail:
    kind: smtp
    host: ${exim.host}
    port: ${exim.tlsPort}
    security: tls
    username: ${exim.username}
    password: \${SMTP_PASSWORD}
    from: codes@acme.test
    ca: mail-ca.pem
profiles:
  default:
    brand: Acme
    channels: {sms: dev, voice: dev, email: mail}
    policy: {codeLength: 10, resend: fresh}
  letters:
    brand: Acme
    channels: {sms: dev, voice: dev, email: mail}
    policy: {codeLength: 10, codeAlphabet: letters}
`;
}

describe.each(["memory", "SQLite", "Redis"] as const)(
  "With %s, the codes, destinations and keys of a full pass",
  (store) => {
    let folder: string;
    let service: ServiceProcess;
    let secrets: readonly Secret[];
    let replies: string;
    /** Each session's nonce, where the store lets it be read. Of all places it may be in the store alone. */
    let nonces: readonly Secret[];

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), "passcode-secrets-"));
      mkdirSync(join(folder, "tmp"));
      writeFileSync(join(folder, "passcode.yaml"), configuration(storeSettings[store]()));
      writeFileSync(join(folder, "mail-ca.pem"), exim.caPem);
      service = await ServiceProcess.start(join(folder, "passcode.yaml"), {
        ...configured.env,
        SMTP_PASSWORD: exim.password,
        TMPDIR: join(folder, "tmp"),
      });
      const { ports } = service;
      const raw = [grpcCaller(ports.grpc, apiKey), httpCaller(ports.http, apiKey)];
      const callers = raw.map((caller) => new CanaryCaller(caller, () => service.messages));
      await Promise.all(
        callers.map(async (caller) => {
          await fullPass(caller, exim, "default");
          await fullPass(caller, exim, "letters");
        }),
      );
      const stranger = new CanaryCaller(httpCaller(ports.http, strangerKey), () => service.messages);
      await stranger.call("SendPasscode", { phoneNumber: stranger.phone() });
      const [first = stranger] = callers;
      const told = [
        ...(await brokenBodies(ports.http, { apiKey, caller: first })),
        ...(await answersOfAllWays(ports, { apiKey, caller: first })),
      ];
      if (store === "Redis") await duringAnOutage(callers);
      for (const caller of raw) caller.close();
      const all = [...callers, stranger];
      secrets = [
        ...configured.secrets,
        secretText("SMTP password", exim.password),
        ...all.flatMap((caller) => caller.secrets),
      ];
      replies = [...all.flatMap((caller) => caller.replies), ...told].join("\n");
      const records = store === "Redis" ? (await redisRecords()).join("\n") : databaseIn(folder);
      nonces = [...new Set(records.match(/(?<="nonce":")[\w-]{22}(?=")/g))].map((one) =>
        secretText(`nonce ${one}`, one),
      );
      tally("secrecy", { canaries: secrets.length + nonces.length, replies: replies.split("\n").length });
    });
    afterAll(async () => {
      await service?.stop();
      rmSync(folder, { recursive: true });
    });

    it("are all shown by the outbox, so that the search can find them", () => {
      const found = leaksIn(service.stdout.join("\n"), secrets);
      expect(found.filter((name) => name.startsWith("code")).length).toBeGreaterThan(10);
      expect(found.filter((name) => name.startsWith("number")).length).toBeGreaterThan(5);
      expect(nonces.length > 5).toBe(store !== "memory");
    });

    it("are in no other line on the standard output", () => {
      const other = service.stdout.filter(
        (line) => !/^\{"time":"[^"]*","channel":"(sms|voice)","to":/.test(line),
      );
      expect(other).toEqual([]);
    });

    it("are in no line of the log, although each call has one", () => {
      const log = service.stderr.join("\n");
      expect(leaksIn(log, [...secrets, ...nonces])).toEqual([]);
      expect(service.stderr.filter((line) => line.includes('"event":"call"')).length).toBeGreaterThan(100);
    });

    it("are in nothing that a caller is told: answers, errors, details, headers and trailers", () => {
      expect(leaksIn(replies, [...secrets, ...nonces])).toEqual([]);
    });

    it("are in no file of the store, nor of its journal", () => {
      const contents = databaseIn(folder);
      expect(leaksIn(contents, secrets)).toEqual([]);
      expect(contents.includes("ledger:")).toBe(store === "SQLite");
    });

    it("are in no temporary file", () => {
      expect(readdirSync(join(folder, "tmp"), { recursive: true })).toEqual([]);
    });

    it("are not in the process's arguments, and in its environment only where they came from", () => {
      const of = (file: string) => readFileSync(`/proc/${service.pid}/${file}`, "latin1");
      expect(leaksIn(of("cmdline"), secrets)).toEqual([]);
      const given = [...Object.values(configured.env), exim.password];
      const variables = of("environ")
        .split("\0")
        .filter((variable) => !given.some((value) => variable.endsWith(`=${value}`)));
      expect(leaksIn(variables.join("\n"), secrets)).toEqual([]);
    });

    it("are in no command to Redis, key, value, event, slow log or file of Redis", async () => {
      await redis.command("BGREWRITEAOF");
      await redis.command("SAVE");
      const asked = listeners.map(({ seen }) => seen);
      const slow = JSON.stringify(await redis.command("SLOWLOG", "GET", "-1"));
      const surfaces = [...asked, slow, ...(await redisRecords()), await redisFiles()].join("\n");
      expect(leaksIn(surfaces, secrets)).toEqual([]);
      for (const one of [...asked, slow, await redisFiles()]) {
        expect(one.includes("ledger:")).toBe(store === "Redis");
      }
    });
  },
);

function databaseIn(folder: string): string {
  const files = readdirSync(folder).filter((name) => name.startsWith("passcode.db"));
  return files.map((name) => readFileSync(join(folder, name), "latin1")).join("\n");
}

async function redisKeys(): Promise<string[]> {
  return (await redis.command("KEYS", "*")) as string[];
}

/** Every key, and its value. */
async function redisRecords(): Promise<string[]> {
  const keys = await redisKeys();
  return [...keys, ...(await Promise.all(keys.map(async (key) => String(await redis.command("GET", key)))))];
}

/** All that Redis has written: its log, its journal and its snapshot. */
async function redisFiles(): Promise<string> {
  const [, folder = ""] = (await redis.command("CONFIG", "GET", "dir")) as string[];
  // The configuration is this test's, and the one place with the password.
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile() && entry.name !== "redis.conf",
  );
  return files.map(({ parentPath, name }) => readFileSync(join(parentPath, name), "latin1")).join("\n");
}

async function duringAnOutage(callers: readonly CanaryCaller[]): Promise<void> {
  redis.pause();
  const refused = await Promise.all(
    callers.map((caller) => caller.call("SendPasscode", { phoneNumber: caller.phone() })),
  );
  redis.resume();
  for (const { reason } of refused) expect(reason).toBe("STORE_UNAVAILABLE");
  await vi.waitUntil(async () => {
    const sent = callers.map((caller) => caller.call("SendPasscode", { phoneNumber: caller.phone() }));
    return (await Promise.all(sent)).every(({ code }) => code === "OK");
  });
}

describe("A key in Redis", () => {
  it("never lives for ever", async () => {
    const lifetimes = await Promise.all((await redisKeys()).map((key) => redis.command("PTTL", key)));
    expect(lifetimes.length).toBeGreaterThan(10);
    expect(Math.min(...lifetimes.map(Number))).toBeGreaterThan(0);
  });
});
