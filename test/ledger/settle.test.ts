import { describe, expect, it } from "vitest";
import { notLeftStates } from "../../src/ledger/ledger.ts";
import { minuteMs } from "../../src/ledger/policy.ts";
import { brief, DestinationLife, fixedName, refusalOf } from "./ledgers.ts";

const gone = { counts: false, sessionRemains: false };
const takenOut = { counts: false, sessionRemains: true };
const counted = { counts: true, sessionRemains: true };

describe.each(notLeftStates)("A send whose outcome is %s", (state) => {
  it("counts while it is in hand, and not any more once that is known", () => {
    const life = new DestinationLife({ sendsPerMinute: 1 });
    const sessionId = life.open();
    expect(brief(life.send())).toBe("refused sendLimit");
    expect(life.settle(sessionId, 0, state)).toMatchObject(gone);
    expect(brief(life.send())).toBe("send");
  });

  it("takes a session with it that was opened for it alone", () => {
    const life = new DestinationLife();
    const sessionId = life.open();
    const code = life.codeOf(sessionId);
    life.settle(sessionId, 0, state);
    expect(brief(life.read(sessionId))).toBe("sessionNotFound");
    expect(brief(life.verify(sessionId, code))).toBe("sessionNotFound");
    expect(brief(life.cancel(sessionId))).toBe("sessionNotFound");
    expect(brief(life.resend(sessionId))).toBe("sessionNotFound");
    expect(life.record).toMatchObject({ strange: { sends: [] }, sessions: [] });
  });

  it("leaves a session as it was that has another send", () => {
    const life = new DestinationLife();
    const sessionId = life.open();
    life.settle(sessionId, 0, "accepted");
    life.wrong(sessionId);
    const before = life.view(sessionId);
    life.resend(sessionId);
    expect(life.settle(sessionId, 1, state)).toMatchObject(takenOut);
    expect(life.view(sessionId)).toEqual({ ...before, session: { ...before.session, nextDelivery: 2 } });
    expect(brief(life.right(sessionId))).toBe("approved");
  });

  it("leaves its request id free", () => {
    const life = new DestinationLife();
    const request = fixedName("request");
    const first = life.open({ request });
    life.settle(first, 0, state);
    const again = life.open({ request });
    expect(again).not.toBe(first);
    life.settle(again, 0, "accepted");
    expect(brief(life.send({ request }))).toBe("repeated");
  });

  it("is taken out for the one that stands in, in a session that stays", () => {
    const life = new DestinationLife({ sendsPerMinute: 1 });
    const sessionId = life.open();
    const code = life.codeOf(sessionId);
    expect(life.settle(sessionId, 0, state, { standIn: {} })).toMatchObject({
      ...takenOut,
      fallback: { kind: "send", delivery: 1, view: { channel: "voice", sendsRemaining: 0 } },
    });
    expect(life.states(sessionId)).toEqual(["sending"]);
    expect(life.codeOf(sessionId)).toBe(code);
    expect(life.settle(sessionId, 1, state)).toMatchObject(gone);
    expect(life.record).toMatchObject({ strange: { sends: [] }, sessions: [] });
  });
});

describe.each(["accepted", "noAnswer", "destinationRefused", "blocked"] as const)(
  "A send whose outcome is %s",
  (state) => {
    it("counts, in its session, and is remembered", () => {
      const life = new DestinationLife({ sendsPerMinute: 1 });
      const request = fixedName("request");
      const sessionId = life.open({ request });
      expect(life.settle(sessionId, 0, state)).toMatchObject(counted);
      expect(life.states(sessionId)).toEqual([state]);
      expect(brief(life.send())).toBe("refused sendLimit");
      expect(brief(life.send({ request }))).toBe("repeated");
    });
  },
);

