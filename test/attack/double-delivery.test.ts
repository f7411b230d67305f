import { expect, test } from "vitest";
import type { DeliveryOutcome, Handover, Message, Provider, Report } from "../../src/delivery/provider.ts";
import { getSession } from "../../src/passcode/get-session.ts";
import { sendPasscode } from "../../src/passcode/send-passcode.ts";
import { takeReport } from "../../src/passcode/take-report.ts";
import { anybody, passcodesWith, sendRequestWith } from "../support/passcodes.ts";

const runs = 1_000;

/** Chance that is the same for the same seed (mulberry32). */
function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** A message that has really left for the user. */
interface Sent {
  readonly provider: string;
  readonly reference: string;
  readonly channel: string;
  readonly code: string;
}

/** A vendor that fails by chance, in every way there is; of its unanswered messages half have been sent. */
class ChancyVendor implements Provider {
  readonly channels = ["sms", "voice"] as const;
  readonly #name: string;
  readonly #chance: (below: number) => number;
  readonly #sent: Sent[];

  constructor(name: string, chance: (below: number) => number, sent: Sent[]) {
    this.#name = name;
    this.#chance = chance;
    this.#sent = sent;
  }

  async send(message: Message, { reference }: Handover): Promise<DeliveryOutcome> {
    const detail = "by chance";
    switch (this.#chance(8)) {
      case 0:
      case 1:
        this.#leave(message, reference);
        return { kind: "accepted" };
      case 2:
        this.#leave(message, reference);
        return { kind: "noAnswer", detail };
      case 3:
        return { kind: "noAnswer", detail };
      case 4:
        return { kind: "overloaded", detail };
      case 5:
        return { kind: "unreachable", detail };
      case 6:
        return { kind: "destinationRefused", detail };
      default:
        return { kind: "accountRefused", detail };
    }
  }

  #leave(message: Message, reference: string): void {
    const code =
      message.channel === "voice"
        ? message.speech.parts.flatMap((part) => (part.kind === "code" ? [part.characters] : []))[0]
        : /\d{6}/.exec(message.channel === "sms" ? message.text : "")?.[0];
    this.#sent.push({ provider: this.#name, reference, channel: message.channel, code: code ?? "" });
  }

  async close(): Promise<void> {}
}

/** One user's code: sent, perhaps asked for again, reported on by chance. */
async function live(seed: number) {
  const chance = seeded(seed);
  const sent: Sent[] = [];
  const vendor = (name: string) => new ChancyVendor(name, chance, sent);
  const names = ["sms-a", "sms-b", "sms-c", "voice-a", "voice-b"];
  const step = (name: string) => ({ providers: [{ name, weight: 1 }] });
  const passcodes = await passcodesWith(Object.fromEntries(names.map((name) => [name, vendor(name)])), {
    profile: {
      channels: new Map([
        ["sms", [step("sms-a"), step("sms-b"), step("sms-c")]],
        ["voice", [step("voice-a"), step("voice-b")]],
      ]),
      fallback: { channels: ["sms", "voice"] },
    },
  });
  const request = sendRequestWith();
  let sessionId = "";
  let deliveriesOf: { channel: string; state: string }[] = [];
  let answers = 0;
  const sends = 1 + chance(3);
  for (let made = 0; made < sends; made++) {
    const answer = await sendPasscode(passcodes, { ...request, sessionId }, anybody);
    if (answer.kind === "sent" || answer.kind === "deliveryFailed") sessionId = answer.sessionId ?? "";
    if (answer.kind === "refused") break;
    if (answer.kind === "sent" || (answer.kind === "deliveryFailed" && answer.counts)) answers += 1;
    for (const { provider, reference } of [...sent]) {
      if (chance(2) === 0) continue;
      const report: Report =
        chance(2) === 0 ? { reference, state: "delivered" } : { reference, state: "failed" };
      await takeReport(passcodes, provider, report);
    }
    await passcodes.fallbacks.close();
  }
  const read = await getSession(passcodes, { profile: "default", sessionId });
  if (read.kind === "session") deliveriesOf = [...read.view.session.deliveries];
  await passcodes.store.close();
  return {
    sent,
    deliveries: deliveriesOf,
    answers,
    sendsLeft: read.kind === "session" ? read.view.sendsRemaining : -1,
  };
}

test(`in ${runs} runs of random faults no send reaches the user twice, and no user gets two codes`, async () => {
  let messages = 0;
  let failovers = 0;
  let fallbacks = 0;
  for (let seed = 1; seed <= runs; seed++) {
    const { sent, deliveries, answers, sendsLeft } = await live(seed);
    const context = `seed ${seed}: ${JSON.stringify({ sent, deliveries })}`;
    expect(new Set(sent.map(({ code }) => code)).size, context).toBeLessThanOrEqual(1);
    expect(sent.length, context).toBeLessThanOrEqual(deliveries.length);
    for (const channel of ["sms", "voice"]) {
      const counted = deliveries.filter((delivery) => delivery.channel === channel).length;
      const reached = sent.filter((message) => message.channel === channel).length;
      expect(reached, context).toBeLessThanOrEqual(counted);
    }
    // Each counted send takes one of the five that a minute has, and is one of the session's.
    if (sendsLeft >= 0) expect(sendsLeft, context).toBe(5 - deliveries.length);
    messages += sent.length;
    failovers += sent.filter(({ provider }) => !provider.endsWith("-a")).length;
    fallbacks += deliveries.length - answers;
  }
  // The runs have been through what they are about.
  expect(messages).toBeGreaterThan(runs / 2);
  expect(failovers).toBeGreaterThan(runs / 10);
  expect(fallbacks).toBeGreaterThan(runs / 10);
});
