import { expect, test } from "vitest";
import { ConfigError, loadConfig } from "../../src/config/load.ts";
import { defaultNumberKinds } from "../../src/ledger/destination.ts";
import { defaultPolicy } from "../../src/ledger/policy.ts";
import { Templates } from "../../src/message/templates.ts";
import { routeBy } from "../support/service.ts";
import { certificate, key } from "./certificate.ts";
import { development, load, problemsOf, production, secrets } from "./configuration.ts";

const everything = `
development: false
listen: {grpc: "[::1]:0", http: 0.0.0.0:8443}
tls: {certificate: ./server.pem, key: /etc/passcode/server.key, clientCa: server.pem}
apiKeys:
  - {name: login-service, sha256: ${"0a".repeat(32)}, profiles: [shop]}
  - {name: operator, sha256: ${"0b".repeat(32)}, sendsInHandMax: 50}
sendsInHandMax: 300
keys:
  index: \${INDEX_KEY}
  codes:
    - {id: 2, secret: "\${CODE_KEY}"}
store:
  kind: redis
  sentinel: {name: main, nodes: ["sentinel-1:26379", "[::1]:26379"]}
  username: passcode
  password: \${REDIS_PASSWORD}
  tls: true
  ca: server.pem
  timeout: 500ms
providers:
  mail:
    kind: smtp
    host: mail.example
    port: \${MAIL_PORT}
    security: tls
    username: acme
    password: \${MAIL_PASSWORD}
    from: codes@acme.example
    ca: ./server.pem
    timeout: 5s
    connectionsMax: 2
profiles:
  shop:
    brand: Acme Shop
    locale: de-ch
    branding: {logo: "https://shop.example/logo.png", color: "#0a7f5c"}
    variables: {first_name: Kim}
    channels: {email: mail}
    afterNoAnswer: next
    policy: {codeLength: 8, codeAlphabet: letters, cooldown: [10m, 30m, 2h], resend: fresh}
    policies:
      payment: {tries: 3, expiry: 5m, cooldown: 2h}
    numbers: {allowCountries: [CH, NO], denyCountries: [], allowKinds: [mobile]}
    autofill: {webHosts: [shop.example], androidHashes: [FA+9qCX9VSu]}
log: {level: debug}
shutdown: {drain: 1m}
`;

test("reads a file that sets everything", () => {
  const config = load(everything, {
    REDIS_PASSWORD: "hunter2",
    MAIL_PASSWORD: "correct horse",
    MAIL_PORT: "465",
  });

  const { keys, profiles, ...rest } = config;
  expect(keys.index.export().toString("base64")).toBe(secrets.index);
  expect(keys.codes.map(({ id, secret }) => [id, secret.export().toString("base64")])).toEqual([
    [2, secrets.code],
  ]);
  expect(rest).toEqual({
    development: false,
    listen: { grpc: { host: "::1", port: 0 }, http: { host: "0.0.0.0", port: 8443 } },
    tls: { certificate, key, clientCa: certificate },
    apiKeys: [
      { name: "login-service", sha256: "0a".repeat(32), profiles: new Set(["shop"]) },
      { name: "operator", sha256: "0b".repeat(32), sendsInHandMax: 50 },
    ],
    sendsInHandMax: 300,
    store: {
      kind: "redis",
      topology: {
        kind: "sentinel",
        name: "main",
        nodes: [
          { host: "sentinel-1", port: 26379 },
          { host: "::1", port: 26379 },
        ],
      },
      username: "passcode",
      password: "hunter2",
      tls: true,
      ca: certificate,
      timeoutMs: 500,
    },
    providers: new Map([
      [
        "mail",
        {
          kind: "smtp",
          host: "mail.example",
          port: 465,
          security: "tls",
          username: "acme",
          password: "correct horse",
          from: "codes@acme.example",
          ca: certificate,
          timeoutMs: 5_000,
          connectionsMax: 2,
          queue: { concurrency: 2, queueMax: 2_000 },
        },
      ],
    ]),
    log: { level: "debug" },
    shutdown: { drainMs: 60_000 },
  });
  const base = {
    ...defaultPolicy,
    codeLength: 8,
    codeAlphabet: "letters",
    cooldownMs: [600_000, 1_800_000, 7_200_000],
    resend: "fresh",
  };
  expect([...profiles]).toEqual([
    [
      "shop",
      {
        name: "shop",
        brand: "Acme Shop",
        branding: { logoUrl: "https://shop.example/logo.png", color: "#0a7f5c" },
        locale: "de-CH",
        templates: expect.any(Templates),
        variables: new Map([["first_name", "Kim"]]),
        channels: new Map([["email", routeBy("mail")]]),
        afterNoAnswer: "next",
        keyPress: false,
        smsSegmentsMax: 4,
        isTest: false,
        policies: {
          base,
          named: new Map([["payment", { ...base, tries: 3, expiryMs: 300_000, cooldownMs: [7_200_000] }]]),
        },
        numbers: {
          allowCountries: new Set(["CH", "NO"]),
          denyCountries: new Set(),
          allowKinds: new Set(["mobile"]),
        },
        autofill: { webHosts: new Set(["shop.example"]), androidHashes: new Set(["FA+9qCX9VSu"]) },
      },
    ],
  ]);
});

