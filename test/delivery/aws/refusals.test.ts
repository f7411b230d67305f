import {
  AccessDeniedExceptionReason,
  ConflictExceptionReason,
  ServiceQuotaExceededExceptionReason,
  ValidationExceptionReason,
} from "@aws-sdk/client-pinpoint-sms-voice-v2";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { systemClock } from "../../../src/clock.ts";
import { messagingErrors } from "../../../src/delivery/aws/error-codes.ts";
import { AwsMessagingProvider } from "../../../src/delivery/aws/messaging.ts";
import { refusalOf } from "../../../src/delivery/aws/refusal.ts";
import { AwsSesProvider } from "../../../src/delivery/aws/ses.ts";
import type { Message, Provider } from "../../../src/delivery/provider.ts";
import { type FaultyHttpServer, startFaultyHttpServer } from "../../support/faulty-http-server.ts";
import { handover, messagingSettings, sesSettings } from "./account.ts";

let server: FaultyHttpServer;
let provider: Provider;
beforeEach(async () => {
  server = await startFaultyHttpServer();
});
afterEach(async () => {
  await provider.close();
  await server.close();
});

async function outcomeOf(message: Message, status: number, headers: Record<string, string>, error: object) {
  // The vendor's words quote what was sent, which must not get anywhere.
  const body = JSON.stringify({ ...error, Message: "+41791234567 ada@example.org 493817" });
  server.behave({ kind: "answer", status, headers, body });
  const outcome = await provider.send(message, handover);
  expect(JSON.stringify(outcome)).not.toMatch(/41791234567|ada@|493817/);
  expect(server.requests).toHaveLength(1);
  return outcome;
}

