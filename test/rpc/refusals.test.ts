import { timestampMs } from "@bufbuild/protobuf/wkt";
import { afterEach, describe, expect, test } from "vitest";
import { Channel, DeliveryFailure, DeliveryState, Status } from "../../gen/passcode/v1/session_pb.ts";
import type { Config, ProviderSettings } from "../../src/config/config.ts";
import { defaultPolicy, type Policy } from "../../src/ledger/policy.ts";
import {
  codeIn,
  profileWith,
  routeBy,
  startService,
  type TestService,
  wrongCode,
} from "../support/service.ts";
import { type Reply, type Transport, transports } from "./wire.ts";

const started: TestService[] = [];

afterEach(async () => {
  await Promise.all(started.splice(0).map((service) => service.stop()));
});

const openedMs = Date.UTC(2026, 10, 23, 12);
const secondMs = 1_000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;

/** A service at a clock that only the test moves. */
async function serviceAt(policy: Partial<Policy> = {}, changes: Partial<Config> = {}) {
  const clock = { ms: openedMs, nowMs: () => clock.ms };
  const base = { ...defaultPolicy, ...policy };
  const service = await startService(
    { ...profileWith({ policies: { base, named: new Map() } }), ...changes },
    { clock },
  );
  started.push(service);
  return { service, clock };
}

const phone = { destination: { case: "phoneNumber", value: "+41791234567" } } as const;
const mail = { destination: { case: "email", value: "someone@b.example" } } as const;

async function open(call: Transport, service: TestService) {
  const { response } = await call(service, "sendPasscode", phone);
  const code = codeIn(service.messages.at(-1));
  return { sessionId: response?.sessionId ?? "", code, wrong: wrongCode(code) };
}

/** All that a limit's refusal says, in each of the places that say it. */
function expectRefusal(
  reply: Reply,
  said: {
    reason: string;
    rule: string;
    scope: string;
    limit: number;
    window: string;
    atMs: number;
    retryMs: number;
  },
) {
  const { reason, rule, scope, limit, window } = said;
  const waitMs = said.retryMs - said.atMs;
  expect(reply).toMatchObject({ code: "resource_exhausted", reason, domain: "passcode.v1" });
  expect(reply.metadata).toEqual({
    rule,
    scope,
    limit: String(limit),
    window,
    remaining: "0",
    retry_time: new Date(said.retryMs).toISOString(),
  });
  expect(reply.retryDelayMs).toBe(waitMs);
  expect(reply.retryAfter).toBe(String(Math.ceil(waitMs / 1000)));
  expect(reply.quota).toEqual({ subject: scope, metric: `passcode.v1/${rule}`, value: limit });
  expect(reply.message).toContain(`try again in ${Math.ceil(waitMs / 1000)} s`);
}

