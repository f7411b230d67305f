import { describe, expect, it } from "vitest";
import { minuteMs } from "../../src/ledger/policy.ts";
import { brief, briefs, DestinationLife, refusalOf, startMs } from "./ledgers.ts";

const roomy = { tries: 100, guessesPerDay: 100 };

describe("A session that takes ten calls a minute", () => {
  it("takes ten and refuses the eleventh, the right code too", () => {
    const life = new DestinationLife(roomy);
    const session = life.open();
    expect(briefs(life.wrongTimes(session, 10))).toEqual(Array(10).fill("pending"));
    expect(brief(life.right(session))).toBe("refused verifyLimit");
  });

  it("refuses one millisecond before the oldest is a minute old and takes the next when it is", () => {
    const life = new DestinationLife(roomy);
    const session = life.open();
    life.wrongTimes(session, 10);
    life.nowMs = startMs + minuteMs - 1;
    expect(brief(life.right(session))).toBe("refused verifyLimit");
    life.nowMs = startMs + minuteMs;
    expect(brief(life.right(session))).toBe("approved");
  });

  it("gets back at the roll only what left the minute", () => {
    const life = new DestinationLife(roomy);
    const session = life.open();
    life.wrong(session);
    life.nowMs = startMs + minuteMs - 1;
    life.wrongTimes(session, 9);
    life.nowMs = startMs + minuteMs;
    expect(briefs(life.wrongTimes(session, 2))).toEqual(["pending", "refused verifyLimit"]);
  });

  it("remembers its first calls to the end of their minute, whatever calls follow", () => {
    const life = new DestinationLife(roomy);
    const session = life.open();
    life.wrongTimes(session, 5);
    life.nowMs = startMs + minuteMs - 1;
    expect(briefs(life.wrongTimes(session, 6))).toEqual([...Array(5).fill("pending"), "refused verifyLimit"]);
  });

  it("is told the rule, the scope, the limit, the span, and the instant to come back", () => {
    const life = new DestinationLife(roomy);
    const session = life.open();
    life.wrongTimes(session, 10);
    life.advance(1_000);
    expect(refusalOf(life.wrong(session))).toEqual({
      rule: "verifyLimit",
      scope: "session",
      limit: 10,
      windowMs: minuteMs,
      atMs: startMs + 1_000,
      retryAtMs: startMs + minuteMs,
    });
  });

  it("loses nothing to refused calls", () => {
    const life = new DestinationLife(roomy);
    const session = life.open();
    life.wrongTimes(session, 10);
    const before = life.record;
    life.nowMs = startMs + minuteMs - 1;
    life.wrongTimes(session, 100);
    expect(life.record).toBe(before);
    life.nowMs = startMs + minuteMs;
    expect(briefs(life.wrongTimes(session, 10))).toEqual(Array(10).fill("pending"));
  });

  it("has calls of its own, whatever other sessions take", () => {
    const life = new DestinationLife(roomy);
    const busy = life.open();
    const other = life.open();
    life.wrongTimes(busy, 10);
    expect(brief(life.right(other))).toBe("approved");
  });

  it("is held to a stricter policy it was opened under", () => {
    const life = new DestinationLife(roomy, { strict: { verifiesPerMinute: 2 } });
    const session = life.open({ policy: "strict" });
    life.wrongTimes(session, 2);
    expect(refusalOf(life.right(session))).toMatchObject({ rule: "verifyLimit", limit: 2 });
  });

  it("does not count malformed codes", () => {
    const life = new DestinationLife(roomy);
    const session = life.open();
    Array.from({ length: 20 }, () => life.verify(session, "12345"));
    expect(briefs(life.wrongTimes(session, 10))).toEqual(Array(10).fill("pending"));
  });

  it("does not count a repeated request, and answers it when it takes no other", () => {
    const life = new DestinationLife(roomy);
    const session = life.open();
    Array.from({ length: 20 }, () => life.wrong(session, { request: "first" }));
    expect(briefs(life.wrongTimes(session, 10))).toEqual([
      ...Array(9).fill("pending"),
      "refused verifyLimit",
    ]);
    expect(brief(life.wrong(session, { request: "first" }))).toBe("pending");
  });

  it("counts a repeated request each time that it is told nothing new", () => {
    const life = new DestinationLife(roomy);
    const session = life.open();
    life.cancel(session);
    const told = Array.from({ length: 11 }, () => life.wrong(session, { request: "late" }));
    expect(briefs(told).slice(9)).toEqual(["ended canceled", "refused verifyLimit"]);
  });

  it("keeps the calls of a minute and no older ones", () => {
    const life = new DestinationLife(roomy);
    const session = life.open();
    life.wrong(session);
    life.advance(1);
    life.wrong(session);
    life.advance(minuteMs - 1);
    life.wrong(session);
    expect(life.session(session).verifies.map((atMs) => atMs - startMs)).toEqual([1, minuteMs]);
  });
});

it("Calls that are a minute old are dropped from every session when the ledger is next changed", () => {
  const life = new DestinationLife(roomy);
  const [first, second] = [life.open(), life.open()];
  life.wrongTimes(first, 3);
  life.advance(minuteMs);
  life.wrong(second);
  expect(life.session(first).verifies).toEqual([]);
});

describe("The calls on a session are counted after it", () => {
  it("was rejected", () => {
    const life = new DestinationLife();
    const session = life.open();
    life.wrongTimes(session, 5);
    expect(briefs(life.wrongTimes(session, 6))).toEqual([
      ...Array(5).fill("ended exhausted"),
      "refused verifyLimit",
    ]);
  });

  it("was approved", () => {
    const life = new DestinationLife();
    const session = life.open();
    life.right(session);
    expect(briefs(life.wrongTimes(session, 10))).toEqual([
      ...Array(9).fill("alreadyApproved"),
      "refused verifyLimit",
    ]);
  });

  it("was canceled", () => {
    const life = new DestinationLife();
    const session = life.open();
    life.cancel(session);
    expect(briefs(life.wrongTimes(session, 11)).slice(9)).toEqual(["ended canceled", "refused verifyLimit"]);
  });

  it("expired", () => {
    const life = new DestinationLife();
    const session = life.open();
    life.advance(10 * minuteMs);
    expect(briefs(life.wrongTimes(session, 11)).slice(9)).toEqual(["ended expired", "refused verifyLimit"]);
  });
});
