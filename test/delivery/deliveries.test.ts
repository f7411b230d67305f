import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Clock } from "../../src/clock.ts";
import { Deliveries, type Job } from "../../src/delivery/deliveries.ts";
import type { DeliveryOutcome, SmsMessage } from "../../src/delivery/provider.ts";
import type { QueueSettings } from "../../src/delivery/provider-queue.ts";
import { createLog } from "../../src/telemetry/log.ts";
import { anybody } from "../support/passcodes.ts";
import { accepted, failing, ScriptedProvider } from "./scripted-provider.ts";

const message: SmsMessage = {
  channel: "sms",
  locale: "en",
  to: "+41791234567",
  text: "123456",
  validForMs: 600_000,
};
const clock: Clock = { nowMs: () => Date.now() };
const logLines: string[] = [];
const log = createLog("debug", { write: (line) => logLines.push(line) });

/** Deliveries to providers that give the answers, each its own; `send` has one more message delivered. */
function deliveriesOf(
  answers: Record<string, DeliveryOutcome | (() => DeliveryOutcome | Promise<DeliveryOutcome>)>,
  queues: Record<string, QueueSettings> = {},
) {
  const providers = new Map(
    Object.entries(answers).map(([name, answer]) => [
      name,
      new ScriptedProvider(typeof answer === "function" ? answer : () => answer),
    ]),
  );
  const deliveries = new Deliveries(providers, { clock, log, queues: new Map(Object.entries(queues)) });
  const attempts: [string, string][] = [];
  const send = (changes: Partial<Job> = {}) =>
    deliveries.send({
      providers: [...providers.keys()],
      message: () => message,
      handover: (provider) => ({ reference: `of-${provider}` }),
      caller: anybody,
      afterNoAnswer: "stop",
      onAttempt: (provider, { kind }) => attempts.push([provider, kind]),
      ...changes,
    });
  const asked = () => [...providers].map(([name, provider]) => [name, provider.messages.length]);
  const handoverTo = (name: string) => providers.get(name)?.handovers[0];
  const handoversTo = (name: string) => providers.get(name)?.handovers;
  return { send, attempts, asked, handoverTo, handoversTo };
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date", "setTimeout", "clearTimeout"], now: Date.UTC(2026, 10, 23) });
  logLines.length = 0;
});
afterEach(() => vi.useRealTimers());

describe("Failover", () => {
  test.each(["destinationRefused", "accountRefused", "overloaded", "unreachable"] as const)(
    "goes on to the next provider when one is %s",
    async (kind) => {
      const { send, attempts } = deliveriesOf({ first: failing(kind), second: accepted, third: accepted });
      expect(await send()).toEqual({ provider: "second", outcome: accepted });
      expect(attempts).toEqual([
        ["first", kind],
        ["second", "accepted"],
      ]);
    },
  );

  test("gives nothing to anybody after one has accepted", async () => {
    const { send, asked } = deliveriesOf({ first: accepted, second: accepted });
    await send();
    expect(asked()).toEqual([
      ["first", 1],
      ["second", 0],
    ]);
  });

  test("does not go on when the message may have been sent", async () => {
    const { send, asked } = deliveriesOf({ first: failing("noAnswer"), second: accepted });
    expect(await send()).toEqual({ provider: "first", outcome: failing("noAnswer") });
    expect(asked()).toEqual([
      ["first", 1],
      ["second", 0],
    ]);
  });

  test("goes on even then where the profile says so", async () => {
    const { send } = deliveriesOf({ first: failing("noAnswer"), second: accepted });
    expect(await send({ afterNoAnswer: "next" })).toEqual({ provider: "second", outcome: accepted });
  });

  test("remembers that a message may have been sent when nobody else takes it", async () => {
    const { send } = deliveriesOf({ first: failing("noAnswer"), second: failing("unreachable") });
    expect(await send({ afterNoAnswer: "next" })).toEqual({
      provider: "first",
      outcome: failing("noAnswer"),
    });
  });

  test("names the first of several that may have sent it", async () => {
    const { send } = deliveriesOf({ first: failing("noAnswer"), second: failing("noAnswer") });
    expect(await send({ afterNoAnswer: "next" })).toMatchObject({ provider: "first" });
  });

  test("answers the last failure when all have failed", async () => {
    const { send } = deliveriesOf({ first: failing("unreachable"), second: failing("destinationRefused") });
    expect(await send()).toEqual({ provider: "second", outcome: failing("destinationRefused") });
  });

  test.each(["destinationRefused", "blocked"] as const)(
    "%s by one, whoever else has failed for a cause of its own, is what is told",
    async (kind) => {
      const { send } = deliveriesOf({ first: failing(kind), second: failing("unreachable") });
      expect(await send()).toEqual({ provider: "first", outcome: failing(kind) });
    },
  );

  test("begins no further attempt once the caller has gone", async () => {
    let gone = false;
    const first = () => {
      gone = true;
      return failing("unreachable");
    };
    const { send, asked } = deliveriesOf({ first, second: accepted });
    expect(await send({ caller: { ...anybody, gone: () => gone, remainingMs: () => 0 } })).toMatchObject({
      provider: "first",
    });
    expect(asked()).toEqual([
      ["first", 1],
      ["second", 0],
    ]);
  });

  test("begins none 25 seconds after the first, so that the send settles before it is taken for lost", async () => {
    const taking = (ms: number) => () => {
      vi.setSystemTime(Date.now() + ms);
      return failing("unreachable");
    };
    const { send, asked } = deliveriesOf({ first: taking(25_000), second: taking(1), third: accepted });
    expect(await send()).toMatchObject({ provider: "second" });
    expect(asked().at(-1)).toEqual(["third", 0]);
  });

  test("has each provider connect within its share of what the caller waits", async () => {
    const { send, handoverTo } = deliveriesOf({ first: failing("unreachable"), second: accepted });
    await send({ caller: { ...anybody, remainingMs: () => 6_000 } });
    expect(handoverTo("first")).toEqual({ reference: "of-first", connectWithinMs: 3_000, withinMs: 60_000 });
    expect(handoverTo("second")).toEqual({
      reference: "of-second",
      connectWithinMs: 6_000,
      withinMs: 60_000,
    });
  });

  test("has a provider try even when the caller's time is up just then", async () => {
    const { send, handoverTo } = deliveriesOf({ first: accepted });
    await send({ caller: { ...anybody, remainingMs: () => -5 } });
    expect(handoverTo("first")).toMatchObject({ connectWithinMs: 1 });
  });

  test("gives a message up in its share of the time only where another provider gets it even so", async () => {
    const { send, handoverTo } = deliveriesOf({ first: failing("noAnswer"), second: accepted });
    await send({ afterNoAnswer: "next", caller: { ...anybody, remainingMs: () => 6_000 } });
    expect(handoverTo("first")).toMatchObject({ withinMs: 3_000 });
    expect(handoverTo("second")).toMatchObject({ withinMs: 60_000 });
  });
});

