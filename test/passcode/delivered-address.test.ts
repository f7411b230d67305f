import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { DeliveryOutcome } from "../../src/delivery/provider.ts";
import { defaultPolicy, hourMs } from "../../src/ledger/policy.ts";
import { sendPasscode } from "../../src/passcode/send-passcode.ts";
import { takeReport } from "../../src/passcode/take-report.ts";
import { accepted, failing, ScriptedProvider } from "../delivery/scripted-provider.ts";
import { wide } from "../ledger/ledgers.ts";
import { anybody, passcodesWith, sendRequestWith } from "../support/passcodes.ts";

type Edit = (address: string) => string;

const characters = fc.constantFrom(..."abzABZ019.+-_@");
const place = fc.nat(40);

/** One character replaced, put in, left out, or in its other case. */
const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.tuple(place, characters).map(
    ([at, one]): Edit =>
      (text) =>
        text.slice(0, at) + one + text.slice(at + 1),
  ),
  fc.tuple(place, characters).map(
    ([at, one]): Edit =>
      (text) =>
        text.slice(0, at) + one + text.slice(at),
  ),
  place.map(
    (at): Edit =>
      (text) =>
        text.slice(0, at) + text.slice(at + 1),
  ),
  place.map(
    (at): Edit =>
      (text) =>
        text.slice(0, at) + otherCase(text.charAt(at)) + text.slice(at + 1),
  ),
  fc.constant<Edit>((text) =>
    text.startsWith("+549") ? text.replace("+549", "+54") : text.replace("+54", "+549"),
  ),
);

function otherCase(character: string): string {
  return character === character.toUpperCase() ? character.toLowerCase() : character.toUpperCase();
}

const address = fc.oneof(
  fc
    .tuple(
      fc.stringMatching(/^[a-zA-Z]{2,6}[.+]?[a-zA-Z0-9]{1,6}$/),
      fc.constantFrom("corp.example", "gmail.com"),
    )
    .map(([name, domain]) => ({ kind: "email" as const, address: `${name}@${domain}` })),
  fc
    .tuple(fc.constantFrom("+54911", "+5411", "+4179"), fc.integer({ min: 2_000_000, max: 9_999_999 }))
    .map(([prefix, number]) => ({
      kind: "phone" as const,
      address: `${prefix}${prefix === "+4179" ? number : `4${number}`}`,
    })),
);

const outcome = fc.constantFrom<DeliveryOutcome>(accepted, failing("unreachable"), failing("noAnswer"));

describe("A resend, or what another provider or channel sends in place of a message,", () => {
  test("never reaches an address that differs from the opened one by a single character", {
    timeout: 120_000,
  }, async () => {
    const outcomes: DeliveryOutcome[] = [];
    const provider = new ScriptedProvider(() => outcomes.shift() ?? accepted);
    const channels = (["sms", "voice", "email"] as const).map(
      (channel) =>
        [
          channel,
          [
            {
              providers: [
                { name: "sms", weight: 2 },
                { name: "voice", weight: 1 },
              ],
            },
          ],
        ] as const,
    );
    const passcodes = await passcodesWith(
      { sms: provider, voice: provider },
      {
        profile: {
          channels: new Map(channels),
          fallback: { channels: ["sms", "voice"] },
          policies: { base: { ...defaultPolicy, ...wide, expiryMs: hourMs }, named: new Map() },
        },
      },
    );
    const tally = { resends: 0, mismatches: 0, fallbacks: 0 };
    const property = fc.asyncProperty(
      address,
      fc.array(edit, { minLength: 1, maxLength: 4 }),
      fc.array(outcome, { maxLength: 6 }),
      async (destination, edits, planned) => {
        outcomes.splice(0, outcomes.length, ...planned);
        const first = provider.messages.length;
        const opened = await sendPasscode(passcodes, sendRequestWith({ destination }), anybody);
        if (opened.kind !== "sent" && opened.kind !== "deliveryFailed") return;
        const { sessionId } = opened;
        // Nothing has left, and its session is gone with it.
        if (sessionId === undefined) return;
        for (const changed of edits.map((change) => change(destination.address))) {
          const request = sendRequestWith({ destination: { ...destination, address: changed }, sessionId });
          const answer = await sendPasscode(passcodes, request, anybody);
          if (answer.kind === "sent") tally.resends += 1;
          if (answer.kind === "sessionMismatch") tally.mismatches += 1;
          const { reference } = provider.handovers.at(-1) ?? { reference: "" };
          for (const name of ["sms", "voice"])
            await takeReport(passcodes, name, { reference, state: "failed" });
        }
        // What has fallen back goes on by itself.
        await passcodes.fallbacks.close();
        const sent = provider.messages.slice(first);
        if (sent.some(({ channel }) => channel === "voice")) tally.fallbacks += 1;
        expect(new Set(sent.map(({ to }) => to))).toEqual(new Set([sent[0]?.to]));
        expect(sent[0]?.to.toLowerCase()).toBe(destination.address.toLowerCase());
      },
    );
    await fc.assert(property, { seed: 1, numRuns: 600 });
    expect(Math.min(...Object.values(tally))).toBeGreaterThan(20);
  });
});
