import { describe, expect, test } from "vitest";
import { smppSchema } from "../../../src/config/providers/smpp-schema.ts";
import { certificate } from "../certificate.ts";

const schema = smppSchema({
  directory: "/etc/passcode",
  list: () => [],
  read: (path) => {
    if (path === "/etc/passcode/smsc.pem") return certificate;
    throw Object.assign(new Error("no such file"), { code: "ENOENT" });
  },
});

const least = {
  kind: "smpp",
  host: "smsc.example",
  systemId: "acme",
  password: "secret",
  from: "+41440000000",
};

/** What is wrong with a group of settings: the path and the message of each problem. */
function problemsOf(changes: Record<string, unknown>): [string, string][] {
  const { error } = schema.safeParse({ ...least, ...changes });
  return (error?.issues ?? []).map(({ path, message }) => [path.join("."), message]);
}

test("an account needs little, and is over TLS", () => {
  expect(schema.parse(least)).toEqual({
    kind: "smpp",
    host: "smsc.example",
    port: 3_550,
    tls: true,
    systemId: "acme",
    password: "secret",
    from: "+41440000000",
    fromByCountry: new Map(),
    timeoutMs: 10_000,
    connectTimeoutMs: 3_000,
    enquireLinkMs: 30_000,
    windowMax: 10,
  });
});

test("an account without TLS has another usual port", () => {
  expect(schema.parse({ ...least, tls: false })).toMatchObject({ port: 2_775, tls: false });
});

test("an account has what the file says", () => {
  const given = {
    ...least,
    port: 3_600,
    ca: "smsc.pem",
    systemType: "OTP",
    from: "Acme Co",
    fromByCountry: { US: "40404", GB: "+447700900123" },
    timeout: "20s",
    connectTimeout: "1s",
    enquireLink: "1m",
    windowMax: 100,
  };
  expect(schema.parse(given)).toEqual({
    kind: "smpp",
    host: "smsc.example",
    port: 3_600,
    tls: true,
    ca: certificate,
    systemId: "acme",
    password: "secret",
    systemType: "OTP",
    from: "Acme Co",
    fromByCountry: new Map([
      ["US", "40404"],
      ["GB", "+447700900123"],
    ]),
    timeoutMs: 20_000,
    connectTimeoutMs: 1_000,
    enquireLinkMs: 60_000,
    windowMax: 100,
  });
});

const sender =
  "must be a number such as +41791234567, a short code of 3 to 8 digits, or a name of up to 11 characters " +
  "(letters, digits, spaces and & + . - _, with a letter)";

describe("refuses", () => {
  test.each<[string, Record<string, unknown>, string, string]>([
    ["no host", { host: undefined }, "host", "is required"],
    ["a URL for a host", { host: "smpp://smsc" }, "host", "must be a host name or an IP address"],
    ["a port that is none", { port: 65_536 }, "port", "must be a whole number from 1 to 65535"],
    ["half TLS", { tls: "starttls" }, "tls", "must be true or false"],
    ["no system id", { systemId: undefined }, "systemId", "is required"],
    [
      "a system id that SMPP has no room for",
      { systemId: "a".repeat(16) },
      "systemId",
      "must be 1 to 15 characters of ASCII (in quotes, if it is all digits)",
    ],
    ["no password", { password: undefined }, "password", "is required"],
    [
      "a password that would end early",
      { password: "a\0b" },
      "password",
      "must be 1 to 64 characters of ASCII (in quotes, if it is all digits)",
    ],
    [
      "a password beyond ASCII",
      { password: "schlüssel" },
      "password",
      "must be 1 to 64 characters of ASCII (in quotes, if it is all digits)",
    ],
    [
      "a system type that SMPP has no room for",
      { systemType: "a".repeat(13) },
      "systemType",
      "must be 1 to 12 characters of ASCII (in quotes, if it is all digits)",
    ],
    ["a certificate without TLS", { tls: false, ca: "smsc.pem" }, "ca", "is of no use with tls: false"],
    [
      "a certificate that is not there",
      { ca: "none.pem" },
      "ca",
      "names a file that cannot be read (ENOENT)",
    ],
    ["a number without its country", { from: "0441234567" }, "from", sender],
    ["a name of 12 characters", { from: "Acme Company" }, "from", sender],
    ["a name that begins with a space", { from: " Acme" }, "from", sender],
    ["a name beyond ASCII", { from: "Café" }, "from", sender],
    ["a sender for a country, of no form", { fromByCountry: { US: "12" } }, "fromByCountry.US", sender],
    [
      "a time that the ledger does not wait for",
      { timeout: "21s" },
      "timeout",
      "must be a duration from 100ms to 20s, such as 500ms, 90s, 10m or 1h",
    ],
    [
      "questions without a pause",
      { enquireLink: "10ms" },
      "enquireLink",
      "must be a duration from 1s to 10m, such as 500ms, 90s, 10m or 1h",
    ],
    ["no window", { windowMax: 0 }, "windowMax", "must be a whole number from 1 to 1000"],
  ])("%s", (_, changes, path, message) => {
    expect(problemsOf(changes)).toEqual([[path, message]]);
  });

  test("what is not a setting", () => {
    expect(schema.safeParse({ ...least, encoding: "ucs2" }).error?.issues).toMatchObject([
      { code: "unrecognized_keys", keys: ["encoding"] },
    ]);
  });
});