describe("A queue", () => {
  const narrow: QueueSettings = { concurrency: 1, queueMax: 10 };
  const throttled: DeliveryOutcome = { kind: "overloaded", detail: "429", retryAfterMs: 2_000 };
  const waiting = { ...anybody, remainingMs: () => 20_000 };

  /** A provider that takes a message when it is told to; `queue` has one more wait for it. */
  function slowProvider() {
    const held: ((outcome: DeliveryOutcome) => void)[] = [];
    const answer = () => new Promise<DeliveryOutcome>((resolve) => held.push(resolve));
    return { answer, takeNext: (outcome: DeliveryOutcome = accepted) => held.shift()?.(outcome), held };
  }

  test("that has no turn in the share of the time leaves the message to the next provider, as busy", async () => {
    const first = slowProvider();
    const { send, attempts } = deliveriesOf({ first: first.answer, second: accepted }, { first: narrow });
    const inHand = send({ caller: waiting });
    const sent = send({ caller: waiting });
    await vi.advanceTimersByTimeAsync(9_999);
    expect(attempts).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(await sent).toEqual({ provider: "second", outcome: accepted });
    expect(attempts).toEqual([
      ["first", "busy"],
      ["second", "accepted"],
    ]);
    first.takeNext();
    expect(await inHand).toEqual({ provider: "first", outcome: accepted });
  });

  test("that is busy says less than what another provider said", async () => {
    const full = { concurrency: 1, queueMax: 0 };
    const second = slowProvider();
    const answers = { first: failing("accountRefused"), second: second.answer };
    const { send } = deliveriesOf(answers, { second: full });
    const inHand = send();
    await vi.advanceTimersByTimeAsync(0);
    expect(await send()).toEqual({ provider: "first", outcome: failing("accountRefused") });
    expect(await send({ providers: ["second"] })).toMatchObject({ outcome: { kind: "busy" } });
    second.takeNext();
    await inHand;
  });

  test("that is full for as long as one likes never opens the circuit", async () => {
    const only = slowProvider();
    const { send } = deliveriesOf({ only: only.answer }, { only: { concurrency: 1, queueMax: 0 } });
    const inHand = send();
    for (let sends = 0; sends < 20; sends++)
      expect(await send()).toMatchObject({ outcome: { kind: "busy" } });
    only.takeNext();
    await inHand;
    expect(logLines.join("")).not.toContain("circuit");
  });

  test("gives a provider its whole time from when its turn has come", async () => {
    const only = slowProvider();
    const { send, handoversTo } = deliveriesOf({ only: only.answer }, { only: narrow });
    const inHand = send();
    const next = send();
    await vi.advanceTimersByTimeAsync(15_000);
    only.takeNext();
    await vi.advanceTimersByTimeAsync(0);
    only.takeNext();
    await Promise.all([inHand, next]);
    expect(handoversTo("only")).toMatchObject([{ withinMs: 60_000 }, { withinMs: 60_000 }]);
  });

  test("forgets the message of a caller who leaves it", async () => {
    const only = slowProvider();
    const { send, attempts, asked } = deliveriesOf({ only: only.answer }, { only: narrow });
    const inHand = send();
    const leaving = new AbortController();
    const left = send({ caller: { ...waiting, signal: leaving.signal } });
    await vi.advanceTimersByTimeAsync(0);
    leaving.abort();
    expect(await left).toMatchObject({ outcome: { kind: "canceled" } });
    only.takeNext();
    await inHand;
    expect(asked()).toEqual([["only", 1]]);
    expect(attempts).toEqual([["only", "accepted"]]);
  });

  test("waits once for the time that the only provider asks for", async () => {
    const answers = [throttled, accepted];
    const { send, attempts } = deliveriesOf({ only: () => answers.shift() ?? accepted }, { only: narrow });
    const sent = send({ caller: waiting });
    await vi.advanceTimersByTimeAsync(1_999);
    expect(attempts).toEqual([["only", "overloaded"]]);
    await vi.advanceTimersByTimeAsync(1);
    expect(await sent).toEqual({ provider: "only", outcome: accepted });
  });

  test("waits no second time", async () => {
    const { send, asked } = deliveriesOf({ only: throttled }, { only: narrow });
    const sent = send({ caller: waiting });
    await vi.advanceTimersByTimeAsync(2_000);
    expect(await sent).toEqual({ provider: "only", outcome: throttled });
    expect(asked()).toEqual([["only", 2]]);
  });

  test("does not wait for longer than the caller does", async () => {
    const { send, asked } = deliveriesOf({ only: throttled }, { only: narrow });
    const sent = await send({ caller: { ...anybody, remainingMs: () => 1_999 } });
    expect(sent).toEqual({ provider: "only", outcome: throttled });
    expect(asked()).toEqual([["only", 1]]);
  });

  test("waits only once all others have failed, and for whoever is soonest back", async () => {
    let firstAnswers: DeliveryOutcome = { ...throttled, retryAfterMs: 9_000 };
    let secondAnswers: DeliveryOutcome = throttled;
    const answers = { first: () => firstAnswers, second: () => secondAnswers, third: failing("unreachable") };
    const { send, attempts } = deliveriesOf(answers, { first: narrow, second: narrow });
    const sent = send({ caller: waiting });
    await vi.advanceTimersByTimeAsync(0);
    firstAnswers = accepted;
    secondAnswers = accepted;
    await vi.advanceTimersByTimeAsync(2_000);
    expect(await sent).toEqual({ provider: "second", outcome: accepted });
    expect(attempts.map(([name]) => name)).toEqual(["first", "second", "third", "second"]);
  });

  test("waits for no destination that has trouble of its own", async () => {
    const { send, asked } = deliveriesOf({ only: { ...throttled, ofDestination: true } }, { only: narrow });
    await send({ caller: waiting });
    expect(asked()).toEqual([["only", 1]]);
  });

  test("sends on whoever waits, when the circuit opens and there is another provider", async () => {
    const first = slowProvider();
    const { send } = deliveriesOf({ first: first.answer, second: accepted }, { first: narrow });
    const sent = Array.from({ length: 7 }, () => send({ afterNoAnswer: "next" }));
    for (let failures = 0; failures < 5; failures++) {
      await vi.advanceTimersByTimeAsync(0);
      first.takeNext(failing("unreachable"));
    }
    const providers = (await Promise.all(sent)).map(({ provider }) => provider);
    expect(new Set(providers)).toEqual(new Set(["second"]));
    expect(first.held).toEqual([]);
  });

  test("counts once for the circuit what a provider told every message in hand", async () => {
    const only = slowProvider();
    const { send } = deliveriesOf(
      { only: only.answer, other: accepted },
      { only: { concurrency: 20, queueMax: 0 } },
    );
    const sent = Array.from({ length: 20 }, () => send());
    await vi.advanceTimersByTimeAsync(0);
    while (only.held.length > 0) only.takeNext(throttled);
    await Promise.all(sent);
    expect(logLines.join("")).not.toContain("circuit");
  });
});

