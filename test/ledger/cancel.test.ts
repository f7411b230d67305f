import { describe, expect, it } from "vitest";
import { minuteMs } from "../../src/ledger/policy.ts";
import { brief, DestinationLife, startMs, wide } from "./ledgers.ts";

describe("A canceled session", () => {
  it("is rejected, and its code is dead", () => {
    const life = new DestinationLife();
    const session = life.open();
    life.advance(1_000);
    expect(brief(life.cancel(session))).toBe("reject canceled");
    expect(life.view(session)).toMatchObject({ attemptsRemaining: 0, endedMs: startMs + 1_000 });
    expect(brief(life.right(session))).toBe("ended canceled");
  });

  it("takes no resend", () => {
    const life = new DestinationLife();
    const session = life.open();
    life.cancel(session);
    expect(brief(life.resend(session))).toBe("sessionEnded canceled");
  });

  it("stays canceled when it is canceled again and when its time is over", () => {
    const life = new DestinationLife();
    const session = life.open();
    life.cancel(session);
    const before = life.record;
    life.advance(10 * minuteMs);
    expect(brief(life.cancel(session))).toBe("reject canceled");
    expect(life.record).toBe(before);
  });

  it("gives back no send and no wrong code", () => {
    const life = new DestinationLife({ ...wide, sendsPerMinute: 1, guessesPerDay: 5 });
    const session = life.open();
    life.wrongTimes(session, 4);
    life.cancel(session);
    expect(brief(life.send())).toBe("refused sendLimit");
    expect(life.record?.strange.failures).toHaveLength(4);
    life.advance(minuteMs);
    expect(brief(life.wrong(life.open()))).toBe("pending");
    life.advance(minuteMs);
    expect(brief(life.send())).toBe("refused guessBudget");
  });

  it("starts no cooldown and leaves other sessions alone", () => {
    const life = new DestinationLife();
    const [session, other] = [life.open(), life.open()];
    life.cancel(session);
    expect(brief(life.send())).toBe("send");
    expect(brief(life.right(other))).toBe("approved");
  });
});

describe("A cancel changes nothing of a session that", () => {
  it("was approved", () => {
    const life = new DestinationLife();
    const session = life.open();
    life.right(session);
    const before = life.record;
    expect(brief(life.cancel(session))).toBe("alreadyApproved");
    expect(life.record).toBe(before);
  });

  it("was exhausted", () => {
    const life = new DestinationLife();
    const session = life.open();
    life.wrongTimes(session, 5);
    const before = life.record;
    expect(brief(life.cancel(session))).toBe("reject exhausted");
    expect(life.record).toBe(before);
  });

  it("expired, at the very instant", () => {
    const life = new DestinationLife();
    const session = life.open();
    const before = life.record;
    life.nowMs = startMs + 10 * minuteMs;
    expect(brief(life.cancel(session))).toBe("reject expired");
    expect(life.record).toBe(before);
  });

  it("never was", () => {
    const life = new DestinationLife();
    expect(brief(life.cancel("AAAAAAAAAAAAAAAAAAAAAA"))).toBe("sessionNotFound");
    expect(life.record).toBeUndefined();
  });
});

describe("A read", () => {
  it("changes nothing, whatever it finds", () => {
    const life = new DestinationLife();
    const session = life.open();
    const before = life.record;
    expect(brief(life.read(session))).toBe("pending");
    life.advance(10 * minuteMs);
    expect(brief(life.read(session))).toBe("reject expired");
    expect(brief(life.read("AAAAAAAAAAAAAAAAAAAAAA"))).toBe("sessionNotFound");
    expect(life.record).toBe(before);
  });

  it("tells of a pending session no end", () => {
    const life = new DestinationLife();
    expect(life.view(life.open())).not.toHaveProperty("endedMs");
  });
});
