import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { describe, expect, test } from "vitest";
import { sendGridSchema } from "../../../src/config/providers/sendgrid-schema.ts";
import { certificate } from "../certificate.ts";

const schema = sendGridSchema({ directory: "/etc/passcode", list: () => [], read: () => certificate });

const spki = (key: KeyObject) => key.export({ type: "spki", format: "der" }).toString("base64");
const p256 = generateKeyPairSync("ec", { namedCurve: "prime256v1" });

const least = { kind: "sendgrid", apiKey: "SG.id.secret", from: "codes@acme.test" };

test("takes the least that is needed, and SendGrid's own address", () => {
  expect(schema.parse(least)).toStrictEqual({
    ...least,
    baseUrl: "https://api.sendgrid.com",
    timeoutMs: 10_000,
    connectTimeoutMs: 3_000,
    queue: { concurrency: 64, queueMax: 2_000 },
  });
});

test("takes all that there is to say", () => {
  const { verificationKey, ...settings } = schema.parse({
    ...least,
    baseUrl: "https://api.eu.sendgrid.com/",
    verificationKey: spki(p256.publicKey),
    timeout: "5s",
    connectTimeout: "1s",
    ca: "proxy.pem",
  });
  expect(settings).toStrictEqual({
    ...least,
    baseUrl: "https://api.eu.sendgrid.com",
    timeoutMs: 5_000,
    connectTimeoutMs: 1_000,
    queue: { concurrency: 64, queueMax: 2_000 },
    ca: certificate,
  });
  expect(verificationKey?.equals(p256.publicKey)).toBe(true);
});

test("takes the key as SendGrid shows it", () => {
  const shown =
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+2fNNRaINXvVpiglSI8eNEc6wEA3F+g==";
  expect(schema.parse({ ...least, verificationKey: shown }).verificationKey?.asymmetricKeyType).toBe("ec");
});

describe("refuses", () => {
  const key =
    "must be the verification key of the signed Event Webhook, as SendGrid shows it: a P-256 key in base64";
  const apiKey = "must be an API key: up to 500 characters without spaces";
  const p384 = generateKeyPairSync("ec", { namedCurve: "secp384r1" });
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2_048 });
  const secret = p256.privateKey.export({ type: "pkcs8", format: "der" }).toString("base64");

  test.each<[string, object, string, string]>([
    ["no API key", { apiKey: undefined }, "apiKey", "is required"],
    ["an API key with a line break", { apiKey: "SG.id\nX-A: b" }, "apiKey", apiKey],
    ["an empty API key", { apiKey: "" }, "apiKey", apiKey],
    ["an API key that is too long", { apiKey: "x".repeat(501) }, "apiKey", apiKey],
    ["no sender", { from: undefined }, "from", "is required"],
    [
      "a sender with a name",
      { from: "Acme <codes@acme.test>" },
      "from",
      "must be one e-mail address, without a display name",
    ],
    ["a key on another curve", { verificationKey: spki(p384.publicKey) }, "verificationKey", key],
    ["a key of another kind", { verificationKey: spki(rsa.publicKey) }, "verificationKey", key],
    ["a private key", { verificationKey: secret }, "verificationKey", key],
    ["a part of a key", { verificationKey: spki(p256.publicKey).slice(0, 80) }, "verificationKey", key],
    [
      "a key in PEM",
      { verificationKey: p256.publicKey.export({ type: "spki", format: "pem" }) },
      "verificationKey",
      key,
    ],
    [
      "an address in clear",
      { baseUrl: "http://api.sendgrid.com" },
      "baseUrl",
      "must be an https URL without credentials, query or fragment (http only to this machine)",
    ],
    [
      "no time to answer",
      { timeout: "0s" },
      "timeout",
      "must be a duration from 100ms to 20s, such as 500ms, 90s, 10m or 1h",
    ],
  ])("%s", (_, changes, path, message) => {
    const { error } = schema.safeParse({ ...least, ...changes });
    expect(error?.issues).toMatchObject([{ path: [path], message }]);
  });

  test("a setting that it does not know", () => {
    const { error } = schema.safeParse({ ...least, sandbox: true });
    expect(error?.issues).toMatchObject([{ code: "unrecognized_keys", keys: ["sandbox"] }]);
  });

  test("and shows nothing secret", () => {
    const { error } = schema.safeParse({ ...least, apiKey: "SG.se cret", verificationKey: secret });
    const shown = JSON.stringify(error?.issues);
    expect(shown).not.toContain("cret");
    expect(shown).not.toContain(secret);
  });
});
