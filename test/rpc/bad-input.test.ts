import { gzipSync } from "node:zlib";
import { create, toBinary } from "@bufbuild/protobuf";
import { afterEach, describe, expect, test } from "vitest";
import { SendPasscodeRequestSchema } from "../../gen/passcode/v1/passcode_service_pb.ts";
import { Status } from "../../gen/passcode/v1/session_pb.ts";
import { defaultPolicy } from "../../src/ledger/policy.ts";
import { profileWith, startService, type TestService } from "../support/service.ts";
import {
  callConnect,
  callGrpc,
  connectBody,
  connectReply,
  grpcBytes,
  http,
  type Init,
  type MethodName,
  type Reply,
  transports,
} from "./wire.ts";

const started: TestService[] = [];

afterEach(async () => {
  await Promise.all(started.splice(0).map((service) => service.stop()));
});

/** A service with a named policy and an autofill host, and a session in it that no bad request may touch. */
async function serviceWithSession() {
  const service = await startService(
    profileWith({
      policies: { base: defaultPolicy, named: new Map([["strict", { ...defaultPolicy, tries: 3 }]]) },
      autofill: { webHosts: new Set(["shop.example"]), androidHashes: new Set() },
    }),
  );
  started.push(service);
  const { sessionId } = await service.clients.grpc.sendPasscode({
    destination: { case: "phoneNumber", value: "+41797654321" },
  });
  return { service, sessionId };
}

/** Stands in every bad value that has room for it; nobody but the caller may see it again. */
const canary = "c4n4ry";

/** The refusal names the field and tells nothing else; nothing was sent, counted, or ended by it. */
async function expectRefused(
  { service, sessionId }: Awaited<ReturnType<typeof serviceWithSession>>,
  reply: Reply,
  { reason, field, secret = canary }: { reason: string; field: string; secret?: string | undefined },
) {
  expect(reply).toMatchObject({ code: "invalid_argument", reason, domain: "passcode.v1", fields: [field] });
  await expectUntouched({ service, sessionId }, reply, secret);
}

async function expectUntouched(
  { service, sessionId }: Awaited<ReturnType<typeof serviceWithSession>>,
  reply: Reply,
  secret: string = canary,
) {
  expect(reply.everything).not.toContain(secret);
  expect(service.logLines.join("\n")).not.toContain(secret);
  expect(service.messages).toHaveLength(1);
  const { session } = await service.clients.grpc.getSession({ sessionId });
  expect(session).toMatchObject({ status: Status.PENDING, attemptCount: 0, attemptsRemaining: 5 });
  const next = await service.clients.grpc.sendPasscode(goodSend);
  expect(next.sendsRemaining).toBe(4);
}

const phone = { destination: { case: "phoneNumber", value: "+41791234567" } } as const;
const goodSend: Init<"sendPasscode"> = phone;

function phoneNumber(value: string): Init<"sendPasscode"> {
  return { destination: { case: "phoneNumber", value } };
}

function email(value: string): Init<"sendPasscode"> {
  return { destination: { case: "email", value } };
}

function pairs(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`name_${index}`, canary]));
}

const nul = "\u0000";
const override = "\u202e";
const isolate = "\u2066";

interface BadField<M extends MethodName> {
  readonly what: string;
  readonly request: Init<M>;
  readonly field: string;
  readonly reason?: string;
  readonly secret?: string;
}

