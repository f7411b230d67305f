import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { SnsReports } from "../../../src/delivery/aws/sns-reports.ts";
import {
  certificateUrl,
  confirmation,
  type Fields,
  makeSigner,
  notification,
  posted,
  subscribeUrl,
  topicArn,
} from "./sns-signer.ts";

const sns = makeSigner();
const eve = makeSigner();
const { nowMs } = sns;

const delivered = { reference: "AbCd-1234_reference", state: "delivered" } as const;

/** Everything that was fetched, and what there is to fetch. */
let fetched: string[];
let pages: Map<string, string | undefined>;
let reports: SnsReports;

beforeEach(() => {
  fetched = [];
  pages = new Map([
    [certificateUrl, sns.certificate],
    [subscribeUrl, "<ConfirmSubscriptionResponse/>"],
  ]);
  reports = open(topicArn);
});

function open(arn: string): SnsReports {
  const get = async (url: string) => {
    fetched.push(url);
    return pages.get(url);
  };
  return new SnsReports(arn, (event) => (event === undefined ? undefined : [delivered]), get);
}

const genuine = () => sns.sign(notification(sns, { eventType: "TEXT_DELIVERED" }));

function read(body: Fields | string | Buffer, atMs = nowMs) {
  return reports.read(posted(body, atMs));
}

describe("believes", () => {
  test("a notification that SNS signed", async () => {
    expect(await read(genuine())).toEqual({ kind: "reports", reports: [delivered] });
  });

  test("one with a subject", async () => {
    const fields = sns.sign(notification(sns, {}, { Subject: "Amazon SES Email Event Notification" }));
    expect(await read(fields)).toMatchObject({ kind: "reports" });
  });

  test("one that is posted again within the hour", async () => {
    expect(await read(genuine(), nowMs + 3_590_000)).toMatchObject({ kind: "reports" });
  });

  test("many, with a certificate that it fetches once", async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => read(genuine())));
    await read(genuine());
    expect(new Set(answers.map(({ kind }) => kind))).toEqual(new Set(["reports"]));
    expect(fetched).toEqual([certificateUrl]);
  });

  test.each([
    ["arn:aws-cn:sns:cn-north-1:123456789012:t", "sns.cn-north-1.amazonaws.com.cn"],
    ["arn:aws-us-gov:sns:us-gov-west-1:123456789012:t", "sns.us-gov-west-1.amazonaws.com"],
    ["arn:aws-eusc:sns:eusc-de-east-1:123456789012:t", "sns.eusc-de-east-1.amazonaws.eu"],
  ])("one of %s, from a region of another partition", async (arn, host) => {
    const url = `https://${host}/SimpleNotificationService-1.pem`;
    pages.set(url, sns.certificate);
    reports = open(arn);
    const fields = sns.sign(notification(sns, {}, { TopicArn: arn, SigningCertURL: url }));
    expect(await read(fields)).toMatchObject({ kind: "reports" });
  });
});

