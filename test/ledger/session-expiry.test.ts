import { describe, expect, it } from "vitest";
import { dayMs, hourMs, minuteMs } from "../../src/ledger/policy.ts";
import { brief, DestinationLife, startMs, told } from "./ledgers.ts";

describe("A session's code", () => {
  const expiresMs = startMs + 10 * minuteMs;

  it("is approved one millisecond before the session expires", () => {
    const life = new DestinationLife();
    const session = life.open();
    life.nowMs = expiresMs - 1;
    expect(brief(life.right(session))).toBe("approved");
  });

  it.each([
    ["at the instant", 0],
    ["one millisecond after", 1],
  ])("is dead %s the session expires", (_, afterMs) => {
    const life = new DestinationLife();
    const session = life.open();
    life.nowMs = expiresMs + afterMs;
    expect(brief(life.right(session))).toBe("ended expired");
    expect(life.view(session)).toMatchObject({ attempts: 0, endedMs: expiresMs, attemptsRemaining: 0 });
  });

  it("dies at the same instant however often it is sent again and on whatever channel", () => {
    const life = new DestinationLife();
    const session = life.open();
    life.advance(5 * minuteMs);
    expect(told(life.resend(session)).expiresMs).toBe(expiresMs);
    life.advance(minuteMs);
    expect(told(life.resend(session, { channel: "voice" })).expiresMs).toBe(expiresMs);
    life.nowMs = expiresMs - 1;
    expect(told(life.resend(session)).expiresMs).toBe(expiresMs);
    life.nowMs = expiresMs;
    expect(brief(life.right(session))).toBe("ended expired");
  });

  it("dies at the same instant when a resend replaces it", () => {
    const life = new DestinationLife({ resend: "fresh" });
    const session = life.open();
    life.nowMs = expiresMs - 1;
    expect(told(life.resend(session)).expiresMs).toBe(expiresMs);
    life.nowMs = expiresMs;
    expect(brief(life.right(session))).toBe("ended expired");
  });

  it("lives as long as its policy says", () => {
    const life = new DestinationLife({}, { strict: { expiryMs: 30_000 } });
    const session = life.open({ policy: "strict" });
    life.nowMs = startMs + 29_999;
    expect(brief(life.wrong(session))).toBe("pending");
    life.nowMs = startMs + 30_000;
    expect(brief(life.right(session))).toBe("ended expired");
  });

  it("keeps the expiry it was opened with when the configuration changes", () => {
    const life = new DestinationLife();
    const session = life.open();
    const after = new DestinationLife({ expiryMs: minuteMs });
    after.record = life.record;
    after.nowMs = expiresMs - 1;
    expect(brief(after.right(session))).toBe("approved");
  });
});

describe("An expired session", () => {
  it("takes no resend", () => {
    const life = new DestinationLife();
    const session = life.open();
    life.nowMs = startMs + 10 * minuteMs - 1;
    expect(brief(life.resend(session))).toBe("send");
    life.nowMs = startMs + 10 * minuteMs;
    expect(brief(life.resend(session))).toBe("sessionEnded expired");
  });

  it("cools nothing down", () => {
    const life = new DestinationLife();
    const session = life.open();
    life.wrongTimes(session, 4);
    life.nowMs = startMs + 10 * minuteMs;
    expect(brief(life.wrong(session))).toBe("ended expired");
    expect(brief(life.send())).toBe("send");
  });

  it("is readable until its retention is over, and then was never there", () => {
    const life = new DestinationLife();
    const session = life.open();
    life.nowMs = startMs + 10 * minuteMs + dayMs - 1;
    expect(brief(life.read(session))).toBe("reject expired");
    expect(brief(life.right(session))).toBe("ended expired");
    life.nowMs = startMs + 10 * minuteMs + dayMs;
    expect(brief(life.read(session))).toBe("sessionNotFound");
    expect(brief(life.right(session))).toBe("sessionNotFound");
    expect(brief(life.resend(session))).toBe("sessionNotFound");
    expect(brief(life.cancel(session))).toBe("sessionNotFound");
  });

  it("is forgotten when its retention is over, whatever became of its destination since", () => {
    const life = new DestinationLife();
    const session = life.open();
    life.advance(hourMs);
    const later = life.open();
    life.nowMs = startMs + 10 * minuteMs + dayMs;
    expect(brief(life.read(session))).toBe("sessionNotFound");
    expect(brief(life.read(later))).toBe("reject expired");
  });
});
