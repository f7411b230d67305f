import { generateKeyPairSync } from "node:crypto";
import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { channelsOfVonage, vonageSchema } from "../../../src/config/providers/vonage-schema.ts";

const signatureSecret = "fmsNZ9rmrmJnUDUQm2SFV5Ok6y7dmZbJ";

const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2_048 });
const { privateKey: shortKey } = generateKeyPairSync("rsa", { modulusLength: 1_024 });
const { privateKey: pssKey } = generateKeyPairSync("rsa-pss", { modulusLength: 2_048 });
const { privateKey: curveKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });

const texts: Readonly<Record<string, string>> = {
  "/etc/passcode/vonage.key": privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  "/etc/passcode/pkcs1.key": privateKey.export({ type: "pkcs1", format: "pem" }).toString(),
  "/etc/passcode/short.key": shortKey.export({ type: "pkcs8", format: "pem" }).toString(),
  "/etc/passcode/pss.key": pssKey.export({ type: "pkcs8", format: "pem" }).toString(),
  "/etc/passcode/curve.key": curveKey.export({ type: "pkcs8", format: "pem" }).toString(),
};

const schema = vonageSchema({
  directory: "/etc/passcode",
  list: () => [],
  read: (path) => {
    const text = texts[path];
    if (text === undefined) throw Object.assign(new Error("no such file"), { code: "ENOENT" });
    return text;
  },
});

/** The least that sends SMS. */
const least = {
  kind: "vonage",
  applicationId: "aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab",
  privateKey: "vonage.key",
  from: "Acme",
};

function problemsOf(settings: object): string[] {
  const { error } = schema.safeParse(settings);
  return (error?.issues ?? []).map(({ path, message }) => `${path.join(".")}: ${message}`);
}

describe("an account with Vonage", () => {
  test("needs an application and a sender", () => {
    const { privateKey: key, ...settings } = schema.parse(least);
    expect(key.equals(privateKey)).toBe(true);
    expect(settings).toEqual({
      kind: "vonage",
      applicationId: "aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab",
      sms: { from: "Acme", fromByCountry: new Map() },
      baseUrl: "https://api.nexmo.com",
      voiceBaseUrl: "https://api.nexmo.com",
      timeoutMs: 10_000,
      connectTimeoutMs: 3_000,
      queue: { concurrency: 64, queueMax: 2_000 },
    });
  });

  test("may say more", () => {
    const settings = schema.parse({
      ...least,
      applicationId: "AAAAAAAA-BBBB-4CCC-8DDD-0123456789AB",
      privateKey: "pkcs1.key",
      signatureSecret,
      from: "+447700900001",
      fromByCountry: { US: "14155550100", FR: "Acme1" },
      voiceFrom: "+447700900001",
      baseUrl: "https://api-eu.nexmo.com/",
      voiceBaseUrl: "https://api-eu-3.vonage.com",
      timeout: "5s",
      connectTimeout: "1s",
    });
    expect(settings).toMatchObject({
      applicationId: "aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab",
      sms: {
        from: "447700900001",
        fromByCountry: new Map([
          ["US", "14155550100"],
          ["FR", "Acme1"],
        ]),
      },
      voiceFrom: "447700900001",
      baseUrl: "https://api-eu.nexmo.com",
      voiceBaseUrl: "https://api-eu-3.vonage.com",
      timeoutMs: 5_000,
      connectTimeoutMs: 1_000,
      queue: { concurrency: 64, queueMax: 2_000 },
    });
    expect(settings.signatureSecret?.export().toString()).toBe(signatureSecret);
  });

  test("that only calls has no sender of SMS", () => {
    const { from: _, ...settings } = least;
    expect(schema.parse({ ...settings, voiceFrom: "447700900001" })).not.toHaveProperty("sms");
  });

  test("calls where its messages go, unless told otherwise", () => {
    const given = { ...least, voiceFrom: "447700900001", baseUrl: "https://proxy.example/vonage" };
    expect(schema.parse(given).voiceBaseUrl).toBe("https://proxy.example/vonage");
  });

  test("shows neither of its secrets to whoever prints it", () => {
    const shown = inspect(schema.parse({ ...least, signatureSecret }), { depth: 9, showHidden: true });
    expect(shown).not.toContain(signatureSecret);
    expect(shown).not.toContain("PRIVATE KEY");
  });
});

