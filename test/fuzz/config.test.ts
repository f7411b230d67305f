import { generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { ConfigError, loadConfig } from "../../src/config/load.ts";
import { certificate, key } from "../config/certificate.ts";
import { mutatedText } from "./bytes.ts";
import { corpus } from "./corpus.ts";
import { fuzz } from "./fuzzing.ts";
import { mutatedTree, type Tree } from "./tree.ts";

/*
 * Whatever the configuration file holds: it is a configuration, or there is an error that
 * says where and repeats no secret. Nothing else is thrown, and nothing hangs.
 */

const { privateKey } = generateKeyPairSync("rsa", {
  modulusLength: 2_048,
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
  publicKeyEncoding: { type: "spki", format: "pem" },
});

const random = (fill: number) =>
  Buffer.from(Array.from({ length: 32 }, (_, at) => (at * 37 + fill) % 256)).toString("base64");

/** What must not be said again. Numbers, addresses and names among them could pass for what may be shown. */
const env = {
  PASSCODE_INDEX_KEY: random(0),
  PASSCODE_CODE_KEY: random(1),
  REDIS_URL: "rediss://user:hunter2@redis.secret.example:6380",
  SMTP_PASSWORD: "hunter3",
  SMPP_PASSWORD: "hunter4",
  TWILIO_ACCOUNT_SID: `AC${"5".repeat(32)}`,
  TWILIO_AUTH_TOKEN: "hunter5",
  VONAGE_SIGNATURE_SECRET: "a-secret-of-thirty-two-hunter678",
  NUMBER: "73473473",
  SPAN: "734s",
};
const secrets = Object.values(env);

const everyKind = `
development: true
listen: {grpc: "127.0.0.1:50051", http: "off"}
tls: {certificate: server.pem, key: server.key, clientCa: server.pem}
apiKeys: [{name: one, sha256: "${"ab".repeat(32)}", profiles: [shop]}]
keys: {index: "\${PASSCODE_INDEX_KEY}", codes: [{id: 1, secret: "\${PASSCODE_CODE_KEY}"}]}
store: {kind: redis, sentinel: {name: primary, nodes: ["redis://h:26379"], password: "\${SMTP_PASSWORD}"}, tls: true, ca: server.pem, timeout: 2s}
callbacks: {listen: "0.0.0.0:8081", publicUrl: "https://otp.example.com/hooks"}
providers:
  messaging: {kind: aws-messaging, region: eu-central-1, accessKeyId: AKIAIOSFODNN7EXAMPLE, secretAccessKey: "\${SMTP_PASSWORD}", from: Acme, voiceFrom: "+41446681800", reportTopicArn: "arn:aws:sns:eu-central-1:123456789012:passcode"}
  mail: {kind: sendgrid, apiKey: "\${SMTP_PASSWORD}", from: codes@acme.test}
  gateway: {kind: webhook, url: "https://gateway.example/x", secret: "\${PASSCODE_CODE_KEY}", channels: [sms, voice, email], timeout: 5s, connectTimeout: 1s}
  dev: {kind: outbox}
profiles:
  shop:
    brand: Acme
    branding: {logo: "https://acme.test/logo.png", color: "#0a7f5c"}
    locale: de-CH
    channels: {sms: [{spread: {messaging: 3, gateway: 1}, countries: [CH], kinds: [mobile]}, gateway], voice: gateway, email: mail}
    fallback: {channels: [sms, voice], after: 30s}
    afterNoAnswer: next
    voice: {keyPress: false}
    policy: {codeLength: 6, codeAlphabet: digits, tries: "\${NUMBER}", expiry: "\${SPAN}", cooldown: [10m, 1h], sendsPerMinute: 5, resend: fresh}
    policies: {payment: {tries: 3}}
    numbers: {denyCountries: [US], allowKinds: [mobile]}
    autofill: {webHosts: [shop.example], androidHashes: [FA+9qCX9VSu]}
    variables: {shop: Bern}
log: {level: debug}
shutdown: {drain: 30s}
`;

const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
const texts = [everyKind, ...[...readme.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, yaml = ""]) => yaml)];
const trees = texts.map((text) => parse(text) as Tree);

const directory = "/etc/passcode";
const files: Readonly<Record<string, string>> = {
  "server.pem": certificate,
  "server.key": key,
  "vonage.pem": privateKey,
};

