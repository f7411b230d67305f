import { timestampMs } from "@bufbuild/protobuf/wkt";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { Channel, DeliveryFailure, DeliveryState } from "../../gen/passcode/v1/session_pb.ts";
import { defaultPolicy } from "../../src/ledger/policy.ts";
import { profileWith, routeBy, startService, type TestService } from "../support/service.ts";
import { type Transport, transports } from "./wire.ts";

const clock = { ms: Date.UTC(2026, 10, 23, 12), nowMs: () => clock.ms };

function phone(value: string) {
  return { destination: { case: "phoneNumber", value } } as const;
}

describe("GetSession tells what became of a send", () => {
  let service: TestService;

  beforeAll(async () => {
    const base = { ...defaultPolicy, sendsPerMinute: 100, sendsPerHour: 100, sendsPerDay: 100 };
    const channels = new Map([["sms", routeBy("trial")]] as const);
    service = await startService(
      {
        providers: new Map([["trial", { kind: "test" }]]),
        ...profileWith({ isTest: true, policies: { base, named: new Map() }, channels }),
      },
      { clock },
    );
  });
  afterAll(() => service.stop());

  /** The only delivery of a new session for the test number with these last digits. */
  async function deliveryTo(digits: string, call: Transport) {
    const sent = await call(service, "sendPasscode", phone(`+120255501${digits}`));
    const sessionId = sent.response?.sessionId ?? sent.metadata["session_id"] ?? "";
    return async () => (await call(service, "getSession", { sessionId })).response?.session?.deliveries[0];
  }

  const { UNSPECIFIED, DESTINATION_REFUSED, NO_ANSWER, BLOCKED, UNDELIVERED } = DeliveryFailure;
  const { ACCEPTED, DELIVERED, FAILED, UNKNOWN } = DeliveryState;
  const rows: [digits: string, state: DeliveryState, failure: DeliveryFailure][] = [
    ["00", DELIVERED, UNSPECIFIED],
    ["04", FAILED, DESTINATION_REFUSED],
    ["08", UNKNOWN, NO_ANSWER],
    ["09", ACCEPTED, UNSPECIFIED],
    ["10", FAILED, DESTINATION_REFUSED],
    ["11", FAILED, BLOCKED],
    ["12", FAILED, UNDELIVERED],
  ];

  describe.each(transports)("over %s", (_, call) => {
    test.each(rows)("to …01%s", async (digits, state, failure) => {
      clock.ms += 1_000;
      const read = await deliveryTo(digits, call);
      const delivery = await vi.waitFor(async () => {
        const delivery = await read();
        expect(delivery).toMatchObject({ channel: Channel.SMS, provider: "trial", state, failure });
        return delivery;
      });
      expect(delivery?.createTime && timestampMs(delivery.createTime)).toBe(clock.ms);
      expect(delivery?.updateTime && timestampMs(delivery.updateTime)).toBe(clock.ms);
    });
  });
});

describe("A message that has not left", () => {
  let service: TestService;
  beforeAll(async () => {
    const channels = new Map([["sms" as const, routeBy("trial")]]);
    service = await startService({
      providers: new Map([["trial", { kind: "test" }]]),
      ...profileWith({ isTest: true, channels }),
    });
  });
  afterAll(() => service.stop());

  describe.each(transports)("over %s", (_, call) => {
    test.each([
      ["05", "ACCOUNT_REFUSED"],
      ["06", "OVERLOADED"],
      ["07", "UNREACHABLE"],
    ])("to …01%s is told as %s, counts for nobody, and opens no session", async (digits, failure) => {
      for (let times = 0; times < 6; times++) {
        const failed = await call(service, "sendPasscode", phone(`+120255501${digits}`));
        expect(failed).toMatchObject({ code: "unavailable", reason: "DELIVERY_FAILED" });
        expect(failed.message).toBe(
          `the message was not sent (${failure}); it does not count as a send, and no session is open`,
        );
        expect(failed.metadata).toEqual({ provider: "trial", failure });
      }
    });
  });
});

describe.each(transports)("SendPasscode over %s refuses", (_, call) => {
  test("an SMS to a fixed line, names the channel that it takes, and counts nothing", async () => {
    const service = await startService();
    const landline = phone("+41442345678");
    for (let times = 0; times < 6; times++) {
      expect(await call(service, "sendPasscode", landline)).toMatchObject({
        code: "invalid_argument",
        reason: "FIXED_LINE",
        fields: ["phone_number"],
        metadata: { kind: "fixedLine", channel: "VOICE" },
      });
    }
    const called = await call(service, "sendPasscode", { ...landline, channel: Channel.VOICE });
    expect(called).toMatchObject({ code: "ok", response: { sendsRemaining: 4 } });
    await service.stop();
  });

  test("variables that were not declared or look like links, by name and without their values", async () => {
    const service = await startService(profileWith({ variables: new Map([["shop", "Acme"]]) }));
    const sent = (variables: Record<string, string>) =>
      call(service, "sendPasscode", { ...phone("+41791234567"), variables });
    const links = ["evil.example", "https://evil", "evil.example/x?y=1"];
    for (const shop of links) {
      const refused = await sent({ shop });
      expect(refused).toMatchObject({
        code: "invalid_argument",
        reason: "INVALID_REQUEST",
        fields: ['variables["shop"]'],
      });
      expect(refused.everything).not.toContain("evil");
    }
    expect(await sent({ shop: "Acme", payee: "Kim" })).toMatchObject({ fields: ['variables["payee"]'] });
    expect(service.logLines.join("")).not.toContain("evil");
    expect(await sent({ shop: "Acme" })).toMatchObject({ code: "ok", response: { sendsRemaining: 4 } });
    await service.stop();
  });
});
