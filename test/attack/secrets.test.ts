import { createHash, randomBytes, randomUUID } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DescMessage } from "@bufbuild/protobuf";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { PasscodeService } from "../../gen/passcode/v1/passcode_service_pb.ts";
import { MemoryStorage } from "../../src/store/memory-storage.ts";
import { parseMail } from "../delivery/smtp/raw-mail.ts";
import { type Caller, grpcCaller, httpCaller, type Method, type Reply } from "../e2e/caller.ts";
import { ServiceProcess } from "../e2e/service-process.ts";
import { type Exim, startExim } from "../support/exim.ts";
import { type RedisServer, startRedis } from "../support/redis.ts";
import { codeIn, type OutboxMessage, startService } from "../support/service.ts";
import {
  leaksIn,
  type Secret,
  secretCode,
  secretEmail,
  secretKey,
  secretPhone,
  secretText,
} from "./leak-search.ts";

const keys = { index: newKey(), first: newKey(), second: newKey() };
const apiKey = `passcode_${randomBytes(32).toString("base64url")}`;
const strangerKey = `passcode_${randomBytes(32).toString("base64url")}`;
const redisPassword = randomBytes(16).toString("hex");

/** Of ten characters, so that none is found by chance in an instant or an id. */
const profiles = `
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

function newKey(): string {
  return randomBytes(32).toString("base64");
}

let exim: Exim;
let redis: RedisServer;
let everyRedisCommand: RedisMonitor;
beforeAll(async () => {
  [exim, redis] = await Promise.all([
    startExim(),
    startRedis([`user passcode on >${redisPassword} ~* &* +@all`]),
  ]);
  everyRedisCommand = new RedisMonitor(redis.port);
}, 30_000);
afterAll(async () => {
  everyRedisCommand.stop();
  await Promise.all([exim?.stop(), redis?.stop()]);
});

/** All that Redis is asked, by whomever, as it tells a MONITOR. */
class RedisMonitor {
  readonly #socket: Socket;
  seen = "";

  constructor(port: number) {
    this.#socket = connect(port, "127.0.0.1", () => this.#socket.write("MONITOR\r\n"));
    this.#socket.on("data", (chunk) => {
      this.seen += chunk.toString("latin1");
    });
  }

  stop(): void {
    this.#socket.destroy();
  }
}

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
apiKeys:
  - name: shop
    sha256: "${createHash("sha256").update(apiKey).digest("hex")}"
keys:
  index: \${INDEX_KEY}
  codes:
    - {id: 2, secret: "\${SECOND_KEY}"}
    - {id: 1, secret: "\${FIRST_KEY}"}
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
${profiles}`;
}

/** A caller that keeps everything it was told, and the secrets that it used. */
class CanaryCaller {
  readonly replies: string[] = [];
  readonly secrets: Secret[] = [];
  readonly #caller: Caller;
  readonly #messages: () => readonly OutboxMessage[];
  readonly #used = new Set<string>();

  constructor(caller: Caller, messages: () => readonly OutboxMessage[]) {
    this.#caller = caller;
    this.#messages = messages;
  }

  async call(method: Method, request: Record<string, unknown>): Promise<Reply> {
    const reply = await this.#caller.call(method, request);
    this.replies.push(JSON.stringify(reply.answer), JSON.stringify(reply), reply.raw ?? "");
    return reply;
  }

  /** A number of Switzerland that nobody was sent a code at. */
  phone(): string {
    const phoneNumber = `+4179${String(randomBytes(4).readUInt32BE() % 10 ** 7).padStart(7, "2")}`;
    this.secrets.push(secretPhone(phoneNumber));
    return phoneNumber;
  }

  email(local: string): string {
    const email = `${local}@canary-${randomBytes(6).toString("hex")}.test`;
    this.secrets.push(secretEmail(email));
    return email;
  }

  /** The code of the newest message to a number. */
  async shownTo(phoneNumber: string): Promise<string> {
    const fresh = await vi.waitUntil(
      () => this.#messages().find((one) => one.to === phoneNumber && !this.#used.has(one.text + one.time)),
      { timeout: 10_000, interval: 10 },
    );
    this.#used.add(fresh.text + fresh.time);
    return this.#keep(codeOf(fresh));
  }

