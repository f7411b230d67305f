import { describe, expect, test } from "vitest";
import { channelsOfTwilio, twilioSchema } from "../../../src/config/providers/twilio-schema.ts";

const files = {
  directory: "/etc/passcode",
  list: () => [],
  read: (): never => {
    throw new Error("no file is named here");
  },
};
const schema = twilioSchema(files);

const accountSid = `AC${"0123456789abcdef".repeat(2)}`;
const apiKey = { apiKeySid: `SK${"F0".repeat(16)}`, apiKeySecret: "sesame" };
const messagingServiceSid = `MG${"1".repeat(32)}`;
const least = { kind: "twilio", accountSid, authToken: "t", from: "+41446681800" };

describe("reads", () => {
  const usual = {
    kind: "twilio",
    baseUrl: "https://api.twilio.com",
    accountSid,
    timeoutMs: 10_000,
    connectTimeoutMs: 3_000,
    queue: { concurrency: 64, queueMax: 2_000 },
  };

  test("the least there is to an account that sends SMS", () => {
    expect(schema.parse(least)).toEqual({
      ...usual,
      authToken: "t",
      sms: { from: "+41446681800", fromByCountry: new Map() },
    });
  });

  test("the least there is to an account that calls", () => {
    const { from: _, ...rest } = least;
    expect(schema.parse({ ...rest, voiceFrom: "+41446681801" })).toEqual({
      ...usual,
      authToken: "t",
      voiceFrom: "+41446681801",
    });
  });

  test("all there is", () => {
    const { from: _, ...rest } = least;
    const all = {
      ...rest,
      ...apiKey,
      sharedKeys: ["one", "next"],
      messagingServiceSid,
      fromByCountry: { US: "12345", CH: "Acme" },
      voiceFrom: "+41446681801",
      baseUrl: "https://api.dublin.ie1.twilio.com/",
      timeout: "5s",
      connectTimeout: "1s",
    };
    expect(schema.parse(all)).toEqual({
      kind: "twilio",
      baseUrl: "https://api.dublin.ie1.twilio.com",
      accountSid,
      authToken: "t",
      sharedKeys: ["one", "next"],
      apiKey: { sid: apiKey.apiKeySid, secret: "sesame" },
      sms: {
        from: messagingServiceSid,
        fromByCountry: new Map([
          ["US", "12345"],
          ["CH", "Acme"],
        ]),
      },
      voiceFrom: "+41446681801",
      timeoutMs: 5_000,
      connectTimeoutMs: 1_000,
      queue: { concurrency: 64, queueMax: 2_000 },
    });
  });

  test("an account that signs in with its API key alone", () => {
    const { authToken: _, ...rest } = least;
    expect(schema.parse({ ...rest, ...apiKey })).not.toHaveProperty("authToken");
  });

  test.each(["+41446681800", "12345", "Acme", "Acme & Co", "ACME+1-2_3", "a", "12345678901A".slice(-11)])(
    "%s as a sender of SMS",
    (from) => {
      expect(schema.parse({ ...least, from })).toMatchObject({ sms: { from } });
    },
  );
});