describe("A send that did not leave", () => {
  it("frees the instant of one send, also where others were made at the same one", () => {
    const life = new DestinationLife({ sendsPerMinute: 3 });
    const [first, second] = [life.open(), life.open()];
    life.advance(30_000);
    const third = life.open();
    life.settle(second, 0, "overloaded");
    expect(life.view(first).sendsRemaining).toBe(1);
    life.open();
    expect(refusalOf(life.send()).retryAtMs).toBe(life.nowMs + 30_000);
    life.settle(third, 0, "overloaded");
    life.settle(first, 0, "overloaded");
    expect(life.record?.strange.sends).toEqual([life.nowMs]);
  });

  it("is found out after none was expected any more, and is taken out even then", () => {
    const life = new DestinationLife();
    const sessionId = life.open();
    life.advance(2 * minuteMs);
    expect(life.settle(sessionId, 0, "unreachable")).toMatchObject(gone);
  });

  it("did leave if a provider has reported on it", () => {
    const life = new DestinationLife();
    const sessionId = life.open({ provider: "first" });
    life.report(sessionId, 0, "delivered", { provider: "first" });
    expect(life.settle(sessionId, 0, "unreachable", { provider: "second" })).toMatchObject(counted);
    expect(life.states(sessionId)).toEqual(["delivered"]);
    expect(life.view(sessionId).sendsRemaining).toBe(4);
  });

  it("leaves the guesses counted that were made at its session", () => {
    const life = new DestinationLife({ tries: 2 });
    const sessionId = life.open();
    life.wrongTimes(sessionId, 2);
    life.settle(sessionId, 0, "unreachable");
    expect(life.record).toMatchObject({ sessions: [], strange: { failures: [life.nowMs, life.nowMs] } });
    expect(brief(life.send())).toBe("refused cooldown");
  });

  it("is told why nothing stands in for it, and takes its session with it", () => {
    const life = new DestinationLife();
    const sessionId = life.open();
    life.wrongTimes(life.open(), 5);
    expect(life.settle(sessionId, 0, "unreachable", { standIn: {} })).toMatchObject({
      ...gone,
      fallback: { kind: "refused", refusal: { rule: "cooldown" } },
    });
  });

  it("needs no other channel once the code was sent again", () => {
    const life = new DestinationLife();
    const sessionId = life.open();
    life.resend(sessionId);
    expect(life.settle(sessionId, 0, "unreachable", { standIn: {} })).not.toHaveProperty("fallback");
    expect(life.session(sessionId).deliveries).toMatchObject([{ number: 1 }]);
  });
});

describe("Where a resend replaces the code, one that did not leave", () => {
  it("has killed none: the code that the user holds is good", () => {
    const life = new DestinationLife({ resend: "fresh" });
    const sessionId = life.open();
    const held = life.codeOf(sessionId);
    life.resend(sessionId);
    expect(life.codeOf(sessionId)).not.toBe(held);
    life.settle(sessionId, 1, "unreachable");
    expect(brief(life.verify(sessionId, held))).toBe("approved");
  });

  it("does not bring back what a later one has replaced, and neither that one what it has", () => {
    const life = new DestinationLife({ resend: "fresh" });
    const sessionId = life.open();
    const held = life.codeOf(sessionId);
    life.resend(sessionId);
    life.resend(sessionId);
    const latest = life.codeOf(sessionId);
    life.settle(sessionId, 1, "unreachable");
    expect(life.codeOf(sessionId)).toBe(latest);
    life.settle(sessionId, 2, "unreachable");
    expect(life.codeOf(sessionId)).toBe(held);
  });

  it("has its code carried by the one that stands in, which may turn out not to have left either", () => {
    const life = new DestinationLife({ resend: "fresh" });
    const sessionId = life.open();
    const held = life.codeOf(sessionId);
    life.resend(sessionId);
    const fresh = life.codeOf(sessionId);
    life.settle(sessionId, 1, "unreachable", { standIn: {} });
    expect(life.codeOf(sessionId)).toBe(fresh);
    life.settle(sessionId, 2, "busy");
    expect(life.codeOf(sessionId)).toBe(held);
  });
});
