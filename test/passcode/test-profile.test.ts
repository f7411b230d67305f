import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { DeliveryFailure, DeliveryState, Status } from "../../gen/passcode/v1/session_pb.ts";
import { defaultPolicy } from "../../src/ledger/policy.ts";
import { sendPasscode } from "../../src/passcode/send-passcode.ts";
import { verifyPasscode } from "../../src/passcode/verify-passcode.ts";
import { accepted, ScriptedProvider } from "../delivery/scripted-provider.ts";
import { failureOf } from "../support/failure.ts";
import { anybody, passcodesWith, sendRequestWith } from "../support/passcodes.ts";
import { profileWith, routeBy, startService, type TestService, wrongCode } from "../support/service.ts";

let service: TestService;

beforeAll(async () => {
  const base = { ...defaultPolicy, sendsPerMinute: 100, sendsPerHour: 100, sendsPerDay: 100 };
  service = await startService({
    providers: new Map([["trial", { kind: "test" }]]),
    ...profileWith({
      isTest: true,
      policies: { base, named: new Map() },
      channels: new Map([
        ["sms", routeBy("trial")],
        ["voice", routeBy("trial")],
        ["email", routeBy("trial")],
      ]),
    }),
  });
});
afterAll(() => service.stop());

function phone(digits: string) {
  return { destination: { case: "phoneNumber", value: `+120255501${digits}` } } as const;
}

function email(name: string) {
  return { destination: { case: "email", value: `${name}@example.com` } } as const;
}

async function deliveryOf(sessionId: string) {
  const { session } = await service.clients.grpc.getSession({ sessionId });
  return session?.deliveries[0];
}

describe("In a test profile", () => {
  test.each([
    ["00", "delivered"],
    ["01", "always-right"],
    ["02", "always-wrong"],
  ])("messages to …01%s and %s@example.com are reported as delivered", async (digits, name) => {
    for (const destination of [phone(digits), email(name)]) {
      const { sessionId } = await service.clients.grpc.sendPasscode(destination);
      await vi.waitFor(async () => {
        expect((await deliveryOf(sessionId))?.state).toBe(DeliveryState.DELIVERED);
      });
    }
  });

  test.each([
    ["10", "no-such-destination", DeliveryFailure.DESTINATION_REFUSED],
    ["11", "blocked", DeliveryFailure.BLOCKED],
    ["12", "undelivered", DeliveryFailure.UNDELIVERED],
  ])(
    "messages to …01%s and %s@example.com are accepted and reported as failed",
    async (digits, name, failure) => {
      for (const destination of [phone(digits), email(name)]) {
        const { sessionId } = await service.clients.connect.sendPasscode(destination);
        await vi.waitFor(async () => {
          expect(await deliveryOf(sessionId)).toMatchObject({ state: DeliveryState.FAILED, failure });
        });
      }
    },
  );

  test.each([
    ["04", "destination-refused", "DESTINATION_REFUSED"],
    ["05", "account-refused", "ACCOUNT_REFUSED"],
    ["06", "overloaded", "OVERLOADED"],
    ["07", "unreachable", "UNREACHABLE"],
    ["08", "no-answer", "NO_ANSWER"],
  ])("a delivery to …01%s and %s@example.com fails", async (digits, name, failure) => {
    for (const destination of [phone(digits), email(name)]) {
      const failed = await failureOf(service.clients.grpc.sendPasscode(destination));
      expect(failed).toMatchObject({ reason: "DELIVERY_FAILED", metadata: { provider: "trial", failure } });
    }
  });

  test("nothing is ever reported of …0109 and never-reported@example.com", async () => {
    for (const destination of [phone("09"), email("never-reported")]) {
      const { sessionId } = await service.clients.grpc.sendPasscode(destination);
      expect((await deliveryOf(sessionId))?.state).toBe(DeliveryState.ACCEPTED);
    }
  });

  test("…0103 takes longer than a caller with little patience waits", async () => {
    const impatient = service.clients.grpc.sendPasscode(phone("03"), { timeoutMs: 200 });
    expect(await failureOf(impatient)).toMatchObject({ code: "deadline_exceeded" });
  });

  test("every code is right at …0101, once", async () => {
    const { sessionId } = await service.clients.grpc.sendPasscode(phone("01"));
    const answer = await service.clients.grpc.verifyPasscode({ sessionId, code: "000000" });
    expect(answer).toMatchObject({ status: Status.APPROVED, attemptCount: 1 });
    const again = service.clients.grpc.verifyPasscode({ sessionId, code: "000000" });
    expect(await failureOf(again)).toMatchObject({ reason: "SESSION_APPROVED" });
  });

  test("not even …0101 approves another purpose or a malformed code", async () => {
    const { sessionId } = await service.clients.grpc.sendPasscode({ ...phone("01"), purpose: "login" });
    const other = await service.clients.grpc.verifyPasscode({
      sessionId,
      code: "000000",
      purpose: "transfer",
    });
    expect(other.status).toBe(Status.PENDING);
    const malformed = service.clients.grpc.verifyPasscode({ sessionId, code: "0000", purpose: "login" });
    expect(await failureOf(malformed)).toMatchObject({ reason: "CODE_MALFORMED" });
  });

  test("every code is wrong at …0102, and counts", async () => {
    const { sessionId } = await service.clients.grpc.sendPasscode(phone("02"));
    for (const attemptCount of [1, 2, 3, 4]) {
      const answer = await service.clients.grpc.verifyPasscode({ sessionId, code: "123456" });
      expect(answer).toMatchObject({ status: Status.PENDING, attemptCount });
    }
    const last = await service.clients.grpc.verifyPasscode({ sessionId, code: "123456" });
    expect(last).toMatchObject({ status: Status.REJECT, attemptCount: 5 });
  });

  test("a message to anybody else is refused, as nobody would get it", async () => {
    const failed = await failureOf(
      service.clients.grpc.sendPasscode({ destination: { case: "phoneNumber", value: "+41791234567" } }),
    );
    expect(failed).toMatchObject({ reason: "DELIVERY_FAILED", metadata: { failure: "DESTINATION_REFUSED" } });
  });
});