describe("refuses", () => {
  const senderExpected =
    "must be a number such as +41446681800 or a short code, in quotes, or a name of up to 11 letters, digits, spaces and &+_-";
  const sidExpected = (prefix: string) => `must be ${prefix} and 32 hexadecimal digits`;

  test.each<[string, Record<string, unknown>, string[]]>([
    ["an account without its SID", { accountSid: undefined }, ["accountSid: is required"]],
    ["a SID of something else", { accountSid: apiKey.apiKeySid }, [`accountSid: ${sidExpected("AC")}`]],
    ["a SID with more behind it", { accountSid: `${accountSid}0` }, [`accountSid: ${sidExpected("AC")}`]],
    ["nothing to sign in with", { authToken: undefined }, ["authToken: is required without an API key"]],
    [
      "an API key without its secret",
      { apiKeySid: apiKey.apiKeySid },
      ["apiKeySecret: is required with an apiKeySid"],
    ],
    [
      "the secret of no API key, and nothing else to sign in with",
      { authToken: undefined, apiKeySecret: "s" },
      ["apiKeySid: is required with an apiKeySecret"],
    ],
    ["an API key that is none", { ...apiKey, apiKeySid: accountSid }, [`apiKeySid: ${sidExpected("SK")}`]],
    [
      "no way to sign in but a shared key, which signs callbacks alone",
      { authToken: undefined, sharedKeys: ["s"] },
      ["authToken: is required without an API key"],
    ],
    ["no shared key in the list of them", { sharedKeys: [] }, ["sharedKeys: must have 1 to 4 entries"]],
    ["an empty token", { authToken: "" }, ["authToken: must be text of 1 to 200 characters"]],
    [
      "no sender at all",
      { from: undefined },
      ["from: is required without a messagingServiceSid or voiceFrom"],
    ],
    ["two senders", { messagingServiceSid }, ["from: is of no use with a messagingServiceSid"]],
    [
      "a Messaging Service that is none",
      { from: undefined, messagingServiceSid: "MG1" },
      [`messagingServiceSid: ${sidExpected("MG")}`],
    ],
    ["a sender that YAML read as a number", { from: 41446681800 }, [`from: ${senderExpected}`]],
    ["a name that is too long", { from: "Acme Holding" }, [`from: ${senderExpected}`]],
    ["a name with a space at its end", { from: "Acme " }, [`from: ${senderExpected}`]],
    ["a name with letters that phones lack", { from: "Ācme" }, [`from: ${senderExpected}`]],
    ["a number that is too long", { from: "+4144668180012345" }, [`from: ${senderExpected}`]],
    ["another channel's address", { from: "whatsapp:+41446681800" }, [`from: ${senderExpected}`]],
    [
      "a sender for a country that is none",
      { fromByCountry: { ch: "Acme" } },
      ["fromByCountry.ch: must be a country code of ISO 3166-1 in capitals, such as CH"],
    ],
    [
      "a country's sender that is none",
      { fromByCountry: { CH: "" } },
      [`fromByCountry.CH: ${senderExpected}`],
    ],
    [
      "senders for countries without one for the others",
      { from: undefined, voiceFrom: "+41446681801", fromByCountry: { CH: "Acme" } },
      ["fromByCountry: is of no use without from or messagingServiceSid"],
    ],
    [
      "calls from a name",
      { voiceFrom: "Acme" },
      ["voiceFrom: must be a number such as +41446681800, in quotes"],
    ],
    [
      "a URL over which the token would travel in clear",
      { baseUrl: "http://api.twilio.com" },
      ["baseUrl: must be an https URL"],
    ],
    ["a setting that is none", { region: "ie1" }, ["region"]],
  ])("%s", (_, change, problems) => {
    const given = Object.fromEntries(
      Object.entries({ ...least, ...change }).filter(([, value]) => value !== undefined),
    );
    const told = problemsOf(given);
    expect(told).toHaveLength(problems.length);
    for (const [index, problem] of problems.entries()) expect(told[index]).toContain(problem);
  });
});

function problemsOf(given: unknown): string[] {
  const { error } = schema.safeParse(given);
  return (error?.issues ?? []).map((issue) => {
    const path = issue.path.join(".");
    return issue.code === "unrecognized_keys" ? issue.keys.join() : `${path}: ${issueText(issue)}`;
  });
}

/** Issues with the keys of a record carry those of the key. */
function issueText(issue: { message: string; issues?: { message: string }[] }): string {
  return issue.issues?.[0]?.message ?? issue.message;
}

describe("tells before it is read that an account delivers", () => {
  test.each([
    ["SMS with a sender", { from: "+41446681800" }, ["sms"]],
    ["SMS with a Messaging Service", { messagingServiceSid: 1 }, ["sms"]],
    ["calls with a number of their own", { voiceFrom: "+41446681800" }, ["voice"]],
    ["both with both", { from: "Acme", voiceFrom: "+41446681800" }, ["sms", "voice"]],
    ["nothing without either", { kind: "twilio" }, []],
    ["nothing if it is no group", "twilio", []],
  ])("%s", (_, given, channels) => {
    expect(channelsOfTwilio(given)).toEqual(channels);
  });
});