  async mailedTo(email: string): Promise<string> {
    const [part] = parseMail(await exim.waitForMessage(email, 10_000)).parts;
    return this.#keep(/^ {2}(\w{10})$/m.exec(part?.text ?? "")?.[1] ?? "");
  }

  #keep(code: string): string {
    if (code.length !== 10) throw new Error("the message has no code of ten characters");
    this.secrets.push(secretCode(code));
    return code;
  }
}

function codeOf(message: OutboxMessage): string {
  if (/\d{10}/.test(message.text)) return codeIn(message);
  const text =
    message.channel === "voice" ? message.text.replaceAll(/(?<=\b\w)\. (?=\w\b)/g, "") : message.text;
  return /\b[2-9A-Z]{10}\b/.exec(text)?.[0] ?? codeIn(message);
}

/** Everything that can happen to a code, well and badly. */
async function fullPass(caller: CanaryCaller, profile: string): Promise<void> {
  const whose = { profile, purpose: "login", transaction: { amount: "12.00 EUR" } };

  for (const channel of ["CHANNEL_SMS", "CHANNEL_VOICE"]) {
    const phoneNumber = caller.phone();
    const sent = await caller.call("SendPasscode", {
      ...whose,
      phoneNumber,
      channel,
      requestId: randomUUID(),
    });
    const { sessionId } = sent.answer;
    const first = await caller.shownTo(phoneNumber);
    await caller.call("SendPasscode", { ...whose, phoneNumber, channel, sessionId });
    const code = await caller.shownTo(phoneNumber);
    await caller.call("VerifyPasscode", { ...whose, sessionId, code: `${code}0` });
    await caller.call("VerifyPasscode", { ...whose, sessionId, code: `${code.slice(0, 9)}é` });
    await caller.call("VerifyPasscode", { ...whose, sessionId, code, purpose: "other" });
    await caller.call("VerifyPasscode", { ...whose, sessionId: "A".repeat(44), code });
    await caller.call("VerifyPasscode", { ...whose, sessionId, code, profile: "none" });
    const requestId = randomUUID();
    await caller.call("VerifyPasscode", { ...whose, sessionId, code: reversed(code), requestId });
    await caller.call("VerifyPasscode", { ...whose, sessionId, code, requestId });
    await caller.call("GetSession", { profile, sessionId });
    const approved = await caller.call("VerifyPasscode", { ...whose, sessionId, code });
    expect(approved.answer.status).toBe("STATUS_APPROVED");
    await caller.call("VerifyPasscode", { ...whose, sessionId, code });
    await caller.call("VerifyPasscode", { ...whose, sessionId, code: first });
    await caller.call("SendPasscode", { ...whose, phoneNumber, sessionId });
    await caller.call("CancelSession", { profile, sessionId });
    await caller.call("GetSession", { profile, sessionId });
  }

  const email = caller.email("canary-owner");
  const mailed = await caller.call("SendPasscode", { ...whose, email });
  const code = await caller.mailedTo(email);
  for (let guess = 0; guess < 6; guess += 1) {
    await caller.call("VerifyPasscode", {
      ...whose,
      sessionId: mailed.answer.sessionId,
      code: reversed(code),
    });
  }
  await caller.call("VerifyPasscode", { ...whose, sessionId: mailed.answer.sessionId, code });
  await caller.call("SendPasscode", { ...whose, email });
  const refused = await caller.call("SendPasscode", { ...whose, email: caller.email("reject") });
  expect(refused.reason).toBe("DELIVERY_FAILED");
  await caller.call("SendPasscode", { ...whose, email: caller.email("busy") });

  const flooded = caller.phone();
  for (let send = 0; send < 7; send += 1)
    await caller.call("SendPasscode", { ...whose, phoneNumber: flooded });
  const canceled = caller.phone();
  const { answer } = await caller.call("SendPasscode", { ...whose, phoneNumber: canceled });
  await caller.call("CancelSession", { profile, sessionId: answer.sessionId });
  await caller.call("VerifyPasscode", { ...whose, ...answer, code: await caller.shownTo(canceled) });

  for (const phoneNumber of ["+41123456789012", "+41900123456", "+999123456789", "+1234567890123456"]) {
    caller.secrets.push(secretPhone(phoneNumber));
    await caller.call("SendPasscode", { ...whose, phoneNumber });
  }
  for (const bad of [
    "two@@canary-bad.test",
    "canary name <canary-x@canary-bad.test>",
    "canary-y@canary-bad",
  ]) {
    caller.secrets.push(secretText(bad, bad));
    await caller.call("SendPasscode", { ...whose, email: bad });
  }
}

