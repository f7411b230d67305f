import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Origin } from "../../src/ledger/ledger.ts";
import { dayMs, defaultPolicy, hourMs, minuteMs, type Policy } from "../../src/ledger/policy.ts";
import { anyEvent, anyEventWithSteps, type Event, History, mostInAnySpan, type Sight } from "./history.ts";

interface Setting {
  readonly name: string;
  readonly base: Policy;
  readonly strict: Partial<Policy>;
  readonly runs: number;
}

const settings: Setting[] = [
  {
    name: "the default limits",
    base: defaultPolicy,
    strict: { tries: 2, guessesPerDay: 8, sendsPerMinute: 2, verifiesPerMinute: 3 },
    runs: 80,
  },
  {
    name: "tight limits, steps and fresh codes",
    base: {
      ...defaultPolicy,
      codeLength: 4,
      expiryMs: 10 * minuteMs,
      retentionMs: minuteMs,
      tries: 3,
      cooldownMs: [minuteMs, 10 * minuteMs],
      sendsPerMinute: 3,
      sendsPerHour: 5,
      sendsPerDay: 9,
      verifiesPerMinute: 3,
      guessesPerDay: 5,
      resend: "fresh",
    },
    strict: { expiryMs: minuteMs, guessesPerDay: 3, tries: 1, codeLength: 6, sendsPerHour: 3 },
    runs: 180,
  },
  {
    name: "sends that are free, where only codes are limited",
    base: {
      ...defaultPolicy,
      expiryMs: hourMs,
      sendsPerMinute: 60,
      sendsPerHour: 100,
      sendsPerDay: 100,
      guessesPerDay: 6,
      cooldownMs: [0],
      codeAlphabet: "letters",
    },
    strict: { guessesPerDay: 5, cooldownMs: [minuteMs] },
    runs: 80,
  },
];

const events = fc.array(anyEvent, { minLength: 20, maxLength: 80, size: "max" });
const eventsWithSteps = fc.array(anyEventWithSteps, { minLength: 20, maxLength: 80, size: "max" });

function lived(setting: Setting, happened: readonly Event[]): History {
  const history = new History(setting.base, setting.strict);
  history.run(happened);
  return history;
}

const instants = (sights: readonly Sight[]) => sights.map(({ atMs }) => atMs);
/** R17: what strangers do counts for strangers alone. */
const origins = ["strange", "known"] as const;
const by = (sights: readonly Sight[], origin: Origin) =>
  sights.filter(({ session }) => session.origin === origin);
const of = (sights: readonly Sight[], what: Sight["what"]) => sights.filter((sight) => sight.what === what);

/** R7: whoever sends under a policy sees no more sends than it allows in the spans that end with the send. */
function checkSends(sights: readonly Sight[], { base }: Setting): void {
  const sends = of(sights, "send");
  expect(mostInAnySpan(instants(sends), minuteMs)).toBeLessThanOrEqual(base.sendsPerMinute);
  expect(mostInAnySpan(instants(sends), hourMs)).toBeLessThanOrEqual(base.sendsPerHour);
  expect(mostInAnySpan(instants(sends), dayMs)).toBeLessThanOrEqual(base.sendsPerDay);
  for (const [index, { atMs, session }] of sends.entries()) {
    const upToHere = sends.slice(0, index + 1);
    const within = (spanMs: number) => upToHere.filter((send) => atMs - send.atMs < spanMs).length;
    expect(within(minuteMs)).toBeLessThanOrEqual(session.policy.sendsPerMinute);
    expect(within(hourMs)).toBeLessThanOrEqual(session.policy.sendsPerHour);
    expect(within(dayMs)).toBeLessThanOrEqual(session.policy.sendsPerDay);
  }
}