const badSends: BadField<"sendPasscode">[] = [
  {
    what: "a profile in capitals",
    field: "profile",
    request: { ...phone, profile: "C4n4ry" },
    secret: "C4n4ry",
  },
  {
    what: "a profile of 64 letters",
    field: "profile",
    request: { ...phone, profile: canary.padEnd(64, "x") },
  },
  { what: "a profile with NUL", field: "profile", request: { ...phone, profile: `${canary}${nul}` } },
  {
    what: "a profile with a line break at its end",
    field: "profile",
    request: { ...phone, profile: `${canary}\n` },
  },
  { what: "no destination", field: "destination", request: {} },
  { what: "an empty phone number", field: "phone_number", request: phoneNumber("") },
  {
    what: "a phone number without plus",
    field: "phone_number",
    request: phoneNumber("41791234567"),
    secret: "41791234567",
  },
  {
    what: "a phone number with spaces",
    field: "phone_number",
    request: phoneNumber("+41 79 765 00 00"),
    secret: "765 00",
  },
  { what: "a phone number with letters", field: "phone_number", request: phoneNumber(`+4179${canary}`) },
  {
    what: "a phone number with NUL",
    field: "phone_number",
    request: phoneNumber(`+41791234567${nul}`),
    secret: "1234567",
  },
  {
    what: "a phone number with a line break at its end",
    field: "phone_number",
    request: phoneNumber("+41791234567\n"),
    secret: "1234567",
  },
  {
    what: "a phone number turned around by an override",
    field: "phone_number",
    request: phoneNumber(`${override}+41791234567`),
    secret: "1234567",
  },
  {
    what: "a phone number in Arabic-Indic digits",
    field: "phone_number",
    request: phoneNumber("+٤١٧٩١٢٣٤٥٦٧"),
    secret: "٤١٧٩",
  },
  {
    what: "a phone number in full-width digits",
    field: "phone_number",
    request: phoneNumber("+４１７９１２３４５６７"),
    secret: "４１７９",
  },
  {
    what: "a phone number of 16 digits",
    field: "phone_number",
    request: phoneNumber("+4179123456789012"),
    secret: "9123456789",
  },
  {
    what: "a phone number of 50,000 digits",
    field: "phone_number",
    request: phoneNumber(`+4${"1".repeat(50_000)}`),
    secret: "11111",
  },
  {
    what: "a number its country does not have",
    field: "phone_number",
    reason: "DESTINATION_INVALID",
    request: phoneNumber("+41123456789"),
    secret: "123456789",
  },
  {
    what: "a number of no country",
    field: "phone_number",
    reason: "DESTINATION_INVALID",
    request: phoneNumber("+9991234567"),
    secret: "1234567",
  },
  {
    what: "a premium-rate number",
    field: "phone_number",
    reason: "DESTINATION_NOT_ALLOWED",
    request: phoneNumber("+41900123456"),
    secret: "900123456",
  },
  {
    what: "a satellite number",
    field: "phone_number",
    reason: "DESTINATION_NOT_ALLOWED",
    request: phoneNumber("+881612345678"),
    secret: "612345678",
  },
  { what: "an empty e-mail address", field: "email", request: email("") },
  {
    what: "an e-mail address of 255 characters",
    field: "email",
    request: email(`${canary}@${"a".repeat(240)}.example`),
  },
  {
    what: "an e-mail address without @",
    field: "email",
    reason: "DESTINATION_INVALID",
    request: email(canary),
  },
  {
    what: "an e-mail address with two @",
    field: "email",
    reason: "DESTINATION_INVALID",
    request: email(`${canary}@a@b.example`),
  },
  {
    what: "an e-mail address with a display name",
    field: "email",
    reason: "DESTINATION_INVALID",
    request: email(`C <${canary}@b.example>`),
  },
  {
    what: "two e-mail addresses",
    field: "email",
    reason: "DESTINATION_INVALID",
    request: email(`${canary}@b.example,d@b.example`),
  },
  {
    what: "an e-mail address with a line break",
    field: "email",
    reason: "DESTINATION_INVALID",
    request: email(`${canary}@b.example\r\nBcc: d@b.example`),
  },
  {
    what: "an e-mail address with NUL",
    field: "email",
    reason: "DESTINATION_INVALID",
    request: email(`${canary}${nul}@b.example`),
  },
  {
    what: "an e-mail address with an override",
    field: "email",
    reason: "DESTINATION_INVALID",
    request: email(`${canary}${override}@b.example`),
  },
  {
    what: "an e-mail address without a dot in its domain",
    field: "email",
    reason: "DESTINATION_INVALID",
    request: email(`${canary}@localhost`),
  },
  {
    what: "an e-mail address at an IP address",
    field: "email",
    reason: "DESTINATION_INVALID",
    request: email(`${canary}@192.0.2.1`),
  },
  {
    what: "an e-mail address of two scripts",
    field: "email",
    reason: "DESTINATION_INVALID",
    request: email(`${canary}@pаypal.example`),
  },
  {
    what: "a channel that is no number of the enum",
    field: "channel",
    request: { ...phone, channel: 734 as never },
    secret: "734",
  },
  {
    what: "a negative channel",
    field: "channel",
    request: { ...phone, channel: -734 as never },
    secret: "734",
  },
  {
    what: "e-mail as the channel to a phone",
    field: "channel",
    reason: "CHANNEL_NOT_OFFERED",
    request: { ...phone, channel: 3 },
  },
  {
    what: "SMS as the channel to an e-mail address",
    field: "channel",
    reason: "CHANNEL_NOT_OFFERED",
    request: { ...email(`${canary}@b.example`), channel: 1 },
  },
  {
    what: "a session id with a slash",
    field: "session_id",
    request: { ...phone, sessionId: `../${canary}` },
  },
  {
    what: "a session id of 129 characters",
    field: "session_id",
    request: { ...phone, sessionId: canary.padEnd(129, "A") },
  },
  { what: "a session id with NUL", field: "session_id", request: { ...phone, sessionId: `${canary}${nul}` } },
  { what: "a locale of other letters", field: "locale", request: { ...phone, locale: "дс" }, secret: "дс" },
  {
    what: "a locale of 36 characters",
    field: "locale",
    request: { ...phone, locale: `de-${"c4n4ry-".repeat(5).slice(0, 33)}` },
  },
  { what: "a locale with two charsets", field: "locale", request: { ...phone, locale: `de_CH.${canary}.x` } },
  { what: "a locale with a path", field: "locale", request: { ...phone, locale: `../${canary}` } },
  {
    what: "a purpose in capitals",
    field: "purpose",
    request: { ...phone, purpose: "C4N4RY" },
    secret: "C4N4RY",
  },
  {
    what: "a purpose of 65 characters",
    field: "purpose",
    request: { ...phone, purpose: canary.padEnd(65, "x") },
  },
  {
    what: "a purpose with a line break at its end",
    field: "purpose",
    request: { ...phone, purpose: `${canary}\n` },
  },
  { what: "a purpose with NUL", field: "purpose", request: { ...phone, purpose: `${canary}${nul}` } },
  { what: "a transaction of 9 pairs", field: "transaction", request: { ...phone, transaction: pairs(9) } },
  {
    what: "a transaction's name in capitals",
    field: "transaction",
    request: { ...phone, transaction: { C4N4RY: "x" } },
    secret: "C4N4RY",
  },
  {
    what: "an empty name in a transaction",
    field: "transaction",
    request: { ...phone, transaction: { "": canary } },
  },
  {
    what: "a transaction's name with a control character",
    field: "transaction",
    request: { ...phone, transaction: { [`${canary}\u001b`]: "x" } },
  },
  {
    what: "a transaction's name of 40,000 letters",
    field: "transaction",
    request: { ...phone, transaction: { [canary.padEnd(40_000, "x")]: "x" } },
  },
  {
    what: "an empty value in a transaction",
    field: 'transaction["payee"]',
    request: { ...phone, transaction: { payee: "" } },
  },
  {
    what: "a transaction's value of 101 characters",
    field: 'transaction["payee"]',
    request: { ...phone, transaction: { payee: canary.padEnd(101, "x") } },
  },
  {
    what: "a transaction's value with a line break",
    field: 'transaction["payee"]',
    request: { ...phone, transaction: { payee: `a\n${canary}` } },
  },
  {
    what: "a transaction's value with NUL",
    field: 'transaction["payee"]',
    request: { ...phone, transaction: { payee: `${canary}${nul}` } },
  },
  {
    what: "a transaction's value with an override",
    field: 'transaction["payee"]',
    request: { ...phone, transaction: { payee: `${override}${canary}` } },
  },
  {
    what: "a transaction's value with an isolate",
    field: 'transaction["payee"]',
    request: { ...phone, transaction: { payee: `${isolate}${canary}` } },
  },
  {
    what: "a transaction's value with a line separator",
    field: 'transaction["payee"]',
    request: { ...phone, transaction: { payee: `${canary}\u2028` } },
  },
  { what: "17 variables", field: "variables", request: { ...phone, variables: pairs(17) } },
  {
    what: "a variable's name in capitals",
    field: "variables",
    request: { ...phone, variables: { C4N4RY: "x" } },
    secret: "C4N4RY",
  },
  {
    what: "an empty value of a variable",
    field: 'variables["shop"]',
    request: { ...phone, variables: { shop: "" } },
  },
  {
    what: "a variable's value with a control character",
    field: 'variables["shop"]',
    request: { ...phone, variables: { shop: `${canary}\u0007` } },
  },
  {
    what: "a variable that the template does not declare",
    field: 'variables["shop"]',
    request: { ...phone, variables: { shop: canary } },
  },
  {
    what: "an empty autofill host",
    field: "autofill_web_host",
    request: { ...phone, autofill: { case: "autofillWebHost", value: "" } },
  },
  {
    what: "an autofill host of 254 characters",
    field: "autofill_web_host",
    request: { ...phone, autofill: { case: "autofillWebHost", value: canary.padEnd(254, "x") } },
  },
  {
    what: "an autofill host the profile does not list",
    field: "autofill_web_host",
    request: { ...phone, autofill: { case: "autofillWebHost", value: `${canary}.example` } },
  },
  {
    what: "an autofill host with a line break",
    field: "autofill_web_host",
    request: { ...phone, autofill: { case: "autofillWebHost", value: `shop.example\n${canary}` } },
  },
  {
    what: "an app's hash of 10 characters",
    field: "autofill_android_hash",
    request: { ...phone, autofill: { case: "autofillAndroidHash", value: `${canary}abcd` } },
  },
  {
    what: "an app's hash the profile does not list",
    field: "autofill_android_hash",
    request: { ...phone, autofill: { case: "autofillAndroidHash", value: `${canary}abcde` } },
  },
  {
    what: "a policy in capitals",
    field: "policy",
    request: { ...phone, policy: "C4n4ry" },
    secret: "C4n4ry",
  },
  { what: "a policy of 64 letters", field: "policy", request: { ...phone, policy: canary.padEnd(64, "x") } },
  {
    what: "a policy the profile does not have",
    field: "policy",
    reason: "POLICY_UNKNOWN",
    request: { ...phone, policy: canary },
  },
  {
    what: "the name of every object as a policy",
    field: "policy",
    reason: "POLICY_UNKNOWN",
    request: { ...phone, policy: "constructor" },
  },
  { what: "a request id that is no UUID", field: "request_id", request: { ...phone, requestId: canary } },
  {
    what: "a request id of a UUID and more",
    field: "request_id",
    request: { ...phone, requestId: `6f9619ff-8b86-4011-b42d-00c04fc964ff${canary}` },
  },
  {
    what: "an IP address that is none",
    field: "end_user.ip_address",
    request: { ...phone, endUser: { ipAddress: `192.0.2.${canary}` } },
  },
  {
    what: "an IP address out of range",
    field: "end_user.ip_address",
    request: { ...phone, endUser: { ipAddress: "192.0.2.734" } },
    secret: "192.0.2.734",
  },
  {
    what: "an IP address with a zone",
    field: "end_user.ip_address",
    request: { ...phone, endUser: { ipAddress: `fe80::1%${canary}` } },
  },
  {
    what: "a device with a line break",
    field: "end_user.device_id",
    request: { ...phone, endUser: { deviceId: `${canary}\n` } },
  },
  {
    what: "a device of 129 characters",
    field: "end_user.device_id",
    request: { ...phone, endUser: { deviceId: canary.padEnd(129, "x") } },
  },
  {
    what: "a device with an override of direction",
    field: "end_user.device_id",
    request: { ...phone, endUser: { deviceId: `${canary}\u202e` } },
  },
  {
    what: "a device with the escape of terminals",
    field: "end_user.device_id",
    request: { ...phone, endUser: { deviceId: `${canary}\u001b[2J` } },
  },
  {
    what: "the request id of all zeros",
    field: "request_id",
    request: { ...phone, requestId: "00000000-0000-0000-0000-000000000000" },
    secret: "00000000-0000",
  },
];