describe("refuses, and fetches nothing for,", () => {
  test.each<[string, Fields]>([
    ["another topic", { TopicArn: "arn:aws:sns:eu-central-1:999999999999:passcode" }],
    ["a topic whose name begins alike", { TopicArn: `${topicArn}2` }],
    ["a signature with SHA-1", { SignatureVersion: "1" }],
    ["a version that there is not", { SignatureVersion: "3" }],
    ["a message of more than an hour ago", { Timestamp: new Date(nowMs - 3_600_001).toISOString() }],
    ["a message of more than a minute ahead", { Timestamp: new Date(nowMs + 60_001).toISOString() }],
    ["a time that is none", { Timestamp: "2026-13-41T25:61:61.000Z" }],
    ["a time in other words", { Timestamp: new Date(nowMs).toUTCString() }],
    ["a type that there is not", { Type: "Confirmation" }],
    ["a line break where none belongs", { MessageId: "1\nMessageId\n2" }],
    ["a field that is missing", { MessageId: undefined }],
  ])("%s", async (_, changes) => {
    expect(await read(sns.sign({ ...notification(sns, {}), ...changes }))).toMatchObject({ kind: "refused" });
    expect(fetched).toEqual([]);
  });

  test.each([
    "https://sns.evil.com/SimpleNotificationService-1.pem",
    "https://sns.eu-central-1.amazonaws.com.evil.com/SimpleNotificationService-1.pem",
    "https://evil.com/sns.eu-central-1.amazonaws.com/SimpleNotificationService-1.pem",
    "https://evil.com#sns.eu-central-1.amazonaws.com/SimpleNotificationService-1.pem",
    "https://evil.com\\.sns.eu-central-1.amazonaws.com/SimpleNotificationService-1.pem",
    "https://sns.eu-central-1.amazonaws.com@evil.com/SimpleNotificationService-1.pem",
    "https://sns.eu-central-1.amazonaws.com:443@evil.com/SimpleNotificationService-1.pem",
    "https://eve@sns.eu-central-1.amazonaws.com/SimpleNotificationService-1.pem",
    "https://:eve@sns.eu-central-1.amazonaws.com/SimpleNotificationService-1.pem",
    "https://sns.eu-central-1.amazonaws.com:8443/SimpleNotificationService-1.pem",
    "https://sns.eu-central-1.amazonaws.com./SimpleNotificationService-1.pem",
    "https://xsns.eu-central-1.amazonaws.com/SimpleNotificationService-1.pem",
    // A bucket by the name of sns, whose files anybody may have put there.
    "https://sns.s3-us-west-2.amazonaws.com/SimpleNotificationService-1.pem",
    "https://sns.s3.amazonaws.com/SimpleNotificationService-1.pem",
    "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-1.pem",
    "http://sns.eu-central-1.amazonaws.com/SimpleNotificationService-1.pem",
    "file:///etc/passwd.pem",
    "https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-1.pem?x=.pem",
    "https://sns.eu-central-1.amazonaws.com/?Action=Publish&x=1.pem",
    "https://sns.eu-central-1.amazonaws.com/a/../../1.pem/2.pem",
    "https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-1.pem#",
    "https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-1.crt",
    "SimpleNotificationService-1.pem",
    "",
  ])("a certificate at %j", async (url) => {
    const fields = eve.sign(notification(eve, {}, { SigningCertURL: url }));
    expect(await read(fields)).toEqual({ kind: "refused", why: "its certificate is not of SNS" });
    expect(fetched).toEqual([]);
  });

  test.each(["", "null", "[]", "{", '"Notification"', '{"Type":"Notification"}'])("%j", async (body) => {
    expect(await read(body)).toEqual({ kind: "refused", why: "not a message of SNS" });
    expect(fetched).toEqual([]);
  });

  test("a body that is cut off anywhere", async () => {
    const body = Buffer.from(JSON.stringify(genuine()));
    for (let length = 0; length < body.length; length += 7) {
      expect(await read(body.subarray(0, length))).toMatchObject({ kind: "refused" });
    }
    expect(fetched).toEqual([]);
  });

  test("raw delivery, which nobody signed", async () => {
    expect(await read('{"eventType":"TEXT_DELIVERED"}')).toMatchObject({ kind: "refused" });
  });
});

describe("refuses", () => {
  test("a message that somebody else signed", async () => {
    const fields = eve.sign(notification(sns, {}));
    expect(await read(fields)).toEqual({ kind: "refused", why: "wrong signature" });
  });

  test("a message with any field changed", async () => {
    const name = fc.constantFrom(
      "Message",
      "MessageId",
      "Subject",
      "Timestamp",
      "TopicArn",
      "Type",
      "Signature",
    );
    const value = fc.oneof(
      fc.string(),
      fc.constantFrom("SubscriptionConfirmation", new Date(nowMs).toISOString()),
    );
    const fields = sns.sign(notification(sns, {}, { Subject: "Event" }));
    await fc.assert(
      fc.asyncProperty(name, value, async (changed, to) => {
        fc.pre(fields[changed] !== to);
        expect(await read({ ...fields, [changed]: to })).toMatchObject({ kind: "refused" });
      }),
    );
    expect(await read(fields)).toMatchObject({ kind: "reports" });
  });

  test("a message with a byte of the signature changed", async () => {
    const fields = genuine();
    const signature = Buffer.from(fields["Signature"] ?? "", "base64");
    await fc.assert(
      fc.asyncProperty(fc.nat(signature.length - 1), fc.integer({ min: 1, max: 255 }), async (at, mask) => {
        const forged = Buffer.from(signature);
        forged[at] = (forged[at] ?? 0) ^ mask;
        const answer = await read({ ...fields, Signature: forged.toString("base64") });
        expect(answer).toEqual({ kind: "refused", why: "wrong signature" });
      }),
    );
  });

  test("a subject that is taken away or added", async () => {
    const { Subject: _, ...without } = sns.sign(notification(sns, {}, { Subject: "Event" }));
    expect(await read(without)).toMatchObject({ kind: "refused" });
    expect(await read({ ...genuine(), Subject: "Event" })).toMatchObject({ kind: "refused" });
  });

  test("a signature with SHA-1 that is passed off as one with SHA-256", async () => {
    const fields = sns.sign(notification(sns, {}, { SignatureVersion: "1" }));
    expect(await read({ ...fields, SignatureVersion: "2" })).toMatchObject({ kind: "refused" });
  });

  test("a certificate that cannot be had, and asks for it again the next time", async () => {
    pages.set(certificateUrl, undefined);
    expect(await read(genuine())).toEqual({ kind: "refused", why: "no valid certificate", again: true });
    pages.set(certificateUrl, "<html>Not found</html>");
    expect(await read(genuine())).toMatchObject({ kind: "refused" });
    pages.set(certificateUrl, sns.certificate);
    expect(await read(genuine())).toMatchObject({ kind: "reports" });
    expect(fetched).toHaveLength(3);
  });

  test.each([
    ["has run out", 24 * 3_600_000],
    ["is not valid yet", -24 * 3_600_000],
  ])("a certificate that %s, even one it has used", async (_, laterMs) => {
    expect(await read(genuine())).toMatchObject({ kind: "reports" });
    const Timestamp = new Date(nowMs + laterMs).toISOString();
    const fields = sns.sign(notification(sns, {}, { Timestamp }));
    expect(await read(fields, nowMs + laterMs)).toEqual({
      kind: "refused",
      why: "no valid certificate",
      again: true,
    });
  });

  test("a certificate for another kind of key", async () => {
    const ec = makeSigner({ ec: true });
    pages.set(certificateUrl, ec.certificate);
    const fields = ec.sign(notification(ec, {}));
    expect(await read(fields, ec.nowMs)).toEqual({
      kind: "refused",
      why: "no valid certificate",
      again: true,
    });
  });

  test.each(["Successfully validated SNS topic for Amazon SES event publishing.", ""])(
    "what SNS signed but is no event: %j",
    async (message) => {
      const fields = sns.sign(notification(sns, message));
      expect(await read(fields)).toEqual({ kind: "refused", why: "not an event of the service" });
    },
  );
});

