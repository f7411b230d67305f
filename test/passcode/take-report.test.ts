import { describe, expect, test } from "vitest";
import type { Clock } from "../../src/clock.ts";
import { standingOf } from "../../src/ledger/delivery-standing.ts";
import { getSession } from "../../src/passcode/get-session.ts";
import type { Profile } from "../../src/passcode/profile.ts";
import { sendPasscode } from "../../src/passcode/send-passcode.ts";
import { takeReport } from "../../src/passcode/take-report.ts";
import { accepted, ScriptedProvider } from "../delivery/scripted-provider.ts";
import { anybody, passcodesWith, sendRequestWith } from "../support/passcodes.ts";

/** A service that has made one call by a provider that cannot ask for a key press. */
async function calling({ profile = {}, clock }: { profile?: Partial<Profile>; clock?: Clock } = {}) {
  const provider = new ScriptedProvider(() => accepted);
  const passcodes = await passcodesWith(
    { sms: provider, voice: provider },
    { profile, publicUrl: "https://otp.example", ...(clock !== undefined && { clock }) },
  );
  const answer = await sendPasscode(passcodes, sendRequestWith({ channel: "voice" }), anybody);
  if (answer.kind !== "sent") throw new Error(`not sent: ${answer.kind}`);
  const { sessionId } = answer;
  const report = { reference: provider.handovers[0]?.reference ?? "", state: "delivered" } as const;
  const state = async () => {
    const read = await getSession(passcodes, { profile: "default", sessionId });
    const delivery = read.kind === "session" ? read.view.session.deliveries[0] : undefined;
    return delivery && standingOf(delivery).state;
  };
  const lastLine = () => JSON.parse(passcodes.logLines.at(-1) ?? "{}");
  return { passcodes, report, sessionId, state, lastLine };
}

describe("A report that a call was answered", () => {
  test("tells that the code was heard, where it was said at once", async () => {
    const { passcodes, report, state } = await calling();
    await takeReport(passcodes, "voice", report);
    expect(await state()).toBe("delivered");
  });

  test("is what there is to go by, where a gateway of the company's own asks for the key press", async () => {
    const { passcodes, report, state } = await calling({ profile: { keyPress: true } });
    await takeReport(passcodes, "voice", report);
    expect(await state()).toBe("delivered");
  });
});

describe("A report", () => {
  test("is recorded and logged in the profile that sent the message, among several", async () => {
    const { passcodes, report, sessionId, state, lastLine } = await calling();
    const [[, profile]] = [...passcodes.profiles] as [[string, Profile]];
    const others = ["before", "after"].map((name): [string, Profile] => [name, { ...profile, name }]);
    const profiles = new Map([...others.slice(0, 1), ["default", profile] as const, ...others.slice(1)]);
    await takeReport({ ...passcodes, profiles }, "voice", report);
    expect(await state()).toBe("delivered");
    expect(lastLine()).toMatchObject({ event: "report", profile: "default", sessionId, reason: "recorded" });
  });

  test("on a profile that is gone changes nothing", async () => {
    const { passcodes, report, state, lastLine } = await calling();
    await takeReport({ ...passcodes, profiles: new Map() }, "voice", report);
    expect(await state()).toBe("accepted");
    expect(lastLine()).toMatchObject({ level: "warn", detail: "about no message of this service" });
  });

  test("that comes long after the code has died is left out, and told so", async () => {
    let nowMs = Date.UTC(2026, 10, 23, 12);
    const { passcodes, report, state, lastLine } = await calling({ clock: { nowMs: () => nowMs } });
    nowMs += 70 * 60_000 + 1;
    await takeReport(passcodes, "voice", report);
    expect(lastLine()).toMatchObject({ event: "report", reason: "late" });
    expect(await state()).toBe("accepted");
  });
});

test("A message says how long its own code still lives, also when it is sent again or stands in", async () => {
  let nowMs = Date.UTC(2026, 10, 23, 12);
  const provider = new ScriptedProvider(() => accepted);
  const passcodes = await passcodesWith(
    { sms: provider, voice: provider },
    { clock: { nowMs: () => nowMs }, profile: { fallback: { channels: ["sms", "voice"] } } },
  );
  const request = sendRequestWith();
  const opened = await sendPasscode(passcodes, request, anybody);
  nowMs += 4 * 60_000;
  const sessionId = opened.kind === "sent" ? opened.sessionId : "";
  await sendPasscode(passcodes, { ...request, sessionId }, anybody);
  nowMs += 60_000;
  const reference = provider.handovers[1]?.reference ?? "";
  await takeReport(passcodes, "sms", { reference, state: "failed" });
  await passcodes.fallbacks.close();
  const minutes = provider.messages.map((message) => "validForMs" in message && message.validForMs / 60_000);
  expect(minutes).toEqual([10, 6, 5]);
});