const sessionId = "A".repeat(44);
const verify = { sessionId, code: "123456" };

const badVerifies: BadField<"verifyPasscode">[] = [
  { what: "no session id", field: "session_id", request: { ...verify, sessionId: "" } },
  {
    what: "a session id of 129 characters",
    field: "session_id",
    request: { ...verify, sessionId: canary.padEnd(129, "A") },
  },
  { what: "a session id with a space", field: "session_id", request: { ...verify, sessionId: `${canary} ` } },
  { what: "no code", field: "code", request: { ...verify, code: "" } },
  { what: "a code of 3 digits", field: "code", request: { ...verify, code: "734" }, secret: "734" },
  {
    what: "a code of 11 digits",
    field: "code",
    request: { ...verify, code: "73473473473" },
    secret: "734734",
  },
  { what: "a code with a space", field: "code", request: { ...verify, code: "734 734" }, secret: "734 734" },
  {
    what: "a code with a line break at its end",
    field: "code",
    request: { ...verify, code: "734734\n" },
    secret: "734734",
  },
  { what: "a code with NUL", field: "code", request: { ...verify, code: `734734${nul}` }, secret: "734734" },
  {
    what: "a code in Arabic-Indic digits",
    field: "code",
    request: { ...verify, code: "٧٣٤٧٣٤" },
    secret: "٧٣٤",
  },
  {
    what: "a code in full-width digits",
    field: "code",
    request: { ...verify, code: "７３４７３４" },
    secret: "７３４",
  },
  {
    what: "a code with an override",
    field: "code",
    request: { ...verify, code: `${override}734734` },
    secret: "734734",
  },
  {
    what: "a profile in capitals",
    field: "profile",
    request: { ...verify, profile: "C4n4ry" },
    secret: "C4n4ry",
  },
  {
    what: "a purpose in capitals",
    field: "purpose",
    request: { ...verify, purpose: "C4N4RY" },
    secret: "C4N4RY",
  },
  { what: "a transaction of 9 pairs", field: "transaction", request: { ...verify, transaction: pairs(9) } },
  {
    what: "a transaction's name in capitals",
    field: "transaction",
    request: { ...verify, transaction: { C4N4RY: "x" } },
    secret: "C4N4RY",
  },
  {
    what: "a transaction's value with an override",
    field: 'transaction["payee"]',
    request: { ...verify, transaction: { payee: `${override}${canary}` } },
  },
  { what: "a request id that is no UUID", field: "request_id", request: { ...verify, requestId: canary } },
];

