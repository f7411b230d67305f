import { describe, expect, test, vi } from "vitest";
import type { DeliveryOutcome } from "../../src/delivery/provider.ts";
import { standingOf } from "../../src/ledger/delivery-standing.ts";
import { defaultPolicy } from "../../src/ledger/policy.ts";
import { cancelSession } from "../../src/passcode/cancel-session.ts";
import { getSession } from "../../src/passcode/get-session.ts";
import type { Profile } from "../../src/passcode/profile.ts";
import { sendPasscode } from "../../src/passcode/send-passcode.ts";
import { takeReport } from "../../src/passcode/take-report.ts";
import { verifyPasscode } from "../../src/passcode/verify-passcode.ts";
import { accepted, failing, ScriptedProvider } from "../delivery/scripted-provider.ts";
import { anybody, passcodesWith, sendRequestWith } from "../support/passcodes.ts";
import { routeBy } from "../support/service.ts";

const requestId = "6f9619ff-8b86-4011-b42d-00c04fc964ff";

/** A service whose SMS end as `sms` says, whose calls as `voice` says, and whose profile falls back from one to the other. */
async function service({
  sms = accepted,
  voice = accepted,
  afterMs,
  profile = {},
}: {
  sms?: DeliveryOutcome;
  voice?: DeliveryOutcome;
  afterMs?: number;
  profile?: Partial<Profile>;
}) {
  const providers = { sms: new ScriptedProvider(() => sms), voice: new ScriptedProvider(() => voice) };
  const fallback = { channels: ["sms", "voice"] as const, ...(afterMs !== undefined && { afterMs }) };
  const passcodes = await passcodesWith(providers, { profile: { fallback, ...profile } });
  const send = (changes: Parameters<typeof sendRequestWith>[0] = {}, caller = anybody) =>
    sendPasscode(passcodes, sendRequestWith(changes), caller);
  const open = async (changes: Parameters<typeof sendRequestWith>[0] = {}) => {
    const answer = await send(changes);
    if (answer.kind !== "sent") throw new Error(`not sent: ${answer.kind}`);
    return answer.sessionId;
  };
  const deliveries = async (sessionId: string) => {
    const read = await getSession(passcodes, { profile: "default", sessionId });
    if (read.kind !== "session") throw new Error("no such session");
    return read.view.session.deliveries.map((one) => `${one.channel} ${standingOf(one).state}`);
  };
  const report = (state: "delivered" | "failed", at = 0) =>
    takeReport(passcodes, "sms", { reference: providers.sms.handovers[at]?.reference ?? "", state });
  return { passcodes, providers, send, open, deliveries, report };
}

/** The code as it was handed over. */
function codeOf(provider: ScriptedProvider, at = 0): string | undefined {
  const message = provider.messages[at];
  if (message?.channel === "sms") return /\d{6}/.exec(message.text)?.[0];
  if (message?.channel !== "voice") return undefined;
  return message.speech.parts.find((part) => part.kind === "code")?.characters;
}

