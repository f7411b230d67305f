import { EventType } from "@aws-sdk/client-pinpoint-sms-voice-v2";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { systemClock } from "../../../src/clock.ts";
import { AwsMessagingProvider } from "../../../src/delivery/aws/messaging.ts";
import { reportOfMessagingEvent } from "../../../src/delivery/aws/messaging-events.ts";
import { AwsSesProvider } from "../../../src/delivery/aws/ses.ts";
import { reportOfSesEvent } from "../../../src/delivery/aws/ses-events.ts";
import { messagingSettings, sesSettings } from "./account.ts";
import { makeSigner, notification, posted, topicArn } from "./sns-signer.ts";

const reference = "AbCd-1234_reference";

function messagingEvent(eventType: string, changes: object = {}) {
  return {
    eventType,
    eventVersion: "1.0",
    eventTimestamp: 1_686_975_103_470,
    isFinal: true,
    originationPhoneNumber: "+12065550152",
    destinationPhoneNumber: "+14255550156",
    isoCountryCode: "US",
    messageId: "862a8790-60c0-4430-9b2b-658bdexample",
    messageType: "TRANSACTIONAL",
    messageStatus: "STATUS",
    messageStatusDescription: "+14255550156 is a number",
    context: { passcode_reference: reference },
    totalMessageParts: 1,
    totalMessagePrice: 0.09582,
    ...changes,
  };
}

describe("End User Messaging", () => {
  const endsWell = ["TEXT_DELIVERED", "TEXT_SUCCESSFUL", "RCS_DELIVERED", "RCS_READ", "VOICE_COMPLETED"];
  const endsBadly = [
    ["TEXT_BLOCKED", "blocked"],
    ["TEXT_CARRIER_BLOCKED", "blocked"],
    ["TEXT_PROTECT_BLOCKED", "blocked"],
    ["TEXT_SPAM", "blocked"],
    ["TEXT_INVALID", "destinationRefused"],
    ["TEXT_CARRIER_UNREACHABLE", "undelivered"],
    ["TEXT_INVALID_MESSAGE", "undelivered"],
    ["TEXT_TTL_EXPIRED", "undelivered"],
    ["TEXT_UNKNOWN", "undelivered"],
    ["TEXT_UNREACHABLE", "undelivered"],
    ["RCS_PROTECT_BLOCKED", "blocked"],
    ["RCS_FAILED", "undelivered"],
    ["RCS_TTL_EXPIRED", "undelivered"],
    ["VOICE_BUSY", "undelivered"],
    ["VOICE_FAILED", "undelivered"],
    ["VOICE_NO_ANSWER", "undelivered"],
    ["VOICE_TTL_EXPIRED", "undelivered"],
  ] as const;
  const saysNothing = [
    ...["TEXT_QUEUED", "TEXT_PENDING", "TEXT_SENT", "VOICE_INITIATED", "VOICE_RINGING", "VOICE_ANSWERED"],
    // After the last of these come the events of an SMS.
    ...["RCS_QUEUED", "RCS_SENT", "RCS_FALLEN_BACK_TO_SMS"],
  ];

  // Fails when the SDK comes with an event that nobody has judged. No message of ours has media.
  test("every event that the SDK names is known", () => {
    const named = Object.values(EventType).filter(
      (type) => !type.startsWith("MEDIA_") && !type.endsWith("ALL"),
    );
    expect(named.sort()).toEqual([...endsWell, ...endsBadly.map(([type]) => type), ...saysNothing].sort());
  });

  test.each(endsWell)("%s: delivered", (type) => {
    expect(reportOfMessagingEvent(messagingEvent(type))).toEqual([{ reference, state: "delivered" }]);
  });

  test.each(endsBadly)("%s: failed, %s", (type, failure) => {
    expect(reportOfMessagingEvent(messagingEvent(type))).toEqual([
      { reference, state: "failed", failure, detail: type },
    ]);
  });

  test.each([...saysNothing, "MEDIA_DELIVERED", "TEXT_OF_THE_FUTURE", "constructor"])(
    "%s says nothing",
    (type) => {
      expect(reportOfMessagingEvent(messagingEvent(type))).toEqual([]);
    },
  );

  test.each(["TEXT_CARRIER_UNREACHABLE", "TEXT_SUCCESSFUL", "RCS_FAILED"])(
    "%s that is not final says nothing",
    (type) => {
      expect(reportOfMessagingEvent(messagingEvent(type, { isFinal: false }))).toEqual([]);
    },
  );

  test.each([undefined, {}, { account: "bar" }])(
    "a message that is not ours, with context %j, says nothing",
    (context) => {
      expect(reportOfMessagingEvent(messagingEvent("TEXT_DELIVERED", { context }))).toEqual([]);
    },
  );
});

function sesEvent(eventType: string, changes: object = {}) {
  return {
    eventType,
    mail: {
      timestamp: "2017-08-05T00:40:02.012Z",
      source: "Acme <codes@acme.example>",
      messageId: "EXAMPLE7c191be45-e9aedb9a-02f9-4d12-a87d-dd0099a07f8a-000000",
      destination: ["ada@example.org"],
      tags: { "ses:configuration-set": ["codes"], passcode_reference: [reference] },
    },
    ...changes,
  };
}