/** For CancelSession too, whose request has the same fields. */
const badReads: BadField<"getSession">[] = [
  { what: "no session id", field: "session_id", request: {} },
  {
    what: "a session id of 129 characters",
    field: "session_id",
    request: { sessionId: canary.padEnd(129, "A") },
  },
  {
    what: "a session id with an override",
    field: "session_id",
    request: { sessionId: `${override}${canary}` },
  },
  {
    what: "a profile in capitals",
    field: "profile",
    request: { sessionId, profile: "C4n4ry" },
    secret: "C4n4ry",
  },
  {
    what: "a profile of 64 letters",
    field: "profile",
    request: { sessionId, profile: canary.padEnd(64, "x") },
  },
];

describe.each(transports)("over %s", (_, call) => {
  test.each(badSends)("SendPasscode refuses $what", async ({ request, field, reason, secret }) => {
    const ready = await serviceWithSession();
    const reply = await call(ready.service, "sendPasscode", request);
    await expectRefused(ready, reply, { reason: reason ?? "INVALID_REQUEST", field, secret });
  });

  test.each(badVerifies)("VerifyPasscode refuses $what", async ({ request, field, secret }) => {
    const ready = await serviceWithSession();
    const reply = await call(ready.service, "verifyPasscode", request);
    await expectRefused(ready, reply, { reason: "INVALID_REQUEST", field, secret });
  });

  test.each(badReads)("GetSession refuses $what", async ({ request, field, secret }) => {
    const ready = await serviceWithSession();
    const reply = await call(ready.service, "getSession", request);
    await expectRefused(ready, reply, { reason: "INVALID_REQUEST", field, secret });
  });

  test.each(badReads)("CancelSession refuses $what", async ({ request, field, secret }) => {
    const ready = await serviceWithSession();
    const reply = await call(ready.service, "cancelSession", request as Init<"cancelSession">);
    await expectRefused(ready, reply, { reason: "INVALID_REQUEST", field, secret });
  });

  test.each<[string, MethodName, object]>([
    ["SendPasscode", "sendPasscode", phone],
    ["VerifyPasscode", "verifyPasscode", verify],
    ["GetSession", "getSession", { sessionId }],
    ["CancelSession", "cancelSession", { sessionId }],
  ])(
    "%s refuses a profile the service does not have, and only the log names it",
    async (_, method, request) => {
      const { service } = await serviceWithSession();
      const reply = await call(service, method, { ...request, profile: canary });
      expect(reply).toMatchObject({
        code: "invalid_argument",
        reason: "PROFILE_UNKNOWN",
        fields: ["profile"],
      });
      expect(reply.everything).not.toContain(canary);
      expect(service.messages).toHaveLength(1);
    },
  );

  test("a code of another length than the session's costs no try and tells the length", async () => {
    const ready = await serviceWithSession();
    const request = { sessionId: ready.sessionId, code: "73473473" };
    const reply = await call(ready.service, "verifyPasscode", request);
    expect(reply.metadata).toEqual({ length: "6" });
    await expectRefused(ready, reply, { reason: "CODE_MALFORMED", field: "code", secret: "73473473" });
  });

  test("a code of another alphabet than the session's costs no try", async () => {
    const ready = await serviceWithSession();
    const request = { sessionId: ready.sessionId, code: canary };
    const reply = await call(ready.service, "verifyPasscode", request);
    await expectRefused(ready, reply, { reason: "CODE_MALFORMED", field: "code" });
  });

  test.each([
    ["a code", "734734"],
    ["a telephone number", "41791234567"],
  ])("%s given as the session id comes into no log", async (_, secret) => {
    const { service } = await serviceWithSession();
    const reply = await call(service, "verifyPasscode", { sessionId: secret, code: "123456" });
    expect(reply).toMatchObject({ code: "not_found", reason: "SESSION_NOT_FOUND" });
    expect(service.logLines.join("\n")).not.toContain(secret);
  });

  test("a premium-rate number's refusal tells its kind", async () => {
    const { service } = await serviceWithSession();
    const reply = await call(service, "sendPasscode", phoneNumber("+41900123456"));
    expect(reply.metadata).toEqual({ kind: "premiumRate" });
  });

  test("a number's refusal for its country tells the country", async () => {
    const numbers = { allowKinds: new Set(["mobile"] as const), denyCountries: new Set(["CH"]) };
    const service = await startService(profileWith({ numbers }));
    started.push(service);
    const reply = await call(service, "sendPasscode", phone);
    expect(reply).toMatchObject({ reason: "DESTINATION_NOT_ALLOWED", metadata: { country: "CH" } });
  });

  test("a request with two faults hears of both", async () => {
    const { service } = await serviceWithSession();
    const reply = await call(service, "verifyPasscode", { sessionId: "", code: "" });
    expect(reply.fields).toEqual(["session_id", "code"]);
  });

  test("a request with thousands of faults hears of the first ones", async () => {
    const ready = await serviceWithSession();
    const names = Array.from({ length: 3_000 }, (_, index) => [`C4N4RY${index}`, "x"]);
    const request = { ...phone, transaction: Object.fromEntries(names) };
    const reply = await call(ready.service, "sendPasscode", request);
    expect(reply).toMatchObject({ code: "invalid_argument", reason: "INVALID_REQUEST" });
    expect(reply.fields).toHaveLength(8);
    await expectUntouched(ready, reply, "C4N4RY");
  });
});