describe("refuses of an account with Vonage", () => {
  const number = "a number in international format";
  const smsSender = `${number}, of up to 15 digits (in quotes), or up to 11 letters and digits`;
  const phoneNumber = `${number}, of 7 to 15 digits (in quotes)`;
  const webUrl = "an https URL without credentials, query or fragment (http only to this machine)";
  const noRsaKey = "names a file that does not hold an RSA key of 2048 bits or more";

  test.each<[settings: object, problem: string]>([
    [{ apiKey: "a" }, ': Unrecognized key: "apiKey"'],
    [{ applicationId: undefined }, "applicationId: is required"],
    [{ applicationId: "acme" }, "applicationId: must be the application's id: a UUID"],
    [{ privateKey: undefined }, "privateKey: is required"],
    [{ privateKey: "absent.key" }, "privateKey: names a file that cannot be read (ENOENT)"],
    [{ privateKey: "short.key" }, `privateKey: ${noRsaKey}`],
    [{ privateKey: "pss.key" }, `privateKey: ${noRsaKey}`],
    [{ privateKey: "curve.key" }, `privateKey: ${noRsaKey}`],
    [
      { signatureSecret: "a".repeat(15) },
      "signatureSecret: must be the account's signature secret: 16 to 200 characters without spaces",
    ],
    [{ from: undefined }, "from: or voiceFrom is required"],
    [{ from: 447700900001 }, `from: must be ${smsSender}`],
    [{ from: "0041791234567" }, `from: must be ${smsSender}`],
    [{ from: "1234567890123456" }, `from: must be ${smsSender}`],
    [{ from: "Acme Limited" }, `from: must be ${smsSender}`],
    [{ from: "Acme Ltd" }, `from: must be ${smsSender}`],
    [{ from: "AcmeLimited1" }, `from: must be ${smsSender}`],
    [{ fromByCountry: { us: "Acme" } }, "fromByCountry.us: Invalid key in record"],
    [{ fromByCountry: { US: "Acme Ltd" } }, `fromByCountry.US: must be ${smsSender}`],
    [
      { from: undefined, voiceFrom: "447700900001", fromByCountry: { US: "Acme" } },
      "from: is required with fromByCountry",
    ],
    [{ voiceFrom: "Acme" }, `voiceFrom: must be ${phoneNumber}`],
    [{ voiceFrom: "123456" }, `voiceFrom: must be ${phoneNumber}`],
    [{ baseUrl: "http://api.nexmo.com" }, `baseUrl: must be ${webUrl}`],
    [{ voiceFrom: "447700900001", voiceBaseUrl: "api.nexmo.com" }, `voiceBaseUrl: must be ${webUrl}`],
    [{ voiceBaseUrl: "https://api-eu-3.vonage.com" }, "voiceBaseUrl: is of no use without voiceFrom"],
    [{ timeout: "21s" }, "timeout: must be a duration from 100ms to 20s, such as 500ms, 90s, 10m or 1h"],
  ])("%j", (changes, problem) => {
    const settings = Object.fromEntries(
      Object.entries({ ...least, ...changes }).filter(([, value]) => value !== undefined),
    );
    expect(problemsOf(settings)).toEqual([problem]);
  });
});

describe("the channels of an account that nothing has checked yet", () => {
  test.each<[given: unknown, channels: string[]]>([
    [{ from: "Acme" }, ["sms"]],
    [{ voiceFrom: "447700900001" }, ["voice"]],
    [{ from: 1, voiceFrom: null }, ["sms", "voice"]],
    [{}, []],
    [undefined, []],
    ["vonage", []],
  ])("%j are %j", (given, channels) => {
    expect(channelsOfVonage(given)).toEqual(channels);
  });
});
