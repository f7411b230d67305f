import { describe, expect, it } from "vitest";
import { dayMs, minuteMs } from "../../src/ledger/policy.ts";
import { brief, briefs, DestinationLife, refusalOf, startMs, wide } from "./ledgers.ts";

/** One session takes all the guesses there are. */
const oneSession = { ...wide, tries: 100, guessesPerDay: 20, expiryMs: dayMs };
/** Sessions of five tries, with nothing but the budget to stop them. */
const fiveTries = { ...wide, guessesPerDay: 20, cooldownMs: [0] };

describe("A budget of 20 wrong codes a day", () => {
  it("compares twenty and refuses the next, the right code too", () => {
    const life = new DestinationLife(oneSession);
    const session = life.open();
    expect(briefs(life.wrongTimes(session, 20))).toEqual(Array(20).fill("pending"));
    expect(brief(life.wrong(session))).toBe("refused guessBudget");
    expect(brief(life.right(session))).toBe("refused guessBudget");
    expect(life.view(session).attempts).toBe(20);
  });

  it("approves the right code after nineteen", () => {
    const life = new DestinationLife(oneSession);
    const session = life.open();
    life.wrongTimes(session, 19);
    expect(brief(life.right(session))).toBe("approved");
  });

  it("has room again the instant the oldest is a day old, for one", () => {
    const life = new DestinationLife({ ...oneSession, expiryMs: 2 * dayMs });
    const session = life.open();
    life.wrong(session);
    life.advance(1);
    life.wrongTimes(session, 19);
    life.nowMs = startMs + dayMs - 1;
    expect(brief(life.wrong(session))).toBe("refused guessBudget");
    life.nowMs = startMs + dayMs;
    expect(briefs(life.wrongTimes(session, 2))).toEqual(["pending", "refused guessBudget"]);
  });

  it("is shared by a hundred sessions of five tries", () => {
    const life = new DestinationLife(fiveTries);
    const opened = Array.from({ length: 4 }, () => life.wrongTimes(life.open(), 5)).flat();
    expect(briefs(opened).filter((word) => word === "reject exhausted")).toHaveLength(4);
    expect(briefs(Array.from({ length: 96 }, () => life.send()))).toEqual(
      Array(96).fill("refused guessBudget"),
    );
    expect(life.record?.strange.failures).toHaveLength(20);
  });

  it("is shared by channels and purposes", () => {
    const life = new DestinationLife({ ...oneSession, guessesPerDay: 6 });
    life.wrongTimes(life.open(), 3);
    const payment = life.open({ channel: "voice", binding: life.keys.bindingOf("payment", {}) });
    expect(briefs(life.wrongTimes(payment, 4)).slice(2)).toEqual(["pending", "refused guessBudget"]);
  });

  it("refuses new sends and resends when it is spent, and says until when", () => {
    const life = new DestinationLife(oneSession);
    const session = life.open();
    life.wrongTimes(session, 20);
    life.advance(minuteMs);
    const refusal = {
      rule: "guessBudget",
      scope: "destination",
      limit: 20,
      windowMs: dayMs,
      atMs: startMs + minuteMs,
      retryAtMs: startMs + dayMs,
    };
    expect(refusalOf(life.send())).toEqual(refusal);
    expect(refusalOf(life.resend(session))).toEqual(refusal);
    expect(refusalOf(life.wrong(session))).toEqual(refusal);
  });

  it("takes a send the instant there is room, not before", () => {
    const life = new DestinationLife({ ...oneSession, expiryMs: minuteMs });
    life.wrongTimes(life.open(), 20);
    life.nowMs = startMs + dayMs - 1;
    expect(brief(life.send())).toBe("refused guessBudget");
    life.nowMs = startMs + dayMs;
    expect(brief(life.send())).toBe("send");
  });

  it("loses nothing to a refused send", () => {
    const life = new DestinationLife(oneSession);
    life.wrongTimes(life.open(), 20);
    const before = life.record;
    life.advance(1);
    life.send();
    expect(life.record).toBe(before);
  });

  it("loses to a refused code only the call", () => {
    const life = new DestinationLife({ ...oneSession, verifiesPerMinute: 21 });
    const session = life.open();
    life.wrongTimes(session, 20);
    const before = life.record;
    life.wrong(session);
    expect(life.record).toEqual({
      ...before,
      sessions: [{ ...before?.sessions[0], verifies: Array(21).fill(startMs) }],
    });
    expect(brief(life.wrong(session))).toBe("refused verifyLimit");
  });

  it.each(["right", "malformed", "late"])("is not charged for a %s code", (which) => {
    const life = new DestinationLife(oneSession);
    const session = life.open();
    const acts: Record<string, () => unknown> = {
      right: () => life.right(session),
      malformed: () => life.verify(session, "12345"),
      late: () => {
        life.advance(dayMs);
        life.wrong(session);
      },
    };
    acts[which]?.();
    expect(life.record?.strange.failures).toEqual([]);
  });

  it("is charged for a code that is right for another purpose", () => {
    const life = new DestinationLife({ ...oneSession, guessesPerDay: 1 });
    const session = life.open();
    life.right(session, { binding: life.keys.bindingOf("payment", {}) });
    expect(brief(life.right(session))).toBe("refused guessBudget");
  });
});