function reversed(code: string): string {
  return [...code].reverse().join("");
}

const configuredSecrets = (): Secret[] => [
  secretKey("index key", keys.index),
  secretKey("first code key", keys.first),
  secretKey("second code key", keys.second),
  secretText("API key", apiKey),
  secretText("a stranger's API key", strangerKey),
  secretText("SMTP password", exim.password),
  secretText("Redis password", redisPassword),
];

describe.each(["memory", "SQLite", "Redis"] as const)(
  "With %s, the codes, destinations and keys of a full pass",
  (store) => {
    let folder: string;
    let service: ServiceProcess;
    let secrets: readonly Secret[];
    let replies: string;

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), "passcode-secrets-"));
      writeFileSync(join(folder, "passcode.yaml"), configuration(storeSettings[store]()));
      writeFileSync(join(folder, "mail-ca.pem"), exim.caPem);
      service = await ServiceProcess.start(join(folder, "passcode.yaml"), {
        INDEX_KEY: keys.index,
        FIRST_KEY: keys.first,
        SECOND_KEY: keys.second,
        SMTP_PASSWORD: exim.password,
        REDIS_PASSWORD: redisPassword,
      });
      const raw = [grpcCaller(service.ports.grpc, apiKey), httpCaller(service.ports.http, apiKey)];
      const callers = raw.map((caller) => new CanaryCaller(caller, () => service.messages));
      await Promise.all(
        callers.map(async (caller) => {
          await fullPass(caller, "default");
          await fullPass(caller, "letters");
        }),
      );
      const strangers = [
        grpcCaller(service.ports.grpc, strangerKey),
        httpCaller(service.ports.http, strangerKey),
      ].map((caller) => new CanaryCaller(caller, () => service.messages));
      for (const stranger of strangers)
        await stranger.call("SendPasscode", { phoneNumber: stranger.phone() });
      const all = [...callers, ...strangers];
      const broken = await brokenBodies(service.ports.http, all);
      if (store === "Redis") await duringAnOutage(callers);
      for (const caller of raw) caller.close();
      secrets = [...configuredSecrets(), ...all.flatMap((caller) => caller.secrets)];
      replies = [...all.flatMap((caller) => caller.replies), ...broken].join("\n");
    }, 60_000);
    afterAll(async () => {
      await service?.stop();
      rmSync(folder, { recursive: true });
    });

    it("are all shown by the outbox, so that the search can find them", () => {
      const found = leaksIn(service.stdout.join("\n"), secrets);
      expect(found.filter((name) => name.startsWith("code")).length).toBeGreaterThan(10);
      expect(found.filter((name) => name.startsWith("number")).length).toBeGreaterThan(5);
    });

    it("are in no other line on the standard output", () => {
      expect(
        service.stdout.filter((line) => !/^\{"time":"[^"]*","channel":"(sms|voice)","to":/.test(line)),
      ).toEqual([]);
    });

    it("are in no line of the log, although each call has one", () => {
      const log = service.stderr.join("\n");
      expect(leaksIn(log, secrets)).toEqual([]);
      expect(service.stderr.filter((line) => line.includes('"event":"call"')).length).toBeGreaterThan(100);
    });

    it("are in nothing that a caller is told", () => {
      expect(leaksIn(replies, secrets)).toEqual([]);
    });

    it("are in no file of the store", () => {
      const files = readdirSync(folder).filter((name) => name.startsWith("passcode.db"));
      const contents = files.map((name) => readFileSync(join(folder, name)).toString("latin1")).join("\n");
      expect(leaksIn(contents, secrets)).toEqual([]);
      expect(contents.includes("ledger:")).toBe(store === "SQLite");
    });

    it("are in no command to Redis, key and value", async () => {
      const stored = JSON.stringify(
        await Promise.all((await redisKeys()).map((key) => redis.command("GET", key))),
      );
      const asked = everyRedisCommand.seen;
      expect(leaksIn(`${asked}\n${await redisKeys()}\n${stored}`, secrets)).toEqual([]);
      expect(asked.includes("ledger:")).toBe(store === "Redis");
    });
  },
);