test("keeps only a few certificates, and a flood of forged messages is not one of requests", async () => {
  const urls = Array.from(
    { length: 50 },
    (_, index) => `https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-${index}.pem`,
  );
  await Promise.all(urls.map((url) => read(eve.sign(notification(eve, {}, { SigningCertURL: url })))));
  expect(fetched.length).toBeLessThanOrEqual(4);

  for (const url of urls) pages.set(url, sns.certificate);
  for (const url of urls) await read(sns.sign(notification(sns, {}, { SigningCertURL: url })));
  fetched = [];
  await read(sns.sign(notification(sns, {}, { SigningCertURL: urls.at(-1) })));
  expect(fetched).toEqual([]);
  await read(sns.sign(notification(sns, {}, { SigningCertURL: urls[0] })));
  expect(fetched).toEqual([urls[0]]);
});

describe("a subscription", () => {
  test("is confirmed, once SNS is known to ask for it", async () => {
    expect(await read(sns.sign(confirmation(sns)))).toEqual({ kind: "reports", reports: [] });
    expect(fetched).toEqual([certificateUrl, subscribeUrl]);
  });

  test("is not confirmed for anybody else", async () => {
    expect(await read(eve.sign(confirmation(sns)))).toEqual({ kind: "refused", why: "wrong signature" });
    expect(fetched).toEqual([certificateUrl]);
  });

  test("is not confirmed with a URL that was put in place of the signed one", async () => {
    const forged = { ...sns.sign(confirmation(sns)), SubscribeURL: `${subscribeUrl}&x=1` };
    expect(await read(forged)).toMatchObject({ kind: "refused" });
    expect(fetched).toEqual([certificateUrl]);
  });

  test.each([
    "https://evil.com/?Action=ConfirmSubscription",
    "http://sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription",
    "https://sns.eu-central-1.amazonaws.com@evil.com/",
    "https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription",
  ])("is not confirmed at %s, whoever signed it", async (SubscribeURL) => {
    const fields = sns.sign(confirmation(sns, { SubscribeURL }));
    expect(await read(fields)).toEqual({ kind: "refused", why: "its subscription is not of SNS" });
    expect(fetched).toEqual([certificateUrl]);
  });

  test("that SNS does not take is told", async () => {
    pages.set(subscribeUrl, undefined);
    const fields = sns.sign(confirmation(sns));
    expect(await read(fields)).toEqual({ kind: "refused", why: "subscription not confirmed", again: true });
  });

  test("that somebody ended is not begun again", async () => {
    const fields = sns.sign(confirmation(sns, { Type: "UnsubscribeConfirmation" }));
    expect(await read(fields)).toEqual({ kind: "reports", reports: [] });
    expect(fetched).toEqual([certificateUrl]);
  });
});

test.each([
  "",
  "passcode",
  "arn:aws:sqs:eu-central-1:123456789012:q",
  "arn:aws:sns:s3-us-west-2:123456789012:t",
  "arn:evil:sns:eu-central-1:123456789012:t",
])("%j is no topic", (arn) => {
  expect(() => open(arn)).toThrow("ARN");
});
