import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { risksOf } from "../../src/config/risks.ts";
import { development, load, production } from "./configuration.ts";

const folder = mkdtempSync(join(tmpdir(), "passcode-risks-"));
afterAll(() => rmSync(folder, { recursive: true }));

const counting = `${production.replace("mail: {kind: smtp,", "mail: {kind: smtp, security: starttls,")}store: {kind: sqlite, path: p}\n`;
const risksIn = (text: string) => risksOf(load(text), undefined);

test("A service that encrypts what it sends and keeps what it counts has none to tell", () => {
  expect(risksIn(counting)).toEqual([]);
});

describe("A risk is told of", () => {
  const policy = (settings: string) => counting.replace("store:", `    policy: ${settings}\nstore:`);
  const smpp = (more: string) =>
    counting
      .replace(
        "providers:\n",
        `providers:\n  sms: {kind: smpp, systemId: a, password: b, from: Acme, ${more}}\n`,
      )
      .replace("{email: mail}", "{email: mail, sms: sms}");
  const risks: [what: string, text: string, risk: RegExp][] = [
    [
      "4 digits and 100 wrong codes a day",
      policy("{codeLength: 4, guessesPerDay: 100}"),
      /^profiles\.default\.policy: 4 digits with 100 wrong codes a day, .* 2 % a day and over 99 % a year$/,
    ],
    ["4 digits with the usual budget", policy("{codeLength: 4}"), / 0\.4 % a day and 77 % a year$/],
    ["development mode", development, /^development: /],
    [
      "a store that forgets",
      production.replace("smtp,", "smtp, security: starttls,"),
      /^store: is in memory/,
    ],
    [
      "Redis in the clear",
      counting.replace("{kind: sqlite, path: p}", '{kind: redis, url: "redis://redis.example:6379"}'),
      /^store: speaks to Redis in the clear/,
    ],
    [
      "a mail server in the clear",
      counting.replace("security: starttls", "security: none"),
      /^providers\.mail\.security: .* in the clear/,
    ],
    ["an SMSC in the clear", smpp("host: smsc.example, tls: false"), /^providers\.sms\.tls: .* in the clear/],
    [
      "a port in the clear",
      `${counting}listen: {grpc: 0.0.0.0:1}\napiKeys: [{name: login, sha256: ${"a0".repeat(32)}}]\n`,
      /^listen\.grpc: without tls/,
    ],
  ];

  test.each(risks)("%s", (_, text, risk) => {
    expect(risksIn(text)).toEqual([expect.stringMatching(risk)]);
  });

  test.each([0o666, 0o620, 0o602])("a file that others may write (mode %o)", (mode) => {
    const path = join(folder, `file-${mode}.yaml`);
    writeFileSync(path, "");
    chmodSync(path, mode);
    expect(risksOf(load(counting), path)).toEqual([expect.stringContaining("may be written by others")]);
    chmodSync(path, 0o644);
    expect(risksOf(load(counting), path)).toEqual([]);
  });
});

describe("None is told of what stays on this machine:", () => {
  test.each([
    [
      "a mail server",
      counting.replace("security: starttls,", "security: none,").replace("mail.example", "127.0.0.1"),
    ],
    ["Redis", counting.replace("{kind: sqlite, path: p}", '{kind: redis, url: "redis://[::1]:6379"}')],
  ])("%s", (_, text) => {
    expect(risksIn(text)).toEqual([]);
  });
});
