import { describe, expect, it } from "vitest";
import { dayMs, hourMs, minuteMs } from "../../src/ledger/policy.ts";
import { brief, DestinationLife, refusalOf, startMs, wide } from "./ledgers.ts";

describe("After a session ends by exhausted tries its destination", () => {
  it("takes no send for ten minutes, to the millisecond", () => {
    const life = new DestinationLife();
    life.wrongTimes(life.open(), 5);
    expect(brief(life.send())).toBe("refused cooldown");
    life.nowMs = startMs + 10 * minuteMs - 1;
    expect(brief(life.send())).toBe("refused cooldown");
    life.nowMs = startMs + 10 * minuteMs;
    expect(brief(life.send())).toBe("send");
  });

  it("cools from the instant of the last wrong code, not from the session's opening", () => {
    const life = new DestinationLife();
    const session = life.open();
    life.wrongTimes(session, 4);
    life.nowMs = startMs + 9 * minuteMs;
    life.wrong(session);
    life.nowMs = startMs + 19 * minuteMs - 1;
    expect(brief(life.send())).toBe("refused cooldown");
    life.nowMs = startMs + 19 * minuteMs;
    expect(brief(life.send())).toBe("send");
  });

  it("is told the rule, the scope, the span, and the instant to come back", () => {
    const life = new DestinationLife();
    life.wrongTimes(life.open(), 5);
    life.nowMs = startMs + minuteMs;
    expect(refusalOf(life.send())).toEqual({
      rule: "cooldown",
      scope: "destination",
      limit: 0,
      windowMs: 10 * minuteMs,
      atMs: startMs + minuteMs,
      retryAtMs: startMs + 10 * minuteMs,
    });
  });

  it("loses nothing to refused sends", () => {
    const life = new DestinationLife();
    life.wrongTimes(life.open(), 5);
    const before = life.record;
    life.send();
    life.nowMs = startMs + 9 * minuteMs;
    life.send();
    expect(life.record).toBe(before);
  });

  it("takes no resend in another live session", () => {
    const life = new DestinationLife();
    const other = life.open();
    life.wrongTimes(life.open(), 5);
    expect(brief(life.resend(other))).toBe("refused cooldown");
    expect(brief(life.resend(other, { channel: "voice" }))).toBe("refused cooldown");
  });

  it("still approves the right code of a session that was live", () => {
    const life = new DestinationLife();
    const owner = life.open();
    life.wrongTimes(life.open(), 5);
    expect(brief(life.right(owner))).toBe("approved");
  });

  it("still gives a session that was live all of its own tries", () => {
    const life = new DestinationLife();
    const owner = life.open();
    life.wrongTimes(life.open(), 5);
    life.wrongTimes(owner, 4);
    expect(brief(life.right(owner))).toBe("approved");
  });

  it("cools on whatever policy the next send chooses", () => {
    const life = new DestinationLife({}, { strict: { tries: 3 } });
    life.wrongTimes(life.open(), 5);
    expect(brief(life.send({ policy: "strict" }))).toBe("refused cooldown");
  });
});

describe("A cooldown", () => {
  it.each(["approved", "canceled", "four wrong codes"])("does not start at a session with %s", (how) => {
    const life = new DestinationLife();
    const session = life.open();
    life.wrongTimes(session, 4);
    const acts: Record<string, () => unknown> = {
      approved: () => life.right(session),
      canceled: () => life.cancel(session),
      "four wrong codes": () => life.read(session),
    };
    acts[how]?.();
    expect(brief(life.send())).toBe("send");
  });

  it("of no length is none", () => {
    const life = new DestinationLife({ cooldownMs: [0] });
    life.wrongTimes(life.open(), 5);
    expect(brief(life.send())).toBe("send");
  });

  it("starts at the last try of a session that has fewer", () => {
    const life = new DestinationLife({}, { strict: { tries: 2, cooldownMs: [hourMs] } });
    life.wrongTimes(life.open({ policy: "strict" }), 2);
    expect(refusalOf(life.send())).toMatchObject({ rule: "cooldown", retryAtMs: startMs + hourMs });
  });
});

describe("A cooldown with steps of 1, 5 and 30 minutes", () => {
  const policy = { ...wide, tries: 1, cooldownMs: [minuteMs, 5 * minuteMs, 30 * minuteMs] };
  const exhaust = (life: DestinationLife) => life.wrong(life.open());
  const cooldown = (life: DestinationLife) => refusalOf(life.send()).windowMs;

  it("grows with each exhausted session, and the last step repeats", () => {
    const life = new DestinationLife(policy);
    const spans: number[] = [];
    for (const waitMs of [0, minuteMs, 5 * minuteMs, 30 * minuteMs]) {
      life.advance(waitMs);
      exhaust(life);
      spans.push(cooldown(life));
    }
    expect(spans).toEqual([minuteMs, 5 * minuteMs, 30 * minuteMs, 30 * minuteMs]);
  });

  it("takes the second step when the first end is one millisecond short of a day old", () => {
    const life = new DestinationLife(policy);
    exhaust(life);
    life.nowMs = startMs + dayMs - 1;
    exhaust(life);
    expect(cooldown(life)).toBe(5 * minuteMs);
  });

  it("takes the first step again when the first end is a day old", () => {
    const life = new DestinationLife(policy);
    exhaust(life);
    life.nowMs = startMs + dayMs;
    exhaust(life);
    expect(cooldown(life)).toBe(minuteMs);
  });

  it("is not cut short by a session that ends under a shorter one", () => {
    const life = new DestinationLife(
      { ...wide, tries: 1, cooldownMs: [minuteMs] },
      { strict: { cooldownMs: [hourMs] } },
    );
    const other = life.open();
    life.wrong(life.open({ policy: "strict" }));
    life.advance(1);
    life.wrong(other);
    expect(refusalOf(life.send()).retryAtMs).toBe(startMs + hourMs);
  });

  it("is longer by the second of two sessions that end at one instant", () => {
    const life = new DestinationLife(policy);
    const sessions = [life.open(), life.open()] as const;
    life.wrong(sessions[0]);
    life.wrong(sessions[1]);
    expect(refusalOf(life.send()).retryAtMs).toBe(startMs + 5 * minuteMs);
  });
});
