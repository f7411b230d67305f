import { describe, expect, it } from "vitest";
import { brief, DestinationLife, startMs, told } from "./ledgers.ts";

describe("A resend of the same code", () => {
  it("leaves the code as it was, whatever the channel and the keys of the day", () => {
    const life = new DestinationLife();
    const session = life.open();
    const code = life.codeOf(session);
    life.resend(session);
    life.resend(session, { channel: "voice", keyId: 9 });
    expect(life.codeOf(session)).toBe(code);
    expect(brief(life.verify(session, code))).toBe("approved");
  });
});

describe("A resend of a fresh code", () => {
  it("kills the old code, and the new one approves", () => {
    const life = new DestinationLife({ resend: "fresh" });
    const session = life.open();
    const old = life.codeOf(session);
    life.resend(session);
    expect(life.codeOf(session)).not.toBe(old);
    expect(brief(life.verify(session, old))).toBe("pending");
    expect(brief(life.right(session))).toBe("approved");
  });

  it("keeps the session's key, with which its id is sealed", () => {
    const life = new DestinationLife({ resend: "fresh" });
    const session = life.open();
    life.resend(session, { keyId: 9 });
    expect(life.session(session).keyId).toBe(1);
  });

  it("leaves the code as it was when it is refused", () => {
    const life = new DestinationLife({ resend: "fresh", sendsPerMinute: 1 });
    const session = life.open();
    const code = life.codeOf(session);
    expect(brief(life.resend(session))).toBe("refused sendLimit");
    expect(life.codeOf(session)).toBe(code);
  });
});

describe("A resend", () => {
  it("is one more delivery of the session, on its own channel", () => {
    const life = new DestinationLife();
    const session = life.open();
    life.advance(1_000);
    const outcome = life.resend(session, { channel: "voice", provider: "calls" });
    expect(outcome).toMatchObject({ kind: "send", delivery: 1, view: { channel: "voice" } });
    expect(life.session(session).deliveries).toEqual([
      { number: 0, atMs: startMs, channel: "sms", provider: "outbox", state: "sending" },
      { number: 1, atMs: startMs + 1_000, channel: "voice", provider: "calls", state: "sending" },
    ]);
  });

  it("opens no session and leaves the others alone", () => {
    const life = new DestinationLife({ resend: "fresh" });
    const [session, other] = [life.open(), life.open()];
    const before = life.session(other);
    life.resend(session);
    expect(life.record?.sessions).toHaveLength(2);
    expect(life.session(other)).toBe(before);
  });

  it("in a session that never was finds none, and changes nothing", () => {
    const life = new DestinationLife();
    life.open();
    const before = life.record;
    expect(brief(life.resend("AAAAAAAAAAAAAAAAAAAAAA"))).toBe("sessionNotFound");
    expect(life.record).toBe(before);
  });

  it("is refused to a session that was exhausted", () => {
    const life = new DestinationLife();
    const session = life.open();
    life.wrongTimes(session, 5);
    expect(brief(life.resend(session))).toBe("sessionEnded exhausted");
  });

  it("tells the tries and the time that are left, no more", () => {
    const life = new DestinationLife();
    const session = life.open();
    life.wrong(session);
    const { expiresMs, attempts, attemptsRemaining } = told(life.resend(session));
    expect({ expiresMs, attempts, attemptsRemaining }).toEqual({
      expiresMs: startMs + 600_000,
      attempts: 1,
      attemptsRemaining: 4,
    });
  });
});