describe("When an SMS cannot be sent", () => {
  test.each([
    "destinationRefused",
    "blocked",
    "accountRefused",
    "overloaded",
    "unreachable",
    "busy",
  ] as const)(
    "for it was %s, the call says the same code, and the answer names the channel used",
    async (kind) => {
      const { providers, send, deliveries } = await service({ sms: failing(kind) });
      const answer = await send();
      const counted = kind === "destinationRefused" || kind === "blocked" ? [`sms ${kind}`] : [];
      const sendsRemaining = 4 - counted.length;
      expect(answer).toMatchObject({ kind: "sent", view: { channel: "voice", sendsRemaining } });
      expect(codeOf(providers.voice)).toBe(codeOf(providers.sms));
      if (answer.kind === "sent") {
        expect(await deliveries(answer.sessionId)).toEqual([...counted, "voice accepted"]);
      }
    },
  );

  test("but may have been, nothing else follows", async () => {
    const { providers, send } = await service({ sms: failing("noAnswer") });
    expect(await send()).toMatchObject({ kind: "deliveryFailed", provider: "sms", failure: "noAnswer" });
    expect(providers.voice.messages).toEqual([]);
  });

  test("and neither can a call be made, the failure told is the call's, and no session is open", async () => {
    const { send } = await service({ sms: failing("unreachable"), voice: failing("accountRefused") });
    expect(await send()).toEqual({
      kind: "deliveryFailed",
      provider: "voice",
      failure: "accountRefused",
      counts: false,
    });
  });

  test("as its number was refused, and no call can be made, the failure told is the one that counts, time and again", async () => {
    const { providers, send } = await service({
      sms: failing("destinationRefused"),
      voice: failing("unreachable"),
    });
    const request = sendRequestWith({ requestId });
    const told = await send(request);
    expect(told).toMatchObject({
      kind: "deliveryFailed",
      sessionId: expect.any(String),
      provider: "sms",
      failure: "destinationRefused",
      counts: true,
    });
    expect(await send(request)).toEqual(told);
    expect([providers.sms.messages.length, providers.voice.messages.length]).toEqual([1, 1]);
  });

  test("a repeated request is tried anew if neither message has left", async () => {
    let voice = failing("unreachable");
    const parts = await service({ sms: failing("overloaded") });
    const calls = new ScriptedProvider(() => voice);
    const providers = { sms: parts.providers.sms, voice: calls };
    const fallback = { channels: ["sms", "voice"] as const };
    const passcodes = await passcodesWith(providers, { profile: { fallback } });
    const request = sendRequestWith({ requestId });
    expect(await sendPasscode(passcodes, request, anybody)).toMatchObject({ counts: false });
    voice = accepted;
    expect(await sendPasscode(passcodes, request, anybody)).toMatchObject({
      kind: "sent",
      view: { channel: "voice", sendsRemaining: 4 },
    });
    expect(calls.messages).toHaveLength(2);
  });

  test("a repeated request gets the answer of the call, and sends nothing", async () => {
    const { providers, send } = await service({ sms: failing("unreachable") });
    const request = sendRequestWith({ requestId });
    const told = async () => {
      const answer = await send(request);
      if (answer.kind !== "sent") throw new Error(`not sent: ${answer.kind}`);
      const { session: _, ...view } = answer.view;
      return { ...view, sessionId: answer.sessionId };
    };
    expect(await told()).toEqual(await told());
    expect([providers.sms.messages.length, providers.voice.messages.length]).toEqual([1, 1]);
  });

  test("no call follows what the send limit has no room for", async () => {
    const base = { ...defaultPolicy, sendsPerMinute: 1 };
    const { passcodes, providers, send } = await service({
      sms: failing("destinationRefused"),
      profile: { policies: { base, named: new Map() } },
    });
    expect(await send()).toMatchObject({ kind: "deliveryFailed", provider: "sms" });
    expect(await passcodes.fallbacks.close()).toBe(0);
    expect(providers.voice.messages).toEqual([]);
  });

  test("no call follows once the caller has gone", async () => {
    const { providers, send } = await service({ sms: failing("unreachable") });
    let asked = 0;
    const leaving = { ...anybody, gone: () => asked++ > 0 };
    expect(await send({}, leaving)).toMatchObject({ kind: "deliveryFailed", provider: "sms" });
    expect(providers.voice.messages).toEqual([]);
  });

  test("nothing follows a call, the last channel there is", async () => {
    const { providers, send } = await service({ voice: failing("unreachable") });
    expect(await send({ channel: "voice" })).toMatchObject({ kind: "deliveryFailed", provider: "voice" });
    expect(providers.sms.messages).toEqual([]);
  });
});

describe("When an SMS was accepted", () => {
  test("and is reported as failed, the call says the same code", async () => {
    const { passcodes, providers, open, deliveries, report } = await service({});
    const sessionId = await open();
    await report("failed");
    await passcodes.fallbacks.close();
    expect(await deliveries(sessionId)).toEqual(["sms undelivered", "voice accepted"]);
    expect(codeOf(providers.voice)).toBe(codeOf(providers.sms));
  });

  test("and nothing is heard of it in time, the call says the same code", async () => {
    const { providers, open, deliveries } = await service({ afterMs: 1 });
    const sessionId = await open();
    await vi.waitFor(async () => {
      expect(await deliveries(sessionId)).toEqual(["sms accepted", "voice accepted"]);
    });
    expect(codeOf(providers.voice)).toBe(codeOf(providers.sms));
  });

  test("and its call is made later, a repeated request gets the answer of the SMS", async () => {
    const { passcodes, providers, send, report } = await service({});
    const request = sendRequestWith({ requestId });
    await send(request);
    await report("failed");
    await passcodes.fallbacks.close();
    expect(providers.voice.messages).toHaveLength(1);
    expect(await send(request)).toMatchObject({ kind: "sent", view: { channel: "sms", sendsRemaining: 4 } });
  });

  test("and nobody answered for it, a repeated request gets that answer, whatever was reported since", async () => {
    const { providers, send, report } = await service({ sms: failing("noAnswer") });
    const request = sendRequestWith({ requestId });
    const unanswered = { kind: "deliveryFailed", provider: "sms", failure: "noAnswer" };
    expect(await send(request)).toMatchObject(unanswered);
    await report("delivered");
    expect(await send(request)).toMatchObject(unanswered);
    expect(providers.sms.messages).toHaveLength(1);
  });

  test("and a report comes again and again, one call is made", async () => {
    const { passcodes, providers, open, report } = await service({});
    await open();
    for (let times = 0; times < 5; times++) await report("failed");
    await passcodes.fallbacks.close();
    expect(providers.voice.messages).toHaveLength(1);
  });

  test("and has arrived, no report of failure makes a call", async () => {
    const { passcodes, providers, open, report } = await service({});
    await open();
    await report("delivered");
    await report("failed");
    expect(await passcodes.fallbacks.close()).toBe(0);
    expect(providers.voice.messages).toEqual([]);
  });

  test.each([
    [
      "was approved",
      async ({ passcodes, providers }: Awaited<ReturnType<typeof service>>, sessionId: string) => {
        const code = codeOf(providers.sms) ?? "";
        const request = {
          profile: "default",
          sessionId,
          code,
          purpose: "login",
          transaction: {},
          requestId: "",
        };
        expect(await verifyPasscode(passcodes, request)).toMatchObject({ view: { status: "approved" } });
      },
    ],
    [
      "was canceled",
      async ({ passcodes }: Awaited<ReturnType<typeof service>>, sessionId: string) => {
        await cancelSession(passcodes, { profile: "default", sessionId });
      },
    ],
    [
      "was sent again",
      async ({ send, providers }: Awaited<ReturnType<typeof service>>, sessionId: string) => {
        const address = providers.sms.messages[0]?.to ?? "";
        expect(await send({ sessionId, destination: { kind: "phone", address } })).toMatchObject({
          kind: "sent",
        });
      },
    ],
  ])("and the session %s, a report of failure makes no call", async (_, meanwhile) => {
    const parts = await service({});
    const sessionId = await parts.open();
    await meanwhile(parts, sessionId);
    await parts.report("failed");
    await parts.passcodes.fallbacks.close();
    expect(parts.providers.voice.messages).toEqual([]);
  });
});

