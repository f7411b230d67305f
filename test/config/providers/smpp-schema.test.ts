import { generateKeyPairSync } from "node:crypto";
import { describe, expect, test } from "vitest";
import { smppSchema } from "../../../src/config/providers/smpp-schema.ts";
import { certificate, key } from "../certificate.ts";

const schema = smppSchema({
  directory: "/etc/passcode",
  list: () => [],
  read: (path) => {
    if (path === "/etc/passcode/smsc.pem") return certificate;
    if (path === "/etc/passcode/our-key.pem") return key;
    if (path === "/etc/passcode/other-key.pem") return otherKey;
    throw Object.assign(new Error("no such file"), { code: "ENOENT" });
  },
});

const otherKey = generateKeyPairSync("ec", { namedCurve: "P-256" })
  .privateKey.export({ type: "pkcs8", format: "pem" })
  .toString();

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
  return (error?.issues ?? []).map((issue) => {
    const [cause = issue] = issue.code === "invalid_key" ? issue.issues : [];
    return [issue.path.join("."), cause.message];
  });
}

test("an account needs little, and is over TLS", () => {
  expect(schema.parse(least)).toEqual({
    kind: "smpp",
    host: "smsc.example",
    port: 3_550,
    tls: true,
    bind: "transceiver",
    systemId: "acme",
    password: "secret",
    from: "+41440000000",
    fromByCountry: new Map(),
    alphabet: "GSM-7",
    dataCoding: 0,
    validity: "relative",
    concatenation: "udh",
    tlvs: new Map(),
    timeoutMs: 10_000,
    connectTimeoutMs: 3_000,
    enquireLinkMs: 30_000,
    queue: { concurrency: 10, queueMax: 2_000 },
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
    serverName: "smsc.internal",
    certificate: "smsc.pem",
    key: "our-key.pem",
    bind: "transmitter-and-receiver",
    systemType: "OTP",
    alphabet: "latin1",
    dataCoding: 3,
    sourceTon: 0,
    sourceNpi: 1,
    destinationTon: 2,
    destinationNpi: 8,
    serviceType: "OTP",
    validity: "absolute",
    concatenation: "sar",
    tlvs: { "0x1402": "1101", "5123": "0x0A01" },
    from: "Acme Co",
    fromByCountry: { US: "40404", GB: "+447700900123" },
    timeout: "20s",
    connectTimeout: "1s",
    enquireLink: "1m",
    windowMax: 100,
    ratePerSecond: 50,
    queueMax: 0,
  };
  expect(schema.parse(given)).toEqual({
    kind: "smpp",
    host: "smsc.example",
    port: 3_600,
    tls: true,
    ca: certificate,
    serverName: "smsc.internal",
    certificate,
    key,
    bind: "transmitter-and-receiver",
    systemId: "acme",
    password: "secret",
    systemType: "OTP",
    alphabet: "Latin-1",
    dataCoding: 3,
    sourceTon: 0,
    sourceNpi: 1,
    destinationTon: 2,
    destinationNpi: 8,
    serviceType: "OTP",
    validity: "absolute",
    concatenation: "sar",
    tlvs: new Map([
      [0x1402, Buffer.from("1101")],
      [0x1403, Buffer.from([0x0a, 1])],
    ]),
    from: "Acme Co",
    fromByCountry: new Map([
      ["US", "40404"],
      ["GB", "+447700900123"],
    ]),
    timeoutMs: 20_000,
    connectTimeoutMs: 1_000,
    enquireLinkMs: 60_000,
    queue: { concurrency: 100, ratePerSecond: 50, queueMax: 0 },
  });
});

test("an account registered in India names its templates, one or one for each language", () => {
  const registered = (templateId: unknown) =>
    schema.parse({ ...least, dlt: { entityId: "1101", templateId } }).dlt;
  expect(registered("1107")).toEqual({ entityId: "1101", templateIds: "1107" });
  expect(registered({ en: "1107", hi: "1108" })).toEqual({
    entityId: "1101",
    templateIds: new Map([
      ["en", "1107"],
      ["hi", "1108"],
    ]),
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
    [
      "a certificate of ours without TLS",
      { tls: false, certificate: "smsc.pem", key: "our-key.pem" },
      "certificate, key",
      "is of no use with tls: false",
    ],
    ["a name without TLS", { tls: false, serverName: "smsc" }, "serverName", "is of no use with tls: false"],
    ["a certificate without a key", { certificate: "smsc.pem" }, "key", "is required with a certificate"],
    ["a key without a certificate", { key: "our-key.pem" }, "certificate", "is required with a key"],
    [
      "a key of another certificate",
      { certificate: "smsc.pem", key: "other-key.pem" },
      "key",
      "is not the key of the certificate",
    ],
    [
      "a bind that there is not",
      { bind: "receiver" },
      "bind",
      "must be one of transceiver, transmitter, transmitter-and-receiver",
    ],
    [
      "an alphabet that there is not",
      { alphabet: "utf8" },
      "alphabet",
      "must be one of gsm7, latin1, ascii, ucs2",
    ],
    [
      "a name for UCS-2",
      { alphabet: "ucs2", dataCoding: 0 },
      "dataCoding",
      "is of no use with alphabet: ucs2, which is always 8",
    ],
    ["the name of UCS-2 for another", { dataCoding: 8 }, "dataCoding", "must not be 8, which names UCS-2"],
    [
      "a type of address that there is not",
      { sourceTon: 7 },
      "sourceTon",
      "must be a whole number from 0 to 6",
    ],
    [
      "a service type that SMPP has no room for",
      { serviceType: "SERVICE" },
      "serviceType",
      "must be 1 to 5 characters of ASCII (in quotes, if it is all digits)",
    ],
    [
      "a TLV that carries the text",
      { tlvs: { "0x0424": "x" } },
      "tlvs.0x0424",
      "must be a tag from 0x0001 to 0xFFFF, and none that carries the text",
    ],
    [
      "a TLV of no tag",
      { tlvs: { dlt: "x" } },
      "tlvs.dlt",
      "must be a tag from 0x0001 to 0xFFFF, and none that carries the text",
    ],
    [
      "a TLV of a number",
      { tlvs: { "0x1402": 1101 } },
      "tlvs.0x1402",
      "must be 1 to 255 characters of ASCII in quotes, or octets such as 0x0A01 in quotes",
    ],
    [
      "a registration in India without a template",
      { dlt: { entityId: "1101" } },
      "dlt.templateId",
      "must be 1 to 30 digits, in quotes, or such for each language",
    ],
    [
      "a registration in India that is none",
      { dlt: { entityId: "ACME", templateId: "1107" } },
      "dlt.entityId",
      "must be 1 to 30 digits, in quotes",
    ],
    ["no window", { windowMax: 0 }, "windowMax", "must be a whole number from 1 to 1000"],
  ])("%s", (_, changes, path, message) => {
    expect(problemsOf(changes)).toEqual(path.split(", ").map((one) => [one, message]));
  });

  test("what is not a setting", () => {
    expect(schema.safeParse({ ...least, encoding: "ucs2" }).error?.issues).toMatchObject([
      { code: "unrecognized_keys", keys: ["encoding"] },
    ]);
  });
});
