import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { passcode } from "../cli/process.ts";
import { type RedisServer, startRedis } from "../support/redis.ts";
import { leaksIn, type Secret, secretKey, secretText } from "./leak-search.ts";

const index = randomBytes(32).toString("base64");
const code = randomBytes(32).toString("base64");
const password = randomBytes(16).toString("hex");
const shortKey = randomBytes(15).toString("base64");
const secrets: readonly Secret[] = [
  secretKey("index key", index),
  secretKey("code key", code),
  secretKey("key that is too short", shortKey),
  secretText("password", password),
];

/** Takes a connection and answers nothing that Redis or a vendor would. */
const stranger = createServer((socket) => {
  socket.on("data", (chunk) => socket.write(`-ERR what is '${chunk.toString("latin1")}'?\r\n`));
  socket.on("error", () => {});
});

const folder = mkdtempSync(join(tmpdir(), "passcode-start-"));
/** Lets nobody log in. */
let closed: RedisServer;
/** Knows no passwords, and says so with the words it was sent. */
let passwordless: RedisServer;
let strangerPort = 0;
beforeAll(async () => {
  stranger.listen(0, "127.0.0.1");
  [closed, passwordless] = await Promise.all([startRedis(), startRedis(['rename-command AUTH ""'])]);
  const address = stranger.address();
  if (address !== null && typeof address === "object") strangerPort = address.port;
});
afterAll(async () => {
  stranger.close();
  await Promise.all([closed?.stop(), passwordless?.stop()]);
  rmSync(folder, { recursive: true });
});

interface Mistake {
  keys?: string;
  store?: string;
  providers?: string;
  more?: string;
}

function fileWith({ keys, store = "{kind: memory}", providers = "", more = "" }: Mistake): string {
  const path = join(folder, "passcode.yaml");
  writeFileSync(
    path,
    `development: true
listen: {grpc: "127.0.0.1:0", http: "127.0.0.1:0"}
log: {level: debug}
keys: ${keys ?? `{index: "${index}", codes: [{id: 1, secret: "\${CODE}"}]}`}
store: ${store}
providers:
  dev: {kind: outbox}
${providers}
profiles:
  default: {brand: Acme, channels: {sms: dev}}
${more}`,
  );
  return path;
}

const redisAt = (url: string, more = "") =>
  `{kind: redis, url: "${url}", username: passcode, password: "\${PASSWORD}"${more}}`;

const mistakes: readonly (readonly [what: string, mistake: () => Mistake])[] = [
  ["a key is too short", () => ({ keys: `{index: "${shortKey}", codes: [{id: 1, secret: "\${CODE}"}]}` })],
  ["a key serves twice", () => ({ keys: `{index: "\${CODE}", codes: [{id: 1, secret: "${code}"}]}` })],
  ["a key stands where none does", () => ({ more: `keyz: "${index}"\n` })],
  ["the file is no YAML", () => ({ more: `x: {password: "${password}\n` })],
  ["Redis is not there", () => ({ store: redisAt("redis://127.0.0.1:1") })],
  ["the URL of Redis is none", () => ({ store: `{kind: redis, url: "redis//:${password}@nowhere"}` })],
  ["Redis refuses the password", () => ({ store: redisAt(closed.url) })],
  ["Redis knows no passwords", () => ({ store: redisAt(passwordless.url) })],
  [
    "Redis knows no passwords, and the URL holds one",
    () => ({ store: `{kind: redis, url: "redis://u:${password}@127.0.0.1:${passwordless.port}"}` }),
  ],
  ["another server stands for Redis", () => ({ store: redisAt(`redis://127.0.0.1:${strangerPort}`) })],
  [
    "a node of the cluster knows no passwords",
    () => ({
      store: `{kind: redis, cluster: ["redis://u:${password}@127.0.0.1:${passwordless.port}"]}`,
    }),
  ],
  [
    "the sentinel knows no passwords",
    () => ({
      store: `{kind: redis, password: "${password}", sentinel: {name: a, nodes: ["127.0.0.1:${passwordless.port}"], username: u, password: "\${PASSWORD}"}}`,
    }),
  ],
  ["the file of the store cannot be", () => ({ store: `{kind: sqlite, path: "${folder}/no/such.db"}` })],
  ["a provider's secret is no secret", () => ({ providers: `  a: {kind: sendgrid, apiKey: [${password}]}` })],
  [
    "a provider's key is no key",
    () => ({
      providers: `  a: {kind: vonage, applicationId: x, privateKey: "${password}", signatureSecret: "\${PASSWORD}", from: Acme}`,
    }),
  ],
  [
    "a provider's URL holds a password",
    () => ({ providers: `  a: {kind: webhook, url: "https://u:${password}@x.example", channels: [sms]}` }),
  ],
];

test.each(mistakes)(
  "when %s, the service ends without a word of its secrets",
  async (_, mistake) => {
    const env = { CODE: code, PASSWORD: password };
    const { exitCode, out, err } = await passcode(["serve", "--config", fileWith(mistake())], { env });

    expect(exitCode).toBe(1);
    expect(err).not.toBe("");
    expect(leaksIn(out + err, secrets)).toEqual([]);
  },
  20_000,
);