describe("A circuit", () => {
  /** Sends to a first provider that fails until `back` is called, and a second that accepts. */
  async function brokenCircuit(kind: "unreachable" | "noAnswer" | "overloaded" = "unreachable") {
    let answer: DeliveryOutcome = failing(kind);
    const parts = deliveriesOf({ first: () => answer, second: accepted });
    for (let sends = 0; sends < 5; sends++) {
      // What has too much is left alone for a moment.
      if (sends > 0) vi.advanceTimersByTime(1_000);
      await parts.send();
    }
    return { ...parts, back: () => (answer = accepted), tried: () => parts.asked()[0]?.[1] };
  }

  test.each(["unreachable", "noAnswer", "overloaded"] as const)(
    "opens after five messages in a row that ended %s: the provider is passed over",
    async (kind) => {
      const { send, tried } = await brokenCircuit(kind);
      expect(tried()).toBe(5);
      expect(await send()).toMatchObject({ provider: "second" });
      expect(tried()).toBe(5);
      expect(logLines.join("")).toContain('"provider":"first","detail":"open","event":"circuit"');
    },
  );

  test.each(["destinationRefused", "accountRefused"] as const)(
    "stays closed for messages that ended %s: they may be of one number, country or language",
    async (kind) => {
      const { send, asked } = deliveriesOf({ first: failing(kind), second: accepted });
      for (let sends = 0; sends < 20; sends++) await send();
      expect(asked()[0]).toEqual(["first", 20]);
    },
  );

  test("stays closed, and the provider in use, for trouble that one destination has", async () => {
    const trouble = { kind: "overloaded", detail: "450", ofDestination: true, retryAfterMs: 60_000 } as const;
    const { send, asked } = deliveriesOf({ first: trouble, second: accepted });
    for (let sends = 0; sends < 20; sends++) await send();
    expect(asked()[0]).toEqual(["first", 20]);
  });

  test("stays closed for failures with successes between them", async () => {
    const outcomes = ["unreachable", "unreachable", "unreachable", "unreachable", "accepted"];
    let sends = 0;
    const first = () => {
      const kind = outcomes[sends++ % outcomes.length];
      return kind === "accepted" ? accepted : failing("unreachable");
    };
    const mixed = deliveriesOf({ first, second: accepted });
    for (let sends = 0; sends < 50; sends++) await mixed.send();
    expect(mixed.asked()[0]).toEqual(["first", 50]);
  });

  test("lets one message probe after 30 seconds, and closes when it is accepted", async () => {
    const { send, tried, back } = await brokenCircuit();
    vi.setSystemTime(Date.now() + 29_999);
    await send();
    expect(tried()).toBe(5);
    back();
    vi.setSystemTime(Date.now() + 1);
    expect(await send()).toMatchObject({ provider: "first" });
    expect(await send()).toMatchObject({ provider: "first" });
    expect(tried()).toBe(7);
  });

  test("opens again for 30 seconds when the probe fails", async () => {
    const { send, tried } = await brokenCircuit();
    vi.setSystemTime(Date.now() + 30_000);
    await send();
    expect(tried()).toBe(6);
    vi.setSystemTime(Date.now() + 29_999);
    await send();
    expect(tried()).toBe(6);
  });

  test("has nobody wait for a probe that is under way", async () => {
    let answerProbe: (outcome: DeliveryOutcome) => void = () => {};
    let failures = 0;
    const first = () =>
      failures++ < 5
        ? failing("unreachable")
        : new Promise<DeliveryOutcome>((resolve) => {
            answerProbe = resolve;
          });
    const { send, asked } = deliveriesOf({ first, second: accepted });
    for (let sends = 0; sends < 5; sends++) await send();
    vi.setSystemTime(Date.now() + 30_000);
    const probe = send();
    expect(await send()).toMatchObject({ provider: "second" });
    answerProbe(accepted);
    expect(await probe).toMatchObject({ provider: "first" });
    expect(asked()[0]).toEqual(["first", 6]);
  });

  test("never leaves a message without a try: if all are passed over, the first is tried", async () => {
    const { send, asked } = deliveriesOf({ only: failing("unreachable") });
    for (let sends = 0; sends < 8; sends++) {
      expect(await send()).toEqual({ provider: "only", outcome: failing("unreachable") });
    }
    expect(asked()).toEqual([["only", 8]]);
  });

  test("leaves a provider alone for as long as it asks for, a minute at most", async () => {
    let answer: DeliveryOutcome = { kind: "overloaded", detail: "429", retryAfterMs: 3_600_000 };
    const { send, asked } = deliveriesOf({ first: () => answer, second: accepted });
    await send();
    answer = accepted;
    vi.advanceTimersByTime(59_999);
    expect(await send()).toMatchObject({ provider: "second" });
    vi.advanceTimersByTime(1);
    expect(await send()).toMatchObject({ provider: "first" });
    expect(asked()[0]).toEqual(["first", 2]);
  });
});