describe("in JSON", () => {
  const destination = { phoneNumber: "+41791234567" };

  test.each<[string, object, string]>([
    ["both destinations", { ...destination, email: `${canary}@b.example` }, "destination"],
    [
      "both ways to fill in",
      { ...destination, autofillWebHost: canary, autofillAndroidHash: canary },
      "autofill",
    ],
    ["a number for a text", { phoneNumber: 41_791_234_567 }, "phone_number"],
    ["a list for a text", { ...destination, profile: [canary] }, "profile"],
    ["an object for a text", { ...destination, purpose: { [canary]: canary } }, "purpose"],
    ["true for a text", { ...destination, locale: true }, "locale"],
    ["a list for a map", { ...destination, transaction: [canary] }, "transaction"],
    ["a number in a map", { ...destination, transaction: { payee: 734_734 } }, "transaction"],
    ["a null in a map", { ...destination, variables: { payee: null } }, "variables"],
    ["a text for a message", { ...destination, endUser: canary }, "end_user"],
    ["a list within a message", { ...destination, endUser: { ipAddress: [canary] } }, "end_user.ip_address"],
    ["an enum value that is none", { ...destination, channel: canary.toUpperCase() }, "channel"],
    ["an enum value by another name", { ...destination, channel: "sms" }, "channel"],
    ["a fraction for an enum", { ...destination, channel: 1.5 }, "channel"],
    ["the number of no enum value", { ...destination, channel: 734 }, "channel"],
    ["a field twice, by both its names", { ...destination, phone_number: "+41797340734" }, "phone_number"],
    ["half a character", { email: `\ud800${canary}@b.example` }, "email"],
    ["a field it does not have", { ...destination, sendTo: canary }, "sendTo"],
    ["a field that a message within does not have", { ...destination, endUser: { ip: canary } }, "ip"],
    ["a field whose name is no name", { ...destination, [`"${canary}"`]: 1 }, ""],
    [
      "the prototype as a map's name",
      JSON.parse('{"phoneNumber":"+41791234567","transaction":{"__proto__":"x"}}'),
      "transaction",
    ],
  ])("SendPasscode refuses %s", async (_, request, field) => {
    const ready = await serviceWithSession();
    const reply = await connectBody(ready.service, "sendPasscode", JSON.stringify(request));
    await expectRefused(ready, reply, { reason: "INVALID_REQUEST", field });
  });

  test.each<[string, string | Uint8Array]>([
    ["nothing at all", ""],
    ["what is not JSON", `{"phoneNumber": ${canary}}`],
    ["half of an object", `{"phoneNumber": "${canary}`],
    ["a list", `["${canary}"]`],
    ["a text", `"${canary}"`],
    ["null", "null"],
    ["bytes that are not UTF-8", Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])],
    ["lists nested 30,000 deep", "[".repeat(30_000) + "]".repeat(30_000)],
  ])("SendPasscode refuses %s", async (_, body) => {
    const ready = await serviceWithSession();
    const reply = await connectBody(ready.service, "sendPasscode", body);
    await expectRefused(ready, reply, { reason: "INVALID_REQUEST", field: "" });
  });

  test("VerifyPasscode refuses a code that is a number", async () => {
    const ready = await serviceWithSession();
    const body = JSON.stringify({ sessionId: ready.sessionId, code: 734_734 });
    const reply = await connectBody(ready.service, "verifyPasscode", body);
    await expectRefused(ready, reply, { reason: "INVALID_REQUEST", field: "code", secret: "734734" });
  });

  test("null stands for a field's default", async () => {
    const { service } = await serviceWithSession();
    const body = JSON.stringify({ ...destination, profile: null, endUser: null, channel: null });
    expect(await connectBody(service, "sendPasscode", body)).toMatchObject({ code: "ok" });
  });

  test.each(["application/json; charset=utf-8", "Application/JSON"])("is also %s", async (type) => {
    const { service } = await serviceWithSession();
    const headers = { "content-type": type };
    const reply = await connectBody(service, "sendPasscode", JSON.stringify(destination), { headers });
    expect(reply).toMatchObject({ code: "ok" });
  });
});

