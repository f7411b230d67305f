import { describe, expect, it } from "vitest";
import { minuteMs } from "../../src/ledger/policy.ts";
import { brief, briefs, DestinationLife } from "./ledgers.ts";

describe("An approved session", () => {
  it.each([0, 1, 1_000, 10 * minuteMs, 60 * minuteMs])("approves nothing again %i ms later", (laterMs) => {
    const life = new DestinationLife();
    const session = life.open();
    life.right(session);
    life.advance(laterMs);
    expect(brief(life.right(session))).toBe("alreadyApproved");
  });

  it("is one of a hundred right codes", () => {
    const life = new DestinationLife({ verifiesPerMinute: 1_000 });
    const session = life.open();
    const words = briefs(Array.from({ length: 100 }, () => life.right(session)));
    expect(words).toEqual(["approved", ...Array(99).fill("alreadyApproved")]);
  });

  it("stays approved when wrong codes, the end of its time and a cancel follow", () => {
    const life = new DestinationLife();
    const session = life.open();
    life.right(session);
    expect(brief(life.wrong(session))).toBe("alreadyApproved");
    expect(brief(life.cancel(session))).toBe("alreadyApproved");
    life.advance(10 * minuteMs);
    expect(brief(life.read(session))).toBe("approved");
    expect(life.view(session).attempts).toBe(1);
  });

  it("takes no resend", () => {
    const life = new DestinationLife({ resend: "fresh" });
    const session = life.open();
    life.right(session);
    expect(brief(life.resend(session))).toBe("sessionEnded approved");
    expect(brief(life.right(session))).toBe("alreadyApproved");
  });

  it("charges nobody for the codes that come after", () => {
    const life = new DestinationLife();
    const session = life.open();
    life.right(session);
    life.wrongTimes(session, 5);
    expect(life.record?.strange.failures).toEqual([]);
  });

  it("leaves another session its own approval", () => {
    const life = new DestinationLife();
    const sessions = [life.open(), life.open()] as const;
    life.right(sessions[0]);
    expect(brief(life.right(sessions[1]))).toBe("approved");
  });
});