describe.each(transports)("over %s", (_, call) => {
  test("a destination that cools down says until when, and takes a send from then on", async () => {
    const { service, clock } = await serviceAt();
    const { sessionId, wrong } = await open(call, service);
    clock.ms += 10 * secondMs;
    for (const step of [1, 2, 3, 4, 5]) {
      await call(service, "verifyPasscode", { sessionId, code: wrongCode(wrong, step) });
    }
    clock.ms += 90_500;
    const retryMs = openedMs + 10 * secondMs + 10 * minuteMs;
    expectRefusal(await call(service, "sendPasscode", phone), {
      reason: "COOLDOWN",
      rule: "cooldown",
      scope: "destination",
      limit: 0,
      window: "600s",
      atMs: clock.ms,
      retryMs,
    });

    clock.ms = retryMs - 1;
    expect(await call(service, "sendPasscode", phone)).toMatchObject({
      code: "resource_exhausted",
      retryAfter: "1",
      retryDelayMs: 1,
    });
    clock.ms = retryMs;
    expect((await call(service, "sendPasscode", phone)).code).toBe("ok");
  });

  test.each([
    { name: "minute", policy: { sendsPerMinute: 2 }, limit: 2, windowMs: minuteMs },
    { name: "hour", policy: { sendsPerMinute: 2, sendsPerHour: 2 }, limit: 2, windowMs: hourMs },
    { name: "day", policy: { sendsPerHour: 2, sendsPerDay: 2 }, limit: 2, windowMs: 24 * hourMs },
  ])(
    "the send limit of a $name says when there is room, and there is",
    async ({ policy, limit, windowMs }) => {
      const { service, clock } = await serviceAt(policy);
      await call(service, "sendPasscode", phone);
      clock.ms += 7 * secondMs;
      await call(service, "sendPasscode", phone);
      clock.ms += 500;
      expectRefusal(await call(service, "sendPasscode", phone), {
        reason: "SEND_LIMIT",
        rule: "sendLimit",
        scope: "destination",
        limit,
        window: `${windowMs / 1000}s`,
        atMs: clock.ms,
        retryMs: openedMs + windowMs,
      });
      expect(service.messages).toHaveLength(2);

      clock.ms = openedMs + windowMs - 1;
      expect((await call(service, "sendPasscode", phone)).code).toBe("resource_exhausted");
      clock.ms = openedMs + windowMs;
      expect((await call(service, "sendPasscode", phone)).code).toBe("ok");
    },
  );

  test("a send tells when the next one may be made, as its refusal then does", async () => {
    const { service, clock } = await serviceAt({ sendsPerMinute: 1 });
    const { response } = await call(service, "sendPasscode", phone);
    const refused = await call(service, "sendPasscode", phone);
    expect(response?.sendsRemaining).toBe(0);
    expect(response?.nextSendTime && timestampMs(response.nextSendTime)).toBe(openedMs + minuteMs);
    expect(refused.metadata["retry_time"]).toBe(new Date(openedMs + minuteMs).toISOString());
    expect(clock.ms).toBe(openedMs);
  });

  test("the verify limit says when there is room, and there is", async () => {
    const { service, clock } = await serviceAt({ verifiesPerMinute: 2 });
    const { sessionId, code, wrong } = await open(call, service);
    await call(service, "verifyPasscode", { sessionId, code: wrong });
    clock.ms += 7 * secondMs;
    await call(service, "verifyPasscode", { sessionId, code: wrong });
    clock.ms += 500;
    expectRefusal(await call(service, "verifyPasscode", { sessionId, code }), {
      reason: "VERIFY_LIMIT",
      rule: "verifyLimit",
      scope: "session",
      limit: 2,
      window: "60s",
      atMs: clock.ms,
      retryMs: openedMs + minuteMs,
    });

    clock.ms = openedMs + minuteMs - 1;
    expect((await call(service, "verifyPasscode", { sessionId, code })).code).toBe("resource_exhausted");
    clock.ms = openedMs + minuteMs;
    const { response } = await call(service, "verifyPasscode", { sessionId, code });
    expect(response).toMatchObject({ status: Status.APPROVED, attemptCount: 3 });
  });

  test("the verify limit holds after the session's end", async () => {
    const { service, clock } = await serviceAt({ verifiesPerMinute: 2 });
    const { sessionId, code, wrong } = await open(call, service);
    await call(service, "verifyPasscode", { sessionId, code });
    const again = await call(service, "verifyPasscode", { sessionId, code: wrong });
    expect(again).toMatchObject({ code: "failed_precondition", reason: "SESSION_APPROVED" });
    expectRefusal(await call(service, "verifyPasscode", { sessionId, code }), {
      reason: "VERIFY_LIMIT",
      rule: "verifyLimit",
      scope: "session",
      limit: 2,
      window: "60s",
      atMs: clock.ms,
      retryMs: openedMs + minuteMs,
    });
  });

  test("a spent guess budget says when it has room, and it has", async () => {
    const { service, clock } = await serviceAt({ guessesPerDay: 2, tries: 2, cooldownMs: [0] });
    const { sessionId, wrong } = await open(call, service);
    await call(service, "verifyPasscode", { sessionId, code: wrong });
    clock.ms += 7 * secondMs;
    await call(service, "verifyPasscode", { sessionId, code: wrong });
    clock.ms += 2 * hourMs + 1;
    expectRefusal(await call(service, "sendPasscode", phone), {
      reason: "GUESS_BUDGET",
      rule: "guessBudget",
      scope: "destination",
      limit: 2,
      window: "86400s",
      atMs: clock.ms,
      retryMs: openedMs + 24 * hourMs,
    });

    clock.ms = openedMs + 24 * hourMs - 1;
    expect((await call(service, "sendPasscode", phone)).code).toBe("resource_exhausted");
    clock.ms = openedMs + 24 * hourMs;
    expect((await call(service, "sendPasscode", phone)).code).toBe("ok");
  });

  test.each<[string, string]>([
    ["that never was", "A".repeat(44)],
    ["of a key there is not", "_".repeat(44)],
    ["of another length", "abc"],
  ])("a session %s is not found, whatever is asked of it", async (_, sessionId) => {
    const { service } = await serviceAt();
    const replies = [
      await call(service, "sendPasscode", { ...phone, sessionId }),
      await call(service, "verifyPasscode", { sessionId, code: "123456" }),
      await call(service, "getSession", { sessionId }),
      await call(service, "cancelSession", { sessionId }),
    ];
    const notFound = { code: "not_found", reason: "SESSION_NOT_FOUND", metadata: {} };
    expect(replies).toMatchObject([notFound, notFound, notFound, notFound]);
    expect(service.messages).toHaveLength(0);
  });

  test("a session is not found once its retention is over", async () => {
    const { service, clock } = await serviceAt({ retentionMs: minuteMs });
    const { sessionId } = await open(call, service);
    clock.ms = openedMs + 11 * minuteMs - 1;
    expect((await call(service, "getSession", { sessionId })).code).toBe("ok");
    clock.ms += 1;
    expect((await call(service, "getSession", { sessionId })).code).toBe("not_found");
  });

  test("a resend to another destination does not find the session", async () => {
    const { service } = await serviceAt();
    const { sessionId } = await open(call, service);
    const reply = await call(service, "sendPasscode", { ...mail, sessionId });
    expect(reply).toMatchObject({ code: "not_found", reason: "SESSION_NOT_FOUND" });
    expect(service.messages).toHaveLength(1);
  });

  test("an approved session takes no code, no send and no cancellation", async () => {
    const { service } = await serviceAt();
    const { sessionId, code } = await open(call, service);
    await call(service, "verifyPasscode", { sessionId, code });
    const replies = [
      await call(service, "verifyPasscode", { sessionId, code }),
      await call(service, "sendPasscode", { ...phone, sessionId }),
      await call(service, "cancelSession", { sessionId }),
    ];
    const approved = { code: "failed_precondition", reason: "SESSION_APPROVED", metadata: {} };
    expect(replies).toMatchObject([approved, approved, approved]);
    expect(service.messages).toHaveLength(1);
  });

  test("a canceled session takes no resend, and says why", async () => {
    const { service } = await serviceAt();
    const { sessionId } = await open(call, service);
    await call(service, "cancelSession", { sessionId });
    expect(await call(service, "sendPasscode", { ...phone, sessionId })).toMatchObject({
      code: "failed_precondition",
      reason: "SESSION_ENDED",
      metadata: { status_reason: "CANCELED" },
    });
  });

  test("an expired session takes no resend, and says why", async () => {
    const { service, clock } = await serviceAt();
    const { sessionId } = await open(call, service);
    clock.ms += 10 * minuteMs;
    expect(await call(service, "sendPasscode", { ...phone, sessionId })).toMatchObject({
      code: "failed_precondition",
      reason: "SESSION_ENDED",
      metadata: { status_reason: "EXPIRED" },
    });
  });

  test("an exhausted session takes no resend, and says why", async () => {
    const { service } = await serviceAt({ tries: 1 });
    const { sessionId, wrong } = await open(call, service);
    await call(service, "verifyPasscode", { sessionId, code: wrong });
    expect(await call(service, "sendPasscode", { ...phone, sessionId })).toMatchObject({
      code: "failed_precondition",
      reason: "SESSION_ENDED",
      metadata: { status_reason: "ATTEMPTS_EXHAUSTED" },
    });
  });

  test.each([
    ["email", "ann@corp.example", { case: "email", value: "ann+lee@corp.example" }],
    ["phone_number", "+5491123456789", { case: "phoneNumber", value: "+541123456789" }],
  ] as const)("a resend to a twin of the opened %s names the field", async (field, value, twin) => {
    const { service } = await serviceAt();
    const channel = twin.case === "email" ? Channel.EMAIL : Channel.VOICE;
    const opening = { destination: { case: twin.case, value } as const, channel };
    const { sessionId } = await service.clients.grpc.sendPasscode(opening);
    expect(await call(service, "sendPasscode", { ...opening, destination: twin, sessionId })).toMatchObject({
      code: "invalid_argument",
      reason: "SESSION_MISMATCH",
      fields: [field],
    });
    expect(service.messages).toHaveLength(1);
  });

  test.each([
    ["purpose", { purpose: "login" }],
    ["transaction", { transaction: { amount: "1" } }],
  ])("a resend with another %s is refused", async (_, change) => {
    const { service } = await serviceAt();
    const { sessionId } = await open(call, service);
    expect(await call(service, "sendPasscode", { ...phone, sessionId, ...change })).toMatchObject({
      code: "invalid_argument",
      reason: "SESSION_MISMATCH",
      fields: ["transaction"],
    });
    expect(service.messages).toHaveLength(1);
  });

  test("a request id with other content is refused", async () => {
    const { service } = await serviceAt();
    const requestId = "6f9619ff-8b86-4011-b42d-00c04fc964ff";
    await call(service, "sendPasscode", { ...phone, requestId });
    expect(await call(service, "sendPasscode", { ...mail, requestId })).toMatchObject({
      code: "invalid_argument",
      reason: "REQUEST_ID_REUSED",
      fields: ["request_id"],
    });
    expect(service.messages).toHaveLength(1);
  });

  test("a request repeated while it is under way is told to come back, and then gets its answer", async () => {
    const handed = Promise.withResolvers<void>();
    const accept = Promise.withResolvers<void>();
    const service = await startService(
      {},
      {
        beforeAccepted: () => {
          handed.resolve();
          return accept.promise;
        },
      },
    );
    started.push(service);
    const request = { ...phone, requestId: "6f9619ff-8b86-4011-b42d-00c04fc964ff" };
    const first = call(service, "sendPasscode", request);
    await handed.promise;
    expect(await call(service, "sendPasscode", request)).toMatchObject({
      code: "aborted",
      reason: "REQUEST_IN_PROGRESS",
      retryDelayMs: 1_000,
      retryAfter: "1",
      everything: expect.stringContaining('"grpc-retry-pushback-ms":"1000"'),
    });

    accept.resolve();
    const { response } = await first;
    const { response: again } = await call(service, "sendPasscode", request);
    expect(again).toEqual(response);
    expect(service.messages).toHaveLength(1);
  });

  /** Nobody has this number in a test profile, so it is refused: `DESTINATION_REFUSED`. */
  const refused = { destination: { case: "phoneNumber", value: "+41791234567" } } as const;
  const refusing = {
    providers: new Map<string, ProviderSettings>([["trial", { kind: "test" }]]),
    ...profileWith({ isTest: true, channels: new Map([["sms", routeBy("trial")]]) }),
  };

  test("a delivery that fails and counts is told with its session, which takes a resend", async () => {
    const { service } = await serviceAt({}, refusing);
    const failed = await call(service, "sendPasscode", refused);
    const { session_id: sessionId = "" } = failed.metadata;
    expect(failed).toMatchObject({
      code: "unavailable",
      reason: "DELIVERY_FAILED",
      metadata: { provider: "trial", failure: "DESTINATION_REFUSED" },
    });
    expect(failed.message).toContain("it counts as a send, and the session takes another send");
    // A retry policy of gRPC's would have it count five times.
    expect(failed.everything).toContain('"grpc-retry-pushback-ms":"-1"');

    const { response } = await call(service, "getSession", { sessionId });
    const failure = DeliveryFailure.DESTINATION_REFUSED;
    const delivery = { state: DeliveryState.FAILED, failure, provider: "trial" };
    expect(response?.session).toMatchObject({ status: Status.PENDING, deliveries: [delivery] });

    const again = await call(service, "sendPasscode", { ...refused, sessionId });
    expect(again.metadata["session_id"]).toBe(sessionId);
    const { response: after } = await call(service, "getSession", { sessionId });
    expect(after?.session?.deliveries).toHaveLength(2);
  });

  test("a delivery that counts, repeated by its request id, fails alike and is not tried again", async () => {
    const { service } = await serviceAt({}, refusing);
    const request = { ...refused, requestId: "6f9619ff-8b86-4011-b42d-00c04fc964ff" };
    const first = await call(service, "sendPasscode", request);
    const again = await call(service, "sendPasscode", request);
    expect(again.metadata).toEqual(first.metadata);
    const sessionId = first.metadata["session_id"] ?? "";
    const { response } = await call(service, "getSession", { sessionId });
    expect(response?.session?.deliveries).toHaveLength(1);
  });

  test("a delivery that has not left, repeated by its request id, is tried again and again", async () => {
    const { service } = await serviceAt(
      {},
      {
        providers: new Map([["mail", mailServerAt(1)]]),
        ...profileWith({ channels: new Map([["email", routeBy("mail")]]) }),
      },
    );
    const request = { ...mail, requestId: "6f9619ff-8b86-4011-b42d-00c04fc964ff" };
    for (let times = 1; times <= 7; times++) {
      const failed = await call(service, "sendPasscode", request);
      expect(failed).toMatchObject({ code: "unavailable", reason: "DELIVERY_FAILED" });
      expect(failed.metadata).toEqual({ provider: "mail", failure: "UNREACHABLE" });
    }
    const attempts = service.logLines.filter((line) => line.includes('"delivery":"unreachable"'));
    expect(attempts).toHaveLength(7);
  });

  test("a channel the profile does not offer is refused", async () => {
    const { service } = await serviceAt(
      {},
      profileWith({ channels: new Map([["email", routeBy("outbox")]]) }),
    );
    expect(await call(service, "sendPasscode", phone)).toMatchObject({
      code: "invalid_argument",
      reason: "CHANNEL_NOT_OFFERED",
      fields: ["channel"],
    });
  });

  test("a store that cannot count lets no message out, and says so once in the log", async () => {
    // Room for what instances agree on, and then for whatever comes first.
    const store = { kind: "memory", bytesMax: 500, timeoutMs: 2_000 } as const;
    const { service } = await serviceAt({}, { store });
    const { sessionId, code } = await open(call, service);
    expect(await call(service, "sendPasscode", mail)).toMatchObject({
      code: "unavailable",
      reason: "STORE_UNAVAILABLE",
      message:
        "the limits cannot be counted now: no message was sent, and no decision is known; repeat with the same request_id",
    });
    expect(service.messages).toHaveLength(1);
    expect(service.logLines.filter((line) => line.includes('"level":"error"'))).toHaveLength(1);

    const { response } = await call(service, "verifyPasscode", { sessionId, code });
    expect(response?.status).toBe(Status.APPROVED);
  });
});

/** A mail server on a port where nobody listens. */
function mailServerAt(port: number) {
  return {
    kind: "smtp",
    host: "127.0.0.1",
    port,
    security: "none",
    from: "codes@acme.example",
    timeoutMs: 2_000,
    connectionsMax: 1,
  } as const;
}
