import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { loadConfig } from "../src/config/load.ts";
import { defaultPolicy } from "../src/ledger/policy.ts";

const readme = readFileSync("README.md", "utf8");
const secret = (fill: number) =>
  Buffer.from(Array.from({ length: 32 }, (_, at) => at + fill)).toString("base64");

test("the README's configuration is valid as it stands", () => {
  const yaml = /```yaml\n([\s\S]*?)```/.exec(readme)?.[1] ?? "";
  const config = loadConfig({
    path: "passcode.yaml",
    readFile: () => yaml,
    env: {
      PASSCODE_INDEX_KEY: secret(0),
      PASSCODE_CODE_KEY: secret(1),
      REDIS_URL: "redis://127.0.0.1:6379",
      SMTP_PASSWORD: "secret",
    },
  });
  expect(config.profiles.get("default")?.policies.named.get("payment")?.tries).toBe(3);
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
    retention: `${defaultPolicy.retentionMs / 3_600_000}h`,
  });
});
