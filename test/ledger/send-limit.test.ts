import { describe, expect, it } from "vitest";
import { dayMs, hourMs, minuteMs, type Policy } from "../../src/ledger/policy.ts";
import { brief, briefs, DestinationLife, refusalOf, startMs, told, wide } from "./ledgers.ts";

const sendTimes = (life: DestinationLife, times: number) => Array.from({ length: times }, () => life.send());

describe.each<[name: string, limit: number, spanMs: number, policy: Partial<Policy>]>([
  ["5 in a minute", 5, minuteMs, { ...wide, sendsPerMinute: 5 }],
  ["10 in an hour", 10, hourMs, { ...wide, sendsPerHour: 10 }],
  ["30 in a day", 30, dayMs, { ...wide, sendsPerDay: 30 }],
  ["1 in a minute", 1, minuteMs, { ...wide, sendsPerMinute: 1 }],
])("A destination that takes %s", (_, limit, spanMs, policy) => {
  it("takes that many at one instant and refuses the next", () => {
    const life = new DestinationLife(policy);
    expect(briefs(sendTimes(life, limit + 1))).toEqual([...Array(limit).fill("send"), "refused sendLimit"]);
  });

  it("refuses one millisecond before the span is over and takes the next at its end", () => {
    const life = new DestinationLife(policy);
    sendTimes(life, limit);
    life.nowMs = startMs + spanMs - 1;
    expect(brief(life.send())).toBe("refused sendLimit");
    life.nowMs = startMs + spanMs;
    expect(brief(life.send())).toBe("send");
  });

  it("gets back at each roll only what left the span", () => {
    const life = new DestinationLife(policy);
    life.send();
    life.nowMs = startMs + spanMs - 1;
    sendTimes(life, limit - 1);
    life.nowMs = startMs + spanMs;
    expect(briefs(sendTimes(life, 2))).toEqual(["send", "refused sendLimit"]);
    life.nowMs = startMs + 2 * spanMs - 2;
    expect(brief(life.send())).toBe("refused sendLimit");
    life.nowMs = startMs + 2 * spanMs;
    expect(brief(life.send())).toBe("send");
  });

  it("is told the rule, the scope, the limit, the span, and the instant to come back", () => {
    const life = new DestinationLife(policy);
    sendTimes(life, limit);
    life.nowMs = startMs + 7_000;
    expect(refusalOf(life.send())).toEqual({
      rule: "sendLimit",
      scope: "destination",
      limit,
      windowMs: spanMs,
      atMs: startMs + 7_000,
      retryAtMs: startMs + spanMs,
    });
  });

  it("loses nothing to refused sends", () => {
    const life = new DestinationLife(policy);
    sendTimes(life, limit);
    const before = life.record;
    life.nowMs = startMs + spanMs - 1;
    sendTimes(life, 100);
    expect(life.record).toBe(before);
    life.nowMs = startMs + spanMs;
    expect(briefs(sendTimes(life, limit))).toEqual(Array(limit).fill("send"));
  });
});

describe("The send limit", () => {
  it("counts sessions, resends, channels and purposes together", () => {
    const life = new DestinationLife();
    const first = life.open();
    life.resend(first);
    life.resend(first, { channel: "voice" });
    life.open({ binding: life.keys.bindingOf("payment", { amount: "1" }) });
    life.open({ channel: "voice" });
    expect(brief(life.send())).toBe("refused sendLimit");
    expect(brief(life.resend(first))).toBe("refused sendLimit");
  });

  it("counts the sends of sessions that have ended", () => {
    const life = new DestinationLife();
    life.right(life.open());
    life.cancel(life.open());
    life.right(life.open());
    life.cancel(life.open());
    life.right(life.open());
    expect(brief(life.send())).toBe("refused sendLimit");
  });

  it("counts every send against a stricter policy, whatever policy it was made under", () => {
    const life = new DestinationLife({}, { strict: { sendsPerMinute: 2 } });
    life.open();
    life.open();
    life.open();
    life.nowMs = startMs + 1;
    expect(refusalOf(life.send({ policy: "strict" }))).toMatchObject({
      limit: 2,
      retryAtMs: startMs + minuteMs,
    });
    expect(brief(life.send())).toBe("send");
  });

  it("holds a resend to the policy its session was opened under", () => {
    const life = new DestinationLife({}, { strict: { sendsPerMinute: 2 } });
    const strict = life.open({ policy: "strict" });
    life.open();
    expect(refusalOf(life.resend(strict))).toMatchObject({ limit: 2 });
  });

  it("is by default 5 in a minute, 10 in an hour and 30 in a day", () => {
    const life = new DestinationLife();
    const limits: number[] = [];
    for (const atMs of [0, minuteMs, hourMs, hourMs + minuteMs, 2 * hourMs, 2 * hourMs + minuteMs]) {
      life.nowMs = startMs + atMs;
      sendTimes(life, 5);
      limits.push(refusalOf(life.send()).limit);
    }
    expect(limits).toEqual([5, 10, 5, 10, 5, 30]);
  });

  it("speaks with the limit that refuses longest when several do", () => {
    const life = new DestinationLife();
    sendTimes(life, 5);
    life.advance(minuteMs);
    sendTimes(life, 5);
    expect(refusalOf(life.send())).toMatchObject({
      limit: 10,
      windowMs: hourMs,
      retryAtMs: startMs + hourMs,
    });
  });

  it("lets the cooldown speak when it lasts longer, and is heard when it does not", () => {
    const long = new DestinationLife({ sendsPerMinute: 1 });
    long.wrongTimes(long.open(), 5);
    expect(brief(long.send())).toBe("refused cooldown");
    const short = new DestinationLife({ sendsPerMinute: 1, cooldownMs: [minuteMs - 1] });
    short.wrongTimes(short.open(), 5);
    expect(brief(short.send())).toBe("refused sendLimit");
  });
});

describe("The sends remaining", () => {
  it("fall with each send to zero, when the next send's instant is told", () => {
    const life = new DestinationLife();
    const answers = sendTimes(life, 5).map(told);
    expect(answers.map((answer) => answer.sendsRemaining)).toEqual([4, 3, 2, 1, 0]);
    expect(answers.map((answer) => answer.nextSendMs)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
      startMs + minuteMs,
    ]);
  });

  it("are those of the tightest span", () => {
    const life = new DestinationLife({ sendsPerMinute: 5, sendsPerHour: 7, sendsPerDay: 8 });
    sendTimes(life, 4);
    life.advance(minuteMs);
    const second = life.open();
    expect(life.view(second).sendsRemaining).toBe(2);
    life.advance(hourMs);
    expect(told(life.send()).sendsRemaining).toBe(2);
  });

  it("are none while the destination cools down", () => {
    const life = new DestinationLife();
    const session = life.open();
    life.wrongTimes(session, 5);
    expect(life.view(session)).toMatchObject({ sendsRemaining: 0, nextSendMs: startMs + 10 * minuteMs });
  });

  it("are none, not fewer, when a stricter policy's number has been passed", () => {
    const life = new DestinationLife({}, { strict: { sendsPerMinute: 1 } });
    const strict = life.open({ policy: "strict" });
    sendTimes(life, 3);
    expect(life.view(strict).sendsRemaining).toBe(0);
  });
});
