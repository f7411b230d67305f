import { describe, expect, it } from "vitest";
import { minuteMs } from "../../src/ledger/policy.ts";
import { brief, briefs, DestinationLife, told } from "./ledgers.ts";

describe("A session of five tries", () => {
  it("approves the right code on the fifth", () => {
    const life = new DestinationLife();
    const session = life.open();
    life.wrongTimes(session, 4);
    expect(told(life.right(session))).toMatchObject({
      status: "approved",
      attempts: 5,
      attemptsRemaining: 0,
    });
  });

  it("is rejected by the fifth wrong code", () => {
    const life = new DestinationLife();
    const session = life.open();
    expect(briefs(life.wrongTimes(session, 5))).toEqual([
      "pending",
      "pending",
      "pending",
      "pending",
      "reject exhausted",
    ]);
  });

  it("compares no sixth code, not even the right one", () => {
    const life = new DestinationLife();
    const session = life.open();
    life.wrongTimes(session, 5);
    const outcome = life.right(session);
    expect(brief(outcome)).toBe("ended exhausted");
    expect(told(outcome)).toMatchObject({ attempts: 5, attemptsRemaining: 0 });
  });

  it("counts its attempts up and what remains down", () => {
    const life = new DestinationLife();
    const session = life.open();
    const answers = life.wrongTimes(session, 5).map(told);
    expect(answers.map((answer) => answer.attempts)).toEqual([1, 2, 3, 4, 5]);
    expect(answers.map((answer) => answer.attemptsRemaining)).toEqual([4, 3, 2, 1, 0]);
  });

  it("gets none back from a resend or another channel", () => {
    const life = new DestinationLife();
    const session = life.open();
    life.wrongTimes(session, 3);
    expect(told(life.resend(session))).toMatchObject({ attempts: 3, attemptsRemaining: 2 });
    life.wrong(session);
    expect(told(life.resend(session, { channel: "voice" }))).toMatchObject({ attemptsRemaining: 1 });
    expect(brief(life.wrong(session))).toBe("reject exhausted");
  });

  it("gets none back from a fresh code", () => {
    const life = new DestinationLife({ resend: "fresh" });
    const session = life.open();
    life.wrongTimes(session, 4);
    expect(told(life.resend(session))).toMatchObject({ attempts: 4, attemptsRemaining: 1 });
    expect(brief(life.wrong(session))).toBe("reject exhausted");
  });

  it("keeps its number when the configuration changes", () => {
    const life = new DestinationLife();
    const session = life.open();
    const after = new DestinationLife({ tries: 2 });
    after.record = life.record;
    expect(briefs(after.wrongTimes(session, 5)).at(-1)).toBe("reject exhausted");
    expect(after.view(session).attempts).toBe(5);
  });

  it("compares at most five of a thousand wrong codes", () => {
    const life = new DestinationLife();
    const session = life.open();
    const outcomes = Array.from({ length: 1_000 }, () => {
      life.advance(minuteMs / 100);
      return life.wrong(session);
    });
    expect(outcomes.filter((outcome) => outcome.kind === "compared")).toHaveLength(5);
    expect(life.record?.strange.failures).toHaveLength(5);
  });
});

describe("A session of one try", () => {
  it("is rejected by the first wrong code", () => {
    const life = new DestinationLife({ tries: 1 });
    expect(brief(life.wrong(life.open()))).toBe("reject exhausted");
  });

  it("approves the right code", () => {
    const life = new DestinationLife({ tries: 1 });
    expect(brief(life.right(life.open()))).toBe("approved");
  });
});

describe("A malformed code", () => {
  const malformed = [
    "",
    "1",
    "12345",
    "1234567",
    "12345a",
    "12345 ",
    " 123456",
    "12 456",
    "-12345",
    "1234.5",
  ];

  it.each(malformed)("changes nothing: %j", (code) => {
    const life = new DestinationLife();
    const session = life.open();
    const before = life.record;
    expect(life.verify(session, code)).toEqual({ kind: "malformed", codeLength: 6 });
    expect(life.record).toBe(before);
  });

  it("costs neither a try nor a call, however often it comes", () => {
    const life = new DestinationLife();
    const session = life.open();
    const outcomes = Array.from({ length: 1_000 }, () => life.verify(session, "12345"));
    expect(new Set(briefs(outcomes))).toEqual(new Set(["malformed"]));
    expect(brief(life.right(session))).toBe("approved");
  });
});