function load(text: string): "valid" | string[] {
  try {
    loadConfig({
      path: `${directory}/passcode.yaml`,
      env,
      readFile: (path) => {
        const name = path.slice(directory.length + 1);
        const content =
          name === "passcode.yaml" ? text : Object.hasOwn(files, name) ? files[name] : undefined;
        if (content === undefined)
          throw Object.assign(new Error(`no such file: ${path}`), { code: "ENOENT" });
        return content;
      },
      listFiles: () => [],
    });
    return "valid";
  } catch (error) {
    if (error instanceof ConfigError) return [...error.problems];
    throw error;
  }
}

function expectSense(text: string): void {
  const problems = load(text);
  if (problems === "valid") return;
  expect(problems).not.toEqual([]);
  expect(problems.filter((problem) => !isSensible(problem))).toEqual([]);
}

/** It is one line, whatever the names in the file are, that says where, and no secret. */
function isSensible(problem: string): boolean {
  const isPlaced = /^\/etc\/passcode\/passcode\.yaml(:\d+:\d+)?: [^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]{5,}$/u;
  return isPlaced.test(problem) && !secrets.some((secret) => problem.includes(secret));
}

test.each(texts.map((text, index) => [index, text]))("configuration %i is read", (_, text) => {
  const problems = load(text);
  // A number of tries that came from the environment is out of bounds, to have one that is not to be shown.
  if (problems !== "valid")
    expect(problems.join()).toMatch(/policy\.tries: must be a whole number from 1 to 10$/);
});

test("any node of another kind is told, or is well", () =>
  fuzz(200, mutatedTree(fc.constantFrom(...trees), { most: 4 }), (tree) => expectSense(stringify(tree))));

test("what is hardly YAML any more is told, or is well", () =>
  fuzz(300, mutatedText(fc.constantFrom(...texts)), expectSense, corpus("configurations")));

const odd = [
  ..."&a *a <<: !!binary !!timestamp !!set !!omap !!float !local | > |+9 ? : - --- ... %YAML %TAG # \" ' [ ] { } , \t".split(
    " ",
  ),
  ...["\n", "\r", "\n  ", "\n    ", " ", "\u0085", "\u2028", "\ufeff", "\0", "\x1b[2J"],
  ...[
    "a",
    "providers",
    "profiles",
    "__proto__",
    "0x1F",
    "0o7",
    ".inf",
    "~",
    "1e400",
    "2026-11-23",
    "yes",
    `$\{SMTP_PASSWORD}`,
    "${",
    "$A",
  ],
];

test("random YAML is told, or is well", () =>
  fuzz(
    300,
    fc.array(fc.constantFrom(...odd), { maxLength: 30 }).map((parts) => parts.join("")),
    expectSense,
  ));

const laughs = [
  "a0: &a0 [x, x, x, x, x, x, x, x, x, x]",
  ...Array.from({ length: 12 }, (_, level) => {
    const one = `*a${level}`;
    return `a${level + 1}: &a${level + 1} [${Array.from({ length: 10 }, () => one).join(", ")}]`;
  }),
].join("\n");

describe("a monster is told", () => {
  test.each<[string, string]>([
    ["laughs a billion times", laughs],
    ["laughs in a setting", `${laughs}\nprofiles: *a12`],
    ["refers to itself", "profiles: &a {default: *a}"],
    ["merges with itself", "a: &a {<<: *a}\nprofiles: *a"],
    ["is nested in lists", "[".repeat(50_000)],
    ["is nested in lists that end", `profiles: ${"[".repeat(5_000)}${"]".repeat(5_000)}`],
    ["is nested in groups", "{a: ".repeat(30_000)],
    ["is nested in dashes", "- ".repeat(50_000)],
    ["is nested in questions", "? ".repeat(50_000)],
    [
      "is nested by its lines",
      Array.from({ length: 1_300 }, (_, depth) => `${" ".repeat(depth)}a:`).join("\n"),
    ],
    ["has a name of a million characters", `${"a".repeat(900_000)}: 1`],
    ["has a value of a million characters", `listen: ${"a".repeat(900_000)}`],
    ["has thousands of settings", Array.from({ length: 20_000 }, (_, index) => `a${index}: 1`).join("\n")],
    [
      "has thousands of profiles",
      `profiles: {${Array.from({ length: 20_000 }, (_, index) => `a${index}: 1`).join(", ")}}`,
    ],
    ["has thousands of settings of one name", "a: 1\n".repeat(20_000)],
    ["has a hundred thousand documents", "--- a\n".repeat(60_000)],
    ["opens a quote thousands of times", '"\n'.repeat(20_000)],
    ["opens a reference a hundred thousand times", `listen: {grpc: "${"${".repeat(100_000)}"}`],
    ["is longer than any", "#".repeat(1_000_001)],
  ])("that %s", (_, text) => {
    expectSense(text);
  });
});