type SmsProvider = "first" | "second";

/**
 * What comes of an SMS that the first provider takes without an answer and the second
 * accepts, when `by` reports a failure while the message is with `during`: as a
 * vendor does that waits for our answer to its report, or (`together`) answers meanwhile.
 */
async function reportedDuringFailover(by: SmsProvider, during: SmsProvider, together: boolean) {
  const voice = new ScriptedProvider(() => accepted);
  const report = (reference = "") =>
    takeReport(passcodes, by, { reference, state: "failed", failure: "blocked" });
  const reporting = (name: SmsProvider, outcome: DeliveryOutcome) =>
    new ScriptedProvider(async () => {
      if (name !== during) return outcome;
      const reported = report(sms[by].handovers[0]?.reference);
      if (!together) await reported;
      return outcome;
    });
  const sms: Record<SmsProvider, ScriptedProvider> = {
    first: reporting("first", failing("noAnswer")),
    second: reporting("second", accepted),
  };
  const passcodes = await passcodesWith(
    { ...sms, voice },
    {
      profile: {
        channels: new Map([
          ["sms", [...routeBy("first"), ...routeBy("second")]],
          ["voice", routeBy("voice")],
        ]),
        afterNoAnswer: "next",
        fallback: { channels: ["sms", "voice"] },
      },
    },
  );
  expect(await sendPasscode(passcodes, sendRequestWith(), anybody)).toMatchObject({ kind: "sent" });
  await vi.waitFor(() => expect(passcodes.logLines.join("")).toContain('"reason":"recorded"'));
  await passcodes.fallbacks.close();
  return { calls: voice.messages.length };
}

describe.each([
  ["before the answer", false],
  ["together with the answer", true],
])("A failure reported %s", (_, together) => {
  test("by the provider that accepted the SMS makes a call", async () => {
    expect(await reportedDuringFailover("second", "second", together)).toEqual({ calls: 1 });
  });

  test("by a provider that the SMS was taken from makes none", async () => {
    expect(await reportedDuringFailover("first", "first", together)).toEqual({ calls: 0 });
    expect(await reportedDuringFailover("first", "second", together)).toEqual({ calls: 0 });
  });
});

describe("A phone number", () => {
  const landline = { destination: { kind: "phone" as const, address: "+41442345678" } };

  test("of a fixed line is called where the profile falls back to calls and no channel was asked for", async () => {
    const { providers, send } = await service({});
    expect(await send(landline)).toMatchObject({ kind: "sent", view: { channel: "voice" } });
    expect(providers.sms.messages).toEqual([]);
  });

  test("of a fixed line takes no SMS, and the refusal says what it takes", async () => {
    const { send } = await service({});
    expect(await send({ ...landline, channel: "sms" })).toEqual({
      kind: "invalid",
      invalid: {
        reason: "fixedLine",
        field: "phone_number",
        why: "is a fixed line, which takes no SMS; choose the channel VOICE",
        metadata: { kind: "fixedLine", channel: "VOICE" },
      },
    });
  });

  test("of a fixed line is offered no call where the profile makes none", async () => {
    const { send } = await service({
      profile: {
        channels: new Map([["sms", [{ providers: [{ name: "sms", weight: 1 }] }]]]),
        fallback: undefined as never,
      },
    });
    expect(await send(landline)).toMatchObject({
      invalid: { why: "is a fixed line, which takes no SMS", metadata: { kind: "fixedLine" } },
    });
  });

  test("that no step of the route takes is refused, and nothing is counted", async () => {
    const step = { providers: [{ name: "sms", weight: 1 }], countries: new Set(["DE"]) };
    const { providers, send } = await service({ profile: { channels: new Map([["sms", [step]]]) } });
    const request = sendRequestWith({ channel: "sms" });
    for (let times = 0; times < 6; times++) {
      expect(await send(request)).toMatchObject({
        kind: "invalid",
        invalid: { reason: "channelNotOffered", metadata: { country: "CH" } },
      });
    }
    expect(providers.sms.messages).toEqual([]);
  });
});