describe("in binary", () => {
  const path = "/passcode.v1.PasscodeService/SendPasscode";
  const bytesOf = (request: Init<"sendPasscode">) =>
    toBinary(SendPasscodeRequestSchema, create(SendPasscodeRequestSchema, request));

  const garbage: [string, Uint8Array][] = [
    ["text", Buffer.from(canary)],
    ["a message cut short", bytesOf(phoneNumber(`+4179${canary}`)).subarray(0, -1)],
    ["a text that is not UTF-8", Buffer.from([0x12, 0x03, 0x2b, 0xff, 0xfe])],
    ["a length beyond the end", Buffer.from([0x12, 0xff, 0xff, 0xff, 0x7f])],
    ["a group that never ends", Buffer.from([0x7b])],
    ["200 groups within one another", Buffer.alloc(200, 0x7b)],
    ["a field of another wire type", Buffer.from([0x10, 0x01, 0x22, 0x01, 0x01, 0x68, 0xff])],
  ];

  test.each(garbage)("gRPC refuses %s", async (_, bytes) => {
    const ready = await serviceWithSession();
    const reply = await grpcBytes(ready.service, path, bytes);
    await expectRefused(ready, reply, { reason: "INVALID_REQUEST", field: "" });
  });

  test.each(garbage)("Connect refuses %s", async (_, body) => {
    const ready = await serviceWithSession();
    const headers = { "content-type": "application/proto" };
    const reply = await connectBody(ready.service, "sendPasscode", body, { headers });
    await expectRefused(ready, reply, { reason: "INVALID_REQUEST", field: "" });
  });

  test.each(garbage)("gRPC-Web refuses %s", async (_, bytes) => {
    const ready = await serviceWithSession();
    const body = Buffer.concat([Buffer.from([0, 0, 0, 0, bytes.length]), bytes]);
    const headers = { "content-type": "application/grpc-web+proto" };
    const { text } = await http(ready.service.ports.http, { verb: "POST", path, headers, body });
    expect(text).toContain("grpc-status: 3");
    await expectUntouched(ready, connectReply(200, {}, text));
  });

  test("the last of two destinations is the one", async () => {
    const { service } = await serviceWithSession();
    const both = Buffer.concat([bytesOf(phone), bytesOf(email("someone@b.example"))]);
    expect(await grpcBytes(service, path, both)).toMatchObject({ code: "ok" });
    expect(service.messages.at(-1)).toMatchObject({ channel: "email", to: "someone@b.example" });
  });

  test("a field of a later schema is passed over", async () => {
    const { service } = await serviceWithSession();
    const unknown = Buffer.from([0xfa, 0x3f, 0x01, 0x78]);
    const reply = await grpcBytes(service, path, Buffer.concat([bytesOf(phone), unknown]));
    expect(reply).toMatchObject({ code: "ok" });
  });
});