async function redisKeys(): Promise<string[]> {
  return (await redis.command("KEYS", "*")) as string[];
}

/** Requests whose secrets stand where they cannot be read. Answers everything told. */
async function brokenBodies(port: number, callers: readonly CanaryCaller[]): Promise<string[]> {
  const [phone = "", code = ""] = [callers[0]?.phone(), "7301945826"];
  callers[0]?.secrets.push(secretCode(code));
  const bodies = [
    `{"phoneNumber": "${phone}"`,
    `{"phoneNumber": ["${phone}"]}`,
    `{"phoneNumber": "${phone}", "channel": "${phone}"}`,
    `{"phoneNumber": "${phone}", "email": "${phone}"}`,
    `{"phoneNumber": "${phone}", "requestId": "${phone}"}`,
    `{"phoneNumber": "${phone}", "endUser": "${phone}"}`,
    `{"phoneNumber": "${phone}", "locale": "${phone}"}`,
    `{"phoneNumber": "${phone}", "transaction": {"amount": ${phone.slice(1)}}}`,
    `{"sessionId": "a", "code": ${code}}`,
    `{"sessionId": "a", "code": "${code}`,
    `{"sessionId": "a", "code": {"value": "${code}"}}`,
    code,
    `"${code}"`,
  ];
  const told = [];
  for (const method of ["SendPasscode", "VerifyPasscode"]) {
    for (const type of ["application/json", "application/proto", "application/grpc-web+proto"]) {
      for (const body of bodies) {
        const response = await fetch(`http://127.0.0.1:${port}/passcode.v1.PasscodeService/${method}`, {
          method: "POST",
          headers: { "content-type": type, authorization: `Bearer ${apiKey}` },
          body,
        });
        told.push([...response.headers].join("\n"), await response.text());
      }
    }
  }
  return told;
}

async function duringAnOutage(callers: readonly CanaryCaller[]): Promise<void> {
  redis.pause();
  const refused = await Promise.all(
    callers.map((caller) => caller.call("SendPasscode", { phoneNumber: caller.phone() })),
  );
  redis.resume();
  for (const { reason } of refused) expect(reason).toBe("STORE_UNAVAILABLE");
}

describe("A key in Redis", () => {
  it("never lives for ever", async () => {
    const lifetimes = await Promise.all((await redisKeys()).map((key) => redis.command("PTTL", key)));
    expect(lifetimes.length).toBeGreaterThan(10);
    expect(Math.min(...lifetimes.map(Number))).toBeGreaterThan(0);
  });
});

describe("A record in memory", () => {
  it("holds neither a code nor a destination", async () => {
    const set = vi.spyOn(MemoryStorage.prototype, "set");
    const service = await startService();
    const { grpc: client } = service.clients;
    const destination = { case: "phoneNumber", value: "+41791234567" } as const;
    const { sessionId } = await client.sendPasscode({ destination, requestId: randomUUID() });
    const code = codeIn(service.messages[0]);
    await client.verifyPasscode({ sessionId, code, requestId: randomUUID() });
    const email = "canary-owner@canary-domain.test";
    await client.sendPasscode({ destination: { case: "email", value: email } });
    await service.stop();

    const written = JSON.stringify(set.mock.calls);
    set.mockRestore();
    expect(leaksIn(written, [secretPhone(destination.value), secretEmail(email)])).toEqual([]);
    // Six digits may be found by chance in an instant, so whole words are looked for.
    expect(written.match(/\w+/g)).not.toContain(code);
    expect(written).toContain("ledger:");
  });
});

describe("A response", () => {
  it("has no field that a code could be in, at any depth", () => {
    const names = Object.values(PasscodeService.method).flatMap(({ output }) => fieldsOf(output));
    expect(names).toContain("session.deliveries.channel");
    expect(names.filter((name) => /code|nonce|secret|phone|email/.test(name))).toEqual([]);
  });
});

function fieldsOf(message: DescMessage): string[] {
  return message.fields.flatMap((field) =>
    field.message === undefined
      ? [field.name]
      : [field.name, ...fieldsOf(field.message).map((inner) => `${field.name}.${inner}`)],
  );
}