test("In any other profile a test number is a number like any other", async () => {
  const real = await startService();
  const { sessionId } = await real.clients.grpc.sendPasscode(phone("01"));
  const [message] = real.messages;
  const code = /\d{6}/.exec(message?.text ?? "")?.[0] ?? "";
  const wrong = code === "000000" ? "000001" : "000000";
  const answer = await real.clients.grpc.verifyPasscode({ sessionId, code: wrong });
  expect(answer).toMatchObject({ status: Status.PENDING, attemptCount: 1 });
  expect(await real.clients.grpc.verifyPasscode({ sessionId, code })).toMatchObject({
    status: Status.APPROVED,
  });
  await real.stop();
});

describe("What every code is said to be", () => {
  const always = { destination: { kind: "phone", address: "+12025550101" } } as const;

  /** The answer to a wrong code for …0101, opened and compared in one profile that is for tests or not at the time. */
  async function wrongCodeAt({ opened, compared }: { opened: boolean; compared: boolean }) {
    const provider = new ScriptedProvider(() => accepted);
    const passcodes = await passcodesWith(
      { sms: provider, voice: provider },
      { profile: { isTest: opened } },
    );
    const answer = await sendPasscode(passcodes, sendRequestWith(always), anybody);
    if (answer.kind !== "sent") throw new Error(`not sent: ${answer.kind}`);
    const [message] = provider.messages;
    const code = /\d{6}/.exec(message?.channel === "sms" ? message.text : "")?.[0] ?? "";
    const [profile] = passcodes.profiles.values();
    const profiles = new Map(profile && [["default", { ...profile, isTest: compared }]]);
    return await verifyPasscode(
      { ...passcodes, profiles },
      {
        profile: "default",
        sessionId: answer.sessionId,
        code: wrongCode(code),
        purpose: "login",
        transaction: {},
        requestId: "",
      },
    );
  }

  test("ends with the profile's being for tests, also in sessions that are open", async () => {
    const approved = await wrongCodeAt({ opened: true, compared: true });
    expect(approved).toMatchObject({ kind: "compared", view: { status: "approved" } });
    const answer = await wrongCodeAt({ opened: true, compared: false });
    expect(answer).toMatchObject({ kind: "compared", view: { status: "pending", attempts: 1 } });
  });

  test("does not begin in sessions that were opened before the profile was for tests", async () => {
    const answer = await wrongCodeAt({ opened: false, compared: true });
    expect(answer).toMatchObject({ kind: "compared", view: { status: "pending", attempts: 1 } });
  });
});
