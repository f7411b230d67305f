import { describe, expect, test } from "vitest";
import type { z } from "zod";
import {
  awsMessagingSchema,
  awsSesSchema,
  channelsOfAwsMessaging,
} from "../../../src/config/providers/aws-schema.ts";
import { certificate } from "../certificate.ts";

const files = {
  directory: "/etc/passcode",
  list: () => [],
  read: (path: string) => (path === "/etc/passcode/aws.pem" ? certificate : ""),
};

const messaging = { kind: "aws-messaging", region: "eu-central-1" };
const ses = { kind: "aws-ses", region: "eu-central-1", from: "codes@acme.example" };
const topic = "arn:aws:sns:eu-central-1:123456789012:passcode";

/** Each as `path: message`. */
function problemsOf(schema: z.ZodType, given: unknown): string[] {
  const { error } = schema.safeParse(given);
  return (error?.issues ?? []).map(({ path, message }) => `${path.join(".")}: ${message}`);
}

describe("End User Messaging", () => {
  const schema = awsMessagingSchema(files);

  test("needs only a region", () => {
    expect(schema.parse(messaging)).toEqual({
      kind: "aws-messaging",
      region: "eu-central-1",
      fromByCountry: new Map(),
      timeoutMs: 10_000,
      connectTimeoutMs: 3_000,
      queue: { concurrency: 64, queueMax: 2_000 },
    });
  });

  test("takes everything that can be set", () => {
    const settings = {
      ...messaging,
      credentials: { accessKeyId: "AKIA1", secretAccessKey: "s", sessionToken: "t" },
      baseUrl: "https://vpce-1.sms-voice.eu-central-1.vpce.amazonaws.com/",
      from: "arn:aws:sms-voice:eu-central-1:123456789012:pool/pool-0123456789abcdef",
      fromByCountry: { CH: "ACME", US: "+12065550152" },
      voiceFrom: "+41446681800",
      configurationSet: "codes",
      reportTopicArn: topic,
      timeout: "5s",
      connectTimeout: "1s",
      ca: "aws.pem",
    };
    const { timeout: _, connectTimeout: __, ...rest } = settings;
    expect(schema.parse(settings)).toEqual({
      ...rest,
      baseUrl: "https://vpce-1.sms-voice.eu-central-1.vpce.amazonaws.com",
      fromByCountry: new Map([
        ["CH", "ACME"],
        ["US", "+12065550152"],
      ]),
      timeoutMs: 5_000,
      connectTimeoutMs: 1_000,
      queue: { concurrency: 64, queueMax: 2_000 },
      ca: certificate,
    });
  });

  test.each<[string, object, string]>([
    ["no region", { region: undefined }, "region: is required"],
    [
      "a region that could make another host of it",
      { region: "evil.example/eu-central-1" },
      "region: must be a region of AWS, such as eu-central-1",
    ],
    [
      "half of the credentials",
      { credentials: { accessKeyId: "AKIA1" } },
      "credentials.secretAccessKey: is required",
    ],
    [
      "an origin with spaces",
      { from: "Acme Shop" },
      "from: must be a phone number (in quotes), a sender id, a pool, or the id or ARN of one",
    ],
    [
      "an unquoted number, which YAML takes for an integer",
      { fromByCountry: { CH: 41446681800 } },
      "fromByCountry.CH: must be a phone number (in quotes), a sender id, a pool, or the id or ARN of one",
    ],
    [
      "a number to call from without its country",
      { voiceFrom: "0446681800" },
      "voiceFrom: must be a number such as +41446681800, in quotes",
    ],
    [
      "a topic without a configuration set",
      { reportTopicArn: topic },
      "configurationSet: is required with reportTopicArn, for only its events come to the topic",
    ],
    [
      "a topic that is a queue",
      { configurationSet: "codes", reportTopicArn: "arn:aws:sqs:eu-central-1:123456789012:passcode" },
      "reportTopicArn: must be the ARN of an SNS topic, such as arn:aws:sns:eu-central-1:123456789012:passcode",
    ],
    [
      "an endpoint that codes would travel to in clear",
      { baseUrl: "http://aws.example" },
      "baseUrl: must be an https URL without credentials, query or fragment (http only to this machine)",
    ],
  ])("refuses %s", (_, changes, problem) => {
    expect(problemsOf(schema, { ...messaging, ...changes })).toEqual([problem]);
  });

  test("calls only if there is a number to call from", () => {
    expect(channelsOfAwsMessaging(messaging)).toEqual(["sms"]);
    expect(channelsOfAwsMessaging({ ...messaging, voiceFrom: "+41446681800" })).toEqual(["sms", "voice"]);
    expect(channelsOfAwsMessaging(null)).toEqual(["sms"]);
  });
});

describe("SES", () => {
  const schema = awsSesSchema(files);

  test("needs a region and a sender", () => {
    expect(schema.parse(ses)).toEqual({
      ...ses,
      timeoutMs: 10_000,
      connectTimeoutMs: 3_000,
      queue: { concurrency: 64, queueMax: 2_000 },
    });
    expect(problemsOf(schema, { kind: "aws-ses" })).toEqual(["region: is required", "from: is required"]);
  });

  test("may have its events come by the configuration set that the sender has anyway", () => {
    expect(schema.parse({ ...ses, reportTopicArn: topic })).toMatchObject({ reportTopicArn: topic });
  });

  test.each<[string, object, string]>([
    [
      "a sender with a display name",
      { from: "Acme <codes@acme.example>" },
      "from: must be one e-mail address, without a display name",
    ],
    [
      "an ARN for a configuration set",
      { configurationSet: "arn:aws:ses:eu-central-1:123456789012:configuration-set/codes" },
      "configurationSet: must be the name of a configuration set",
    ],
  ])("refuses %s", (_, changes, problem) => {
    expect(problemsOf(schema, { ...ses, ...changes })).toEqual([problem]);
  });

  test("has no number to call from", () => {
    const { error } = schema.safeParse({ ...ses, voiceFrom: "+41446681800" });
    expect(error?.issues).toMatchObject([{ code: "unrecognized_keys", keys: ["voiceFrom"] }]);
  });
});