describe("a body of 11 MB", () => {
  const body = Buffer.alloc(11 * 1024 * 1024, canary);

  test.each([
    ["JSON over Connect", "application/json"],
    ["binary over Connect", "application/proto"],
  ])("as %s is refused for its size", async (_, type) => {
    const ready = await serviceWithSession();
    const reply = await connectBody(ready.service, "sendPasscode", body, {
      headers: { "content-type": type },
    });
    expect(reply).toMatchObject({ code: "resource_exhausted", httpStatus: 429 });
    await expectUntouched(ready, reply);
  });

  test("over gRPC is refused for its size", async () => {
    const ready = await serviceWithSession();
    const reply = await grpcBytes(ready.service, "/passcode.v1.PasscodeService/SendPasscode", body);
    expect(reply).toMatchObject({ code: "resource_exhausted" });
    await expectUntouched(ready, reply);
  });
});

describe("over HTTP", () => {
  const body = JSON.stringify({ phoneNumber: "+41791234567", transaction: { payee: canary } });

  test.each(["gzip", "br", canary])("a body with content-encoding %s is refused", async (encoding) => {
    const ready = await serviceWithSession();
    const headers = { "content-encoding": encoding };
    const reply = await connectBody(ready.service, "sendPasscode", gzipSync(body), { headers });
    expect(reply).toMatchObject({ code: "unimplemented", httpStatus: 501 });
    await expectUntouched(ready, { ...reply, everything: "" });
  });

  test.each([
    "text/plain",
    "application/x-www-form-urlencoded",
    "application/json; charset=utf-16",
    "application/connect+json",
    "application/grpc+json",
    "application/grpc-web+json",
    "application/grpc-web-text",
  ])("content of type %s is not taken", async (type) => {
    const ready = await serviceWithSession();
    const headers = { "content-type": type };
    const reply = await connectBody(ready.service, "sendPasscode", body, { headers });
    expect(reply.httpStatus).toBe(415);
    await expectUntouched(ready, reply);
  });

  test.each<[string, MethodName]>([
    ["SendPasscode", "sendPasscode"],
    ["VerifyPasscode", "verifyPasscode"],
    ["CancelSession", "cancelSession"],
  ])("%s is not to be had by GET", async (_, method) => {
    const ready = await serviceWithSession();
    const reply = await connectBody(ready.service, method, "", { verb: "GET" });
    expect(reply.httpStatus).toBe(405);
    await expectUntouched(ready, reply);
  });

  test.each(["PUT", "DELETE", "PATCH", "HEAD"])("%s is no way to call", async (verb) => {
    const ready = await serviceWithSession();
    const reply = await connectBody(ready.service, "sendPasscode", "", { verb });
    expect(reply.httpStatus).toBe(405);
    await expectUntouched(ready, reply);
  });

  test.each([
    ["not JSON", `encoding=json&message=${canary}`, ""],
    [
      "a field of the wrong type",
      `encoding=json&message=${encodeURIComponent(`{"sessionId":{"a":"${canary}"}}`)}`,
      "session_id",
    ],
    ["not base64", `encoding=json&base64=1&message=${canary}`, ""],
    ["not binary", `encoding=proto&message=${canary}`, ""],
    ["nothing", "encoding=json", ""],
  ])("a GET of GetSession whose message is %s is refused", async (_, query, field) => {
    const ready = await serviceWithSession();
    const path = `/passcode.v1.PasscodeService/GetSession?connect=v1&${query}`;
    const { status, headers, text } = await http(ready.service.ports.http, { verb: "GET", path });
    await expectRefused(ready, connectReply(status, headers, text), { reason: "INVALID_REQUEST", field });
  });

  test("a GET of GetSession reads a session", async () => {
    const { service, sessionId } = await serviceWithSession();
    const message = encodeURIComponent(JSON.stringify({ sessionId }));
    const path = `/passcode.v1.PasscodeService/GetSession?connect=v1&encoding=json&message=${message}`;
    const { text } = await http(service.ports.http, { verb: "GET", path });
    expect(JSON.parse(text)).toMatchObject({ session: { sessionId, status: "STATUS_PENDING" } });
  });

  test.each(["/", "/passcode.v1.PasscodeService", "/passcode.v1.PasscodeService/Nothing", "//", "/%2e%2e/"])(
    "there is nothing at %s",
    async (path) => {
      const { service } = await serviceWithSession();
      const reply = await http(service.ports.http, { verb: "POST", path, body });
      expect(reply.status).toBe(404);
    },
  );
});

test("a gRPC call of a method there is not is unimplemented", async () => {
  const { service } = await serviceWithSession();
  const reply = await grpcBytes(service, "/passcode.v1.PasscodeService/Nothing", Buffer.alloc(0));
  expect(reply.code).toBe("unimplemented");
});

test("the same request is refused in the same words over gRPC and Connect", async () => {
  const { service } = await serviceWithSession();
  const request = { ...phone, purpose: "LOGIN", requestId: "none" };
  const { message: grpcMessage, fields: grpcFields } = await callGrpc(service, "sendPasscode", request);
  const { message, fields } = await callConnect(service, "sendPasscode", request);
  expect({ message, fields }).toEqual({ message: grpcMessage, fields: grpcFields });
});