function bounce(bounceType: string, bounceSubType: string, status?: string) {
  return sesEvent("Bounce", {
    bounce: {
      bounceType,
      bounceSubType,
      bouncedRecipients: [
        {
          emailAddress: "ada@example.org",
          action: "failed",
          status,
          diagnosticCode: "smtp; 550 5.1.1 ada@example.org?",
        },
      ],
    },
  });
}

describe("SES", () => {
  test("Delivery: delivered", () => {
    expect(reportOfSesEvent(sesEvent("Delivery"))).toEqual([{ reference, state: "delivered" }]);
  });

  test.each([
    ["Permanent", "General", "5.1.1", "destinationRefused"],
    ["Permanent", "NoEmail", undefined, "destinationRefused"],
    ["Permanent", "General", "5.7.1", "blocked"],
    ["Permanent", "Suppressed", undefined, "blocked"],
    ["Permanent", "OnAccountSuppressionList", undefined, "blocked"],
    ["Permanent", "UnsubscribedRecipient", undefined, "blocked"],
    ["Transient", "ContentRejected", undefined, "blocked"],
    ["Transient", "MailboxFull", "4.2.2", "undelivered"],
    ["Undetermined", "Undetermined", undefined, "undelivered"],
  ])("a bounce %s %s %s: failed, %s", (type, subType, status, failure) => {
    const detail = ["Bounce", type, subType, ...(status === undefined ? [] : [status])].join(" ");
    expect(reportOfSesEvent(bounce(type, subType, status))).toEqual([
      { reference, state: "failed", failure, detail },
    ]);
  });

  test("what a bounce says in words stays out of the detail", () => {
    const event = bounce("Permanent", "ada@example.org", "5.1.1 ada@example.org");
    expect(reportOfSesEvent(event)).toEqual([
      { reference, state: "failed", failure: "destinationRefused", detail: "Bounce Permanent" },
    ]);
  });

  test("Reject, for a virus: failed, blocked", () => {
    expect(reportOfSesEvent(sesEvent("Reject", { reject: { reason: "Bad content" } }))).toEqual([
      { reference, state: "failed", failure: "blocked", detail: "Reject" },
    ]);
  });

  test("Rendering Failure: failed", () => {
    expect(reportOfSesEvent(sesEvent("Rendering Failure"))).toMatchObject([{ failure: "undelivered" }]);
  });

  test("a complaint instead of a delivery: failed, blocked", () => {
    const complaint = { complaintSubType: "OnAccountSuppressionList" };
    expect(reportOfSesEvent(sesEvent("Complaint", { complaint }))).toMatchObject([{ failure: "blocked" }]);
  });

  test("a complaint of a mail that was delivered says nothing", () => {
    expect(reportOfSesEvent(sesEvent("Complaint", { complaint: { complaintSubType: null } }))).toEqual([]);
  });

  test.each(["Send", "DeliveryDelay", "Open", "Click", "Subscription"])("%s says nothing", (type) => {
    expect(reportOfSesEvent(sesEvent(type))).toEqual([]);
  });

  test("a mail that is not ours says nothing", () => {
    expect(reportOfSesEvent(sesEvent("Delivery", { mail: { tags: {} } }))).toEqual([]);
    expect(reportOfSesEvent(sesEvent("Delivery", { mail: {} }))).toEqual([]);
  });
});

test.each([reportOfMessagingEvent, reportOfSesEvent])(
  "%o takes nothing else for an event, whatever it is",
  (read) => {
    for (const event of [undefined, null, 1, "TEXT_DELIVERED", [], {}]) expect(read(event)).toBeUndefined();
    fc.assert(fc.property(fc.jsonValue(), (event) => void read(event)));
  },
);

describe("a provider", () => {
  const signer = makeSigner();
  const get = async () => signer.certificate;
  const read = (provider: AwsMessagingProvider | AwsSesProvider, event: object) =>
    provider.reports?.read(posted(signer.sign(notification(signer, event)), signer.nowMs));
  const expected = { kind: "reports", reports: [{ reference, state: "delivered" }] };

  test("of messages reads the events of its topic", async () => {
    const provider = new AwsMessagingProvider(
      { ...messagingSettings, reportTopicArn: topicArn },
      systemClock,
      get,
    );
    expect(await read(provider, messagingEvent("TEXT_DELIVERED"))).toEqual(expected);
  });

  test("of e-mail reads the events of its topic", async () => {
    const provider = new AwsSesProvider({ ...sesSettings, reportTopicArn: topicArn }, systemClock, get);
    expect(await read(provider, sesEvent("Delivery"))).toEqual(expected);
  });

  test("without a topic has no reports", () => {
    expect(new AwsMessagingProvider(messagingSettings, systemClock).reports).toBeUndefined();
    expect(new AwsSesProvider(sesSettings, systemClock).reports).toBeUndefined();
  });
});