/** R9: of those that no approval of their own session has forgiven yet. */
function checkGuesses(sights: readonly Sight[], { base }: Setting): void {
  for (const [index, { atMs, what }] of sights.entries()) {
    if (what !== "wrong") continue;
    const before = sights.slice(0, index + 1);
    const approved = new Set(of(before, "right").map(({ session }) => session));
    const counted = of(before, "wrong").filter(
      (one) => !approved.has(one.session) && atMs - one.atMs < dayMs,
    );
    expect(counted.length).toBeLessThanOrEqual(base.guessesPerDay);
  }
}

function checkAll(sights: readonly Sight[], setting: Setting): void {
  checkSessions(sights);
  for (const origin of origins) {
    const own = by(sights, origin);
    checkSends(own, setting);
    checkCooldowns(own);
    checkGuesses(own, setting);
  }
}

/** R6: from an exhausted session on, for as long as its step, nothing is sent. */
function checkCooldowns(sights: readonly Sight[]): void {
  for (const [index, exhausted] of sights.entries()) {
    if (exhausted.what !== "exhausted") continue;
    const recent = of(sights.slice(0, index + 1), "exhausted").filter(
      ({ atMs }) => exhausted.atMs - atMs < dayMs,
    );
    const steps = exhausted.session.policy.cooldownMs;
    const stepMs = steps[Math.min(recent.length, steps.length) - 1] ?? 0;
    const sends = of(sights.slice(index), "send");
    expect(sends.filter(({ atMs }) => atMs < exhausted.atMs + stepMs)).toEqual([]);
  }
}

/** R5, R8, R10: each session on its own. */
function checkSessions(sights: readonly Sight[]): void {
  for (const session of new Set(sights.map((sight) => sight.session))) {
    const own = sights.filter((sight) => sight.session === session);
    const { tries, verifiesPerMinute } = session.policy;
    expect(of(own, "right").length + of(own, "wrong").length).toBeLessThanOrEqual(tries);
    expect(of(own, "right").length).toBeLessThanOrEqual(1);
    expect(mostInAnySpan(instants(of(own, "call")), minuteMs)).toBeLessThanOrEqual(verifiesPerMinute);
  }
}

describe.each(settings)("Whatever happens to a destination with $name", (setting) => {
  const check = (happened: fc.Arbitrary<Event[]>, judge: (history: History) => void) =>
    fc.assert(
      fc.property(happened, (all) => judge(lived(setting, all))),
      { numRuns: setting.runs },
    );

  it("no limit is ever passed, no refusal changes anything, and each names the right instant", () => {
    check(events, ({ sights }) => checkAll(sights, setting));
  });

  it("the same holds when the clock steps back", () => {
    check(eventsWithSteps, ({ sights }) => checkAll(sights, setting));
  });
});

describe("The histories", () => {
  it("meet every outcome there is, so that what holds in them holds of all", () => {
    const words = new Set<string>();
    for (const setting of settings) {
      const property = fc.property(events, (all) => {
        for (const word of lived(setting, all).words) words.add(word);
      });
      fc.assert(property, { seed: 1, numRuns: 60 });
    }
    expect([...words].sort()).toEqual([
      "as if dropped",
      "cancel: alreadyApproved",
      "cancel: reject canceled",
      "cancel: reject exhausted",
      "cancel: reject expired",
      "cancel: sessionNotFound",
      "gone",
      "repeated",
      "send: refused cooldown",
      "send: refused guessBudget",
      "send: refused sendLimit",
      "send: send",
      "send: sessionEnded approved",
      "send: sessionEnded canceled",
      "send: sessionEnded exhausted",
      "send: sessionEnded expired",
      "send: sessionNotFound",
      "taken out",
      "verify: alreadyApproved",
      "verify: approved",
      "verify: ended canceled",
      "verify: ended exhausted",
      "verify: ended expired",
      "verify: malformed",
      "verify: pending",
      "verify: refused guessBudget",
      "verify: refused verifyLimit",
      "verify: reject exhausted",
      "verify: sessionNotFound",
    ]);
  });
});
