import { generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { loadConfig } from "../src/config/load.ts";
import { providerKinds } from "../src/config/provider-schema.ts";
import { defaultPolicy } from "../src/ledger/policy.ts";
import { testDestination } from "../src/ledger/test-destination.ts";
import { languageTags } from "../src/message/language.ts";

const readme = readFileSync("README.md", "utf8");
const secret = (fill: number) =>
  Buffer.from(Array.from({ length: 32 }, (_, at) => at + fill)).toString("base64");

const { privateKey } = generateKeyPairSync("rsa", {
  modulusLength: 2_048,
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
  publicKeyEncoding: { type: "spki", format: "pem" },
});

/** Every YAML block of the README, read as the configuration that it is. */
const configurations = [...readme.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, yaml = ""]) =>
  loadConfig({
    path: "/etc/passcode/passcode.yaml",
    readFile: (path) => (path.endsWith("vonage.pem") ? privateKey : yaml),
    env: {
      PASSCODE_INDEX_KEY: secret(0),
      PASSCODE_CODE_KEY: secret(1),
      REDIS_URL: "redis://127.0.0.1:6379",
      SMTP_PASSWORD: "secret",
      SMPP_PASSWORD: "secret",
      TWILIO_ACCOUNT_SID: `AC${"0".repeat(32)}`,
      TWILIO_AUTH_TOKEN: "secret",
      VONAGE_SIGNATURE_SECRET: "a-secret-of-thirty-two-characters",
    },
  }),
);

test("the README's configurations are valid as they stand", () => {
  const [usual, delivering, testing] = configurations;
  expect(usual?.profiles.get("default")?.policies.named.get("payment")?.tries).toBe(3);
  expect(delivering?.profiles.get("default")?.fallback).toEqual({
    channels: ["sms", "voice"],
    afterMs: 30_000,
  });
  expect(testing?.profiles.get("trial")?.isTest).toBe(true);
});

test("the README tells every kind of provider", () => {
  const tellers = (kind: string) => readme.match(new RegExp(`^\\| \`${kind}\` \\|`, "gm"))?.length;
  const real = providerKinds.filter((kind) => kind !== "test" && kind !== "outbox");
  // Its settings, and what it was tried with.
  expect(real.map((kind) => [kind, tellers(kind)])).toEqual(real.map((kind) => [kind, 2]));
  expect([tellers("test"), tellers("outbox")]).toEqual([1, 1]);
});

test("the README tells every test number with what happens there", () => {
  const rows = [...readme.matchAll(/^\| `(\+1202555\d{4})` \| `([a-z-]+)` \| (.*) \|$/gm)];
  expect(rows).toHaveLength(13);
  for (const [, number = "", name, happens = ""] of rows) {
    const destination = testDestination({ canonical: number });
    expect(testDestination({ canonical: `${name}@example.com` })).toBe(destination);
    const failure = /`([A-Z_]+)`/.exec(happens)?.[1] ?? "";
    const told =
      destination?.handover === "accepted" ? (destination.report ?? "") : (destination?.handover ?? "");
    if (failure !== "") expect(told.replace(/[A-Z]/g, "_$&").toUpperCase()).toBe(failure);
    if (happens.includes("code is")) expect(happens).toContain(`is ${destination?.verdict}`);
    else expect(destination?.verdict).toBeUndefined();
  }
});

test("the README tells how many languages there are", () => {
  expect(readme).toContain(`speaks ${languageTags().length} languages and variants`);
});

test("the README tells the policy's settings with their defaults", () => {
  const settings = /Of each profile's `policy`:\n\n([\s\S]*?)\n\n/.exec(readme)?.[1] ?? "";
  const rows = settings.split("\n").slice(2);
  const told = rows.flatMap((row) => {
    const [, names = "", defaults = ""] = row.split("|");
    const values = [...defaults.matchAll(/`(\w+)`/g)].map(([, value]) => value);
    return [...names.matchAll(/`(\w+)`/g)].map(([, name], at) => [name, values[at]]);
  });
  expect(Object.fromEntries(told)).toEqual({
    codeLength: String(defaultPolicy.codeLength),
    codeAlphabet: defaultPolicy.codeAlphabet,
    expiry: `${defaultPolicy.expiryMs / 60_000}m`,
    tries: String(defaultPolicy.tries),
    cooldown: `${(defaultPolicy.cooldownMs[0] ?? 0) / 60_000}m`,
    sendsPerMinute: String(defaultPolicy.sendsPerMinute),
    sendsPerHour: String(defaultPolicy.sendsPerHour),
    sendsPerDay: String(defaultPolicy.sendsPerDay),
    verifiesPerMinute: String(defaultPolicy.verifiesPerMinute),
    guessesPerDay: String(defaultPolicy.guessesPerDay),
    resend: defaultPolicy.resend,
    transaction: defaultPolicy.transaction,
    retention: `${defaultPolicy.retentionMs / 3_600_000}h`,
  });
});
