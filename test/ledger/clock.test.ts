import { describe, expect, it } from "vitest";
import { ledgerAt, ledgerExpiresAtMs } from "../../src/ledger/ledger.ts";
import { dayMs, hourMs, minuteMs } from "../../src/ledger/policy.ts";
import { brief, briefs, DestinationLife, refusalOf, startMs, wide } from "./ledgers.ts";

describe("When the clock steps back one hour", () => {
  const stepBack = (life: DestinationLife) => life.advance(-hourMs);

  it("no send is freed, and none is blocked for longer than the step", () => {
    const life = new DestinationLife();
    Array.from({ length: 5 }, () => life.send());
    stepBack(life);
    expect(refusalOf(life.send())).toMatchObject({
      atMs: startMs - hourMs,
      retryAtMs: startMs + minuteMs,
    });
    life.nowMs = startMs + minuteMs - 1;
    expect(brief(life.send())).toBe("refused sendLimit");
    life.nowMs = startMs + minuteMs;
    expect(brief(life.send())).toBe("send");
  });

  it("sends made before and after it count together", () => {
    const life = new DestinationLife();
    life.open();
    stepBack(life);
    expect(briefs(Array.from({ length: 5 }, () => life.send())).slice(3)).toEqual([
      "send",
      "refused sendLimit",
    ]);
    expect(life.record?.strange.sends).toEqual(Array(5).fill(startMs));
  });

  it("no try and no wrong code is freed", () => {
    const life = new DestinationLife({ ...wide, guessesPerDay: 5 });
    const session = life.open();
    life.wrongTimes(session, 4);
    stepBack(life);
    expect(brief(life.wrong(session))).toBe("reject exhausted");
    life.advance(30 * minuteMs);
    expect(refusalOf(life.send())).toMatchObject({ rule: "guessBudget", retryAtMs: startMs + dayMs });
  });

  it("no call on a session is freed", () => {
    const life = new DestinationLife({ tries: 100, guessesPerDay: 100 });
    const session = life.open();
    life.wrongTimes(session, 10);
    stepBack(life);
    expect(refusalOf(life.wrong(session)).retryAtMs).toBe(startMs + minuteMs);
  });

  it("no cooldown is lengthened or cut short", () => {
    const life = new DestinationLife();
    life.wrongTimes(life.open(), 5);
    stepBack(life);
    expect(refusalOf(life.send()).retryAtMs).toBe(startMs + 10 * minuteMs);
    life.nowMs = startMs + 10 * minuteMs;
    expect(brief(life.send())).toBe("send");
  });

  it("a refused verification is told the whole wait, the step included", () => {
    const life = new DestinationLife({ verifiesPerMinute: 1 });
    const session = life.open();
    life.wrong(session);
    stepBack(life);
    const { atMs, retryAtMs } = refusalOf(life.wrong(session));
    expect(retryAtMs - atMs).toBe(hourMs + minuteMs);
  });

  it("a code once dead stays dead", () => {
    const life = new DestinationLife();
    const session = life.open();
    life.advance(10 * minuteMs);
    life.open();
    stepBack(life);
    expect(brief(life.right(session))).toBe("ended expired");
  });

  it("a live code stays right and dies at its instant", () => {
    const life = new DestinationLife();
    const session = life.open();
    stepBack(life);
    expect(life.view(session)).toMatchObject({ status: "pending", attempts: 0 });
    life.nowMs = startMs + 10 * minuteMs;
    expect(brief(life.right(session))).toBe("ended expired");
  });

  it("a ledger that only was looked at from a later hour has not moved", () => {
    const life = new DestinationLife();
    const session = life.open();
    life.advance(hourMs);
    expect(brief(life.read(session))).toBe("reject expired");
    stepBack(life);
    expect(brief(life.right(session))).toBe("approved");
  });
});

describe("A ledger", () => {
  it("does not run backwards", () => {
    const life = new DestinationLife();
    life.open();
    expect(ledgerAt(life.record, startMs - 1).lastMs).toBe(startMs);
    expect(ledgerAt(life.record, startMs + 1).lastMs).toBe(startMs + 1);
  });

  it("forgets sends, wrong codes and exhausted sessions when they are a day old", () => {
    const life = new DestinationLife();
    life.wrongTimes(life.open(), 5);
    const logs = (nowMs: number) => {
      const { sends, failures, exhaustions } = ledgerAt(life.record, nowMs).strange;
      return [sends.length, failures.length, exhaustions.length];
    };
    expect(logs(startMs + dayMs - 1)).toEqual([1, 5, 1]);
    expect(logs(startMs + dayMs)).toEqual([0, 0, 0]);
  });

  it("is asked for until the last session's retention is over", () => {
    const life = new DestinationLife();
    life.open();
    expect(life.record && ledgerExpiresAtMs(life.record)).toBe(startMs + 10 * minuteMs + dayMs);
  });

  it("is asked for until its last send is a day old", () => {
    const life = new DestinationLife({ retentionMs: minuteMs });
    const session = life.open();
    life.advance(minuteMs);
    life.resend(session);
    expect(life.record && ledgerExpiresAtMs(life.record)).toBe(startMs + minuteMs + dayMs);
  });

  it("is asked for until its last wrong code is a day old", () => {
    const life = new DestinationLife({ retentionMs: minuteMs });
    const session = life.open();
    life.advance(minuteMs);
    life.wrong(session);
    expect(life.record && ledgerExpiresAtMs(life.record)).toBe(startMs + minuteMs + dayMs);
  });

  it("is asked for a minute after its last change, whatever it holds", () => {
    const life = new DestinationLife();
    life.open();
    const emptied = { ...ledgerAt(life.record, startMs + 3 * dayMs), cooldownUntilMs: 0 };
    expect(emptied.sessions).toEqual([]);
    expect(ledgerExpiresAtMs(emptied)).toBe(emptied.lastMs + minuteMs);
  });

  it("is asked for until its cooldown is over", () => {
    const life = new DestinationLife({ retentionMs: minuteMs, cooldownMs: [3 * dayMs] });
    life.wrongTimes(life.open(), 5);
    expect(life.record && ledgerExpiresAtMs(life.record)).toBe(startMs + 3 * dayMs);
  });
});