describe("End User Messaging", () => {
  beforeEach(() => {
    provider = new AwsMessagingProvider({ ...messagingSettings, baseUrl: server.url }, systemClock);
  });

  function outcomeOfError(exception: string, fields: object = {}, status = 400) {
    const sms: Message = {
      channel: "sms",
      locale: "en",
      to: "+41791234567",
      text: "493817",
      validForMs: 60_000,
    };
    return outcomeOf(sms, status, {}, { __type: `com.amazonaws.pinpointsmsvoicev2#${exception}`, ...fields });
  }

  test.each([
    ["ConflictException", "DESTINATION_PHONE_NUMBER_OPTED_OUT", "blocked"],
    ["ConflictException", "DESTINATION_PHONE_NUMBER_BLOCKED_BY_PROTECT_NUMBER_OVERRIDE", "blocked"],
    ["ConflictException", "DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION", "blocked"],
    ["ConflictException", "DESTINATION_PHONE_NUMBER_NOT_VERIFIED", "accountRefused"],
    ["ConflictException", "NO_ORIGINATION_IDENTITIES_FOUND", "accountRefused"],
    ["ServiceQuotaExceededException", "DAILY_DESTINATION_CALL_LIMIT", "blocked"],
    ["ServiceQuotaExceededException", "MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT", "accountRefused"],
    ["ValidationException", "DESTINATION_COUNTRY_BLOCKED", "blocked"],
    ["ValidationException", "COUNTRY_NOT_ENABLED", "accountRefused"],
    ["ValidationException", "SENDER_ID_NOT_REGISTERED", "accountRefused"],
    ["AccessDeniedException", "ACCOUNT_DISABLED", "accountRefused"],
  ])("%s with %s is %s", async (exception, reason, kind) => {
    expect(await outcomeOfError(exception, { Reason: reason })).toEqual({
      kind,
      detail: `${exception} ${reason}`,
    });
  });

  test.each(["INVALID_PARAMETER", "FIELD_VALIDATION_FAILED", "CANNOT_PARSE"])(
    "%s is about the destination if that is the field at fault",
    async (reason) => {
      const Fields = [{ Name: "DestinationPhoneNumber", Message: "+41791234567 is no number" }];
      expect(await outcomeOfError("ValidationException", { Reason: reason, Fields })).toEqual({
        kind: "destinationRefused",
        detail: `ValidationException ${reason} DestinationPhoneNumber`,
      });
    },
  );

  test("a field of ours that is at fault is about the account", async () => {
    const Fields = [{ Name: "OriginationIdentity", Message: "" }];
    expect(
      await outcomeOfError("ValidationException", { Reason: "INVALID_PARAMETER", Fields }),
    ).toMatchObject({ kind: "accountRefused" });
  });

  test.each(["ResourceNotFoundException", "UnrecognizedClientException", "ExpiredTokenException"])(
    "%s is about the account, and is told by its name",
    async (exception) => {
      expect(await outcomeOfError(exception)).toEqual({ kind: "accountRefused", detail: exception });
    },
  );

  test.each(["ThrottlingException", "TooManyRequestsException", "RequestLimitExceeded", "SlowDown"])(
    "throttling, which comes with status 400, is an overload: %s",
    async (code) => {
      expect(await outcomeOfError(code)).toEqual({ kind: "overloaded", detail: code });
    },
  );

  test("a service that is not available has taken nothing", async () => {
    expect(await outcomeOfError("ServiceUnavailableException", {}, 503)).toEqual({
      kind: "overloaded",
      detail: "ServiceUnavailableException",
    });
  });

  test("an error of the vendor's own says nothing of the message, and keeps its name", async () => {
    expect(await outcomeOfError("InternalServerException", {}, 500)).toEqual({
      kind: "noAnswer",
      detail: "InternalServerException",
    });
  });

  const reasonsOfTheDestination = [
    "DESTINATION_COUNTRY_BLOCKED",
    "DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION",
    "DESTINATION_PHONE_NUMBER_BLOCKED_BY_PROTECT_NUMBER_OVERRIDE",
    "DESTINATION_PHONE_NUMBER_OPTED_OUT",
    "DAILY_DESTINATION_CALL_LIMIT",
  ];
  // Fails when the SDK comes with a reason that nobody has judged.
  test("of all reasons in the SDK, these alone are not the account's", () => {
    const reasons = Object.entries({
      AccessDeniedException: AccessDeniedExceptionReason,
      ConflictException: ConflictExceptionReason,
      ServiceQuotaExceededException: ServiceQuotaExceededExceptionReason,
      ValidationException: ValidationExceptionReason,
    }).flatMap(([exception, all]) => Object.values(all).map((reason) => ({ exception, reason })));
    expect(reasons).toHaveLength(114);
    const others = reasons.filter(({ exception, reason }) => {
      const error = Object.assign(new Error(), { name: exception, $fault: "client", Reason: reason });
      return refusalOf({ status: 400, headers: {} }, error, messagingErrors, 0).kind !== "accountRefused";
    });
    expect(others.map(({ reason }) => reason).sort()).toEqual(reasonsOfTheDestination.sort());
  });

  test("a gateway that gave up knows nothing, whatever code it answers with", async () => {
    expect(await outcomeOfError("ThrottlingException", {}, 504)).toMatchObject({ kind: "noAnswer" });
  });
});

describe("SES", () => {
  beforeEach(() => {
    provider = new AwsSesProvider({ ...sesSettings, baseUrl: server.url }, systemClock);
  });

  test.each([
    ["BadRequestException", 400, "accountRefused"],
    ["TooManyRequestsException", 429, "overloaded"],
    ["MessageRejected", 400, "accountRefused"],
    ["MailFromDomainNotVerifiedException", 400, "accountRefused"],
    ["SendingPausedException", 400, "accountRefused"],
    ["AccountSuspendedException", 400, "accountRefused"],
    ["LimitExceededException", 400, "accountRefused"],
    ["NotFoundException", 404, "accountRefused"],
    ["SignatureDoesNotMatch", 403, "accountRefused"],
  ])("%s is %s %s", async (exception, status, kind) => {
    const email: Message = {
      channel: "email",
      to: "ada@example.org",
      senderName: "Acme",
      subject: "493817",
      text: "493817",
      html: "493817",
    };
    const headers = {
      "x-amzn-errortype": `${exception}:http://internal.amazon.com/coral/`,
      "retry-after": "3",
    };
    expect(await outcomeOf(email, status, headers, {})).toEqual({
      kind,
      detail: exception,
      ...(kind === "overloaded" && { retryAfterMs: 3_000 }),
    });
  });
});