describe("An approval", () => {
  it("takes the wrong codes of its own session out of the budget: the owner's typos lock nobody out", () => {
    const life = new DestinationLife({ ...wide, guessesPerDay: 20 });
    for (let login = 0; login < 30; login++) {
      const session = life.open();
      expect(briefs(life.wrongTimes(session, 4))).toEqual(Array(4).fill("pending"));
      expect(brief(life.right(session))).toBe("approved");
    }
    expect(life.record?.strange.failures).toEqual([]);
  });

  it("takes no other's out, made at the same instant or not", () => {
    const life = new DestinationLife({ ...wide, tries: 10, guessesPerDay: 6 });
    const stranger = life.open();
    const owner = life.open();
    life.wrong(owner);
    life.wrongTimes(stranger, 2);
    life.advance(minuteMs);
    life.wrong(stranger);
    life.wrong(owner);
    life.right(owner);
    expect(life.record?.strange.failures).toEqual([startMs, startMs, startMs + minuteMs]);
    expect(briefs(life.wrongTimes(stranger, 4))).toEqual([
      ...Array(3).fill("pending"),
      "refused guessBudget",
    ]);
  });

  it("ends no cooldown that another session has brought about", () => {
    const life = new DestinationLife();
    const owner = life.open();
    life.wrongTimes(life.open(), 5);
    expect(brief(life.right(owner))).toBe("approved");
    expect(brief(life.send())).toBe("refused cooldown");
    expect(life.record?.strange.failures).toHaveLength(5);
  });
});

describe("A live session in which nothing was compared", () => {
  it("keeps one try of the budget, and its right code is approved", () => {
    const life = new DestinationLife(oneSession);
    const owner = life.open();
    const stranger = life.open();
    expect(briefs(life.wrongTimes(stranger, 20)).slice(18)).toEqual(["pending", "refused guessBudget"]);
    expect(brief(life.right(owner))).toBe("approved");
  });

  it("keeps one try, not two", () => {
    const life = new DestinationLife(oneSession);
    const owner = life.open();
    life.wrongTimes(life.open(), 19);
    expect(brief(life.wrong(owner))).toBe("pending");
    expect(brief(life.right(owner))).toBe("refused guessBudget");
    expect(life.record?.strange.failures).toHaveLength(20);
  });

  it("keeps its try from each of the other such sessions", () => {
    const life = new DestinationLife({ ...oneSession, guessesPerDay: 5 });
    const owners = [life.open(), life.open(), life.open()] as const;
    const stranger = life.open();
    expect(briefs(life.wrongTimes(stranger, 3))).toEqual(["pending", "pending", "refused guessBudget"]);
    expect(brief(life.wrong(owners[0]))).toBe("pending");
    expect(brief(life.wrong(owners[1]))).toBe("pending");
    expect(brief(life.right(owners[2]))).toBe("approved");
  });

  it("keeps its try from the opening of another", () => {
    const life = new DestinationLife({ ...oneSession, guessesPerDay: 2 });
    const owners = [life.open(), life.open()] as const;
    expect(brief(life.send())).toBe("refused guessBudget");
    expect(brief(life.wrong(owners[0]))).toBe("pending");
    expect(brief(life.right(owners[1]))).toBe("approved");
  });

  it("keeps its try from a code compared under a wider policy", () => {
    const life = new DestinationLife(oneSession, { strict: { guessesPerDay: 5 } });
    const owner = life.open({ policy: "strict" });
    life.wrongTimes(life.open(), 19);
    expect(brief(life.right(owner))).toBe("approved");
  });

  it("can be sent again in", () => {
    const life = new DestinationLife(oneSession);
    const owner = life.open();
    const stranger = life.open();
    life.wrongTimes(stranger, 19);
    expect(brief(life.resend(owner))).toBe("send");
    expect(brief(life.resend(stranger))).toBe("refused guessBudget");
  });

  it.each(["cancels", "approves"])("frees its try when it ends: %s", (how) => {
    const life = new DestinationLife({ ...oneSession, guessesPerDay: 2 });
    const first = life.open();
    life.open();
    const acts: Record<string, () => unknown> = {
      cancels: () => life.cancel(first),
      approves: () => life.right(first),
    };
    acts[how]?.();
    expect(brief(life.send())).toBe("send");
  });

  it("frees its try the instant it expires, which is when to come back", () => {
    const life = new DestinationLife({ ...oneSession, guessesPerDay: 2, expiryMs: 10 * minuteMs });
    life.open();
    life.advance(minuteMs);
    life.open();
    expect(refusalOf(life.send()).retryAtMs).toBe(startMs + 10 * minuteMs);
    life.nowMs = startMs + 10 * minuteMs - 1;
    expect(brief(life.send())).toBe("refused guessBudget");
    life.nowMs = startMs + 10 * minuteMs;
    expect(brief(life.send())).toBe("send");
  });

  it("lets others come back when it expires, sooner than the wrong codes are a day old", () => {
    const life = new DestinationLife({ ...oneSession, guessesPerDay: 6, expiryMs: 10 * minuteMs });
    life.wrongTimes(life.open(), 5);
    life.advance(minuteMs);
    life.open();
    expect(refusalOf(life.send()).retryAtMs).toBe(startMs + 11 * minuteMs);
  });

  it("lets others come back when it is the first to expire, though it opened last", () => {
    const policy = { ...oneSession, guessesPerDay: 2, expiryMs: 10 * minuteMs };
    const life = new DestinationLife(policy, { strict: { expiryMs: minuteMs } });
    life.open();
    life.open({ policy: "strict" });
    expect(refusalOf(life.send()).retryAtMs).toBe(startMs + minuteMs);
  });

  it("does not hold up the return when more must be freed than it keeps", () => {
    const life = new DestinationLife(
      { ...oneSession, expiryMs: 10 * minuteMs },
      { strict: { guessesPerDay: 5 } },
    );
    life.wrongTimes(life.open(), 5);
    life.advance(1);
    life.open();
    expect(refusalOf(life.send({ policy: "strict" })).retryAtMs).toBe(startMs + dayMs);
  });
});