test("fills in what a file leaves out", () => {
  const { keys: _, ...config } = load(production);

  expect(config).toEqual({
    development: false,
    listen: { grpc: { host: "127.0.0.1", port: 50051 }, http: { host: "127.0.0.1", port: 8080 } },
    apiKeys: [],
    sendsInHandMax: 2_000,
    store: { kind: "memory", timeoutMs: 2_000 },
    providers: new Map([
      [
        "mail",
        {
          kind: "smtp",
          host: "mail.example",
          port: 587,
          security: "starttls",
          from: "codes@acme.example",
          timeoutMs: 10_000,
          connectionsMax: 5,
          queue: { concurrency: 5, queueMax: 2_000 },
        },
      ],
    ]),
    profiles: new Map([
      [
        "default",
        {
          name: "default",
          brand: "Acme",
          branding: {},
          locale: "en",
          templates: expect.any(Templates),
          variables: new Map(),
          channels: new Map([["email", routeBy("mail")]]),
          afterNoAnswer: "stop",
          keyPress: false,
          smsSegmentsMax: 4,
          isTest: false,
          policies: { base: defaultPolicy, named: new Map() },
          numbers: { denyCountries: new Set(), allowKinds: new Set(defaultNumberKinds) },
          autofill: { webHosts: new Set(), androidHashes: new Set() },
        },
      ],
    ]),
    log: { level: "info" },
    shutdown: { drainMs: 30_000 },
  });
});

test("makes keys at the start, new ones each time, where development leaves them out", () => {
  const [one, other] = [load(development), load(development)];

  expect(one.keys.index.symmetricKeySize).toBe(32);
  expect(one.keys.codes[0]?.id).toBe(1);
  expect(one.keys.index.equals(other.keys.index)).toBe(false);
  expect(one.keys.codes[0]?.secret.equals(one.keys.index)).toBe(false);
});

test("finds a relative SQLite path from the directory of the file", () => {
  expect(load(`${production}store: {kind: sqlite, path: ./data/passcode.sqlite}\n`).store).toEqual({
    kind: "sqlite",
    path: "/etc/passcode/data/passcode.sqlite",
    timeoutMs: 2_000,
  });
});

test("reports every problem at once, in the order of the file", () => {
  const text = `listen: {http: 0.0.0.0:8080}
surprise: 1
store: {kind: sqlite}
providers:
  dev: {kind: outbox}
profiles:
  shop:
    brand: ""
    channels: {sms: nobody}
    policy: {expiry: 5m}
    policies: {payment: {expiry: 6m}}
log: {level: loud}
`;

  expect(problemsOf(text)).toEqual([
    "passcode.yaml:1:1: keys: is required without `development: true`",
    "passcode.yaml:1:10: listen.http: can be reached from other machines, which needs apiKeys or tls.clientCa",
    "passcode.yaml:2:1: surprise: is not a setting",
    "passcode.yaml:3:1: store.path: is required",
    "passcode.yaml:5:9: providers.dev.kind: must not be outbox without `development: true`: it shows codes to whoever reads the output",
    "passcode.yaml:8:5: profiles.shop.brand: must be 1 to 40 characters without line breaks, control characters or spaces at its ends",
    'passcode.yaml:9:16: profiles.shop.channels.sms: must be the name of a provider that can send by sms: one of dev, got "nobody"',
    `passcode.yaml:11:26: profiles.shop.policies.payment.expiry: must not be looser than the profile's own, which is 5m, got "6m"`,
    'passcode.yaml:12:7: log.level: must be one of debug, info, warn, error, got "loud"',
  ]);
});

test("says one problem a line", () => {
  const error = new ConfigError(["a.yaml:1:1: x: is required", "a.yaml:2:1: y: is required"]);

  expect(error.message).toBe("a.yaml:1:1: x: is required\na.yaml:2:1: y: is required");
});

test("names the file that cannot be read, and why", () => {
  const load = () => loadConfig({ path: "/nowhere/passcode.yaml", env: {} });

  expect(load).toThrow(new ConfigError(["/nowhere/passcode.yaml: cannot be read (ENOENT)"]));
});

test("refuses a file too long to be a configuration", () => {
  expect(problemsOf("#".repeat(1_000_001))).toEqual(["passcode.yaml: is longer than 1000000 characters"]);
});
