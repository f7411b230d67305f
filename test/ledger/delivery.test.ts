import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findSession, ledgerAt, type ReportedState, reportedStates } from "../../src/ledger/ledger.ts";
import { hourMs, minuteMs } from "../../src/ledger/policy.ts";
import { brief, DestinationLife, fixedName, startMs } from "./ledgers.ts";

describe("What became of a send", () => {
  it("is recorded once, at its own place, with its provider and its instant", () => {
    const life = new DestinationLife();
    const sessionId = life.open();
    life.resend(sessionId);
    life.advance(1_500);
    life.settle(sessionId, 1, "accepted", { provider: "second" });
    expect(life.states(sessionId)).toEqual(["sending", "accepted"]);
    expect(life.session(sessionId).deliveries[1]).toMatchObject({
      provider: "second",
      settledMs: startMs + 1_500,
    });
    life.settle(sessionId, 1, "noAnswer");
    expect(life.states(sessionId)).toEqual(["sending", "accepted"]);
    life.settle(sessionId, 0, "noAnswer");
    expect(life.states(sessionId)).toEqual(["noAnswer", "accepted"]);
  });

  it("is told by one report at most, once it is known who has the message", () => {
    const life = new DestinationLife();
    const sessionId = life.open();
    const providers = ["first", "second", "third"];
    for (const provider of providers) life.report(sessionId, 0, "undelivered", { provider });
    const kept = () => life.session(sessionId).deliveries[0]?.reports?.map(({ provider }) => provider);
    expect(kept()).toEqual(providers);
    life.settle(sessionId, 0, "noAnswer", { provider: "second" });
    expect(kept()).toEqual(["second"]);
    expect(life.states(sessionId)).toEqual(["undelivered"]);
    expect(life.report(sessionId, 0, "blocked", { provider: "first" })).toBe("unchanged");
    expect(life.report(sessionId, 0, "blocked", { provider: "second" })).toBe("recorded");
    expect(life.report(sessionId, 0, "delivered", { provider: "third" })).toBe("recorded");
    expect(life.report(sessionId, 0, "noSuchDestination", { provider: "second" })).toBe("unchanged");
    expect(life.report(sessionId, 0, "delivered", { provider: "first" })).toBe("unchanged");
    expect(kept()).toEqual(["third"]);
    expect(life.standings(sessionId)).toMatchObject([{ state: "delivered", provider: "third" }]);
  });

  it("stays what it was, however much later the session is looked at", () => {
    const life = new DestinationLife();
    const sessionId = life.open();
    life.settle(sessionId, 0, "accepted");
    life.advance(hourMs);
    expect(life.view(sessionId).session.deliveries).toMatchObject([{ state: "accepted" }]);
  });

  it("is no answer of a send that was lost, beside others of its destination that were not", () => {
    const life = new DestinationLife();
    const [first, second] = [life.open(), life.open()];
    life.resend(first);
    life.settle(first, 1, "accepted");
    life.settle(second, 0, "blocked");
    life.advance(90_001);
    const statesOf = (id: string) => life.view(id).session.deliveries.map(({ state }) => state);
    expect([statesOf(first), statesOf(second)]).toEqual([["noAnswer", "accepted"], ["blocked"]]);
  });

  it("has no instant while it is not known", () => {
    const life = new DestinationLife();
    const sessionId = life.open();
    expect(life.standings(sessionId)).toStrictEqual([{ state: "sending", provider: "outbox" }]);
  });

  it("is no answer when it was not told within 90 seconds, and may be told even then", () => {
    const life = new DestinationLife();
    const sessionId = life.open();
    const stateAfter = (ms: number) => {
      const at = ledgerAt(life.record, life.nowMs + ms);
      return findSession(at, sessionId)?.deliveries.map((each) => each.state);
    };
    expect(stateAfter(90_000)).toEqual(["sending"]);
    expect(stateAfter(90_001)).toEqual(["noAnswer"]);
    life.advance(90_001);
    life.settle(sessionId, 0, "accepted");
    expect(life.states(sessionId)).toEqual(["accepted"]);
  });

  it("needs no record when the session is gone or has no such send", () => {
    const life = new DestinationLife();
    const sessionId = life.open();
    const before = life.record;
    life.settle(fixedName("gone"), 0, "accepted");
    life.settle(sessionId, 1, "accepted");
    expect(life.record).toBe(before);
    const forgotten = new DestinationLife();
    forgotten.settle(fixedName("gone"), 0, "unreachable");
    expect(forgotten.record).toBe(undefined);
  });

  it("yields to a report that was faster, and tells that it was of a failure", () => {
    const life = new DestinationLife();
    const sessionId = life.open();
    life.resend(sessionId);
    life.report(sessionId, 0, "blocked");
    life.report(sessionId, 1, "delivered");
    expect(life.settle(sessionId, 0, "accepted")).toMatchObject({ isReportedFailed: true });
    expect(life.settle(sessionId, 1, "accepted")).toMatchObject({ isReportedFailed: false });
    expect(life.states(sessionId)).toEqual(["blocked", "delivered"]);
  });

  it("is not what a provider reports that it was taken from in the meantime", () => {
    const life = new DestinationLife();
    const sessionId = life.open({ provider: "first" });
    expect(life.report(sessionId, 0, "undelivered", { provider: "first" })).toBe("recorded");
    expect(life.states(sessionId)).toEqual(["sending"]);
    expect(life.settle(sessionId, 0, "accepted", { provider: "second" })).toMatchObject({
      isReportedFailed: false,
    });
    expect(life.standings(sessionId)).toEqual([{ state: "accepted", provider: "second", sinceMs: startMs }]);
  });

  it("is what the provider reports that it was left with, be it before the answer", () => {
    const life = new DestinationLife();
    const sessionId = life.open({ provider: "first" });
    life.report(sessionId, 0, "noSuchDestination", { provider: "first" });
    life.report(sessionId, 0, "blocked", { provider: "second" });
    expect(life.settle(sessionId, 0, "accepted", { provider: "second" })).toMatchObject({
      isReportedFailed: true,
    });
    expect(life.standings(sessionId)).toMatchObject([{ state: "blocked", provider: "second" }]);
  });

  it("is a refusal whatever its provider then says of a failure", () => {
    const life = new DestinationLife();
    const sessionId = life.open();
    life.report(sessionId, 0, "undelivered");
    expect(life.settle(sessionId, 0, "destinationRefused")).toMatchObject({ isReportedFailed: false });
    expect(life.states(sessionId)).toEqual(["destinationRefused"]);
    life.report(sessionId, 0, "delivered");
    expect(life.states(sessionId)).toEqual(["delivered"]);
  });
});

describe("A report", () => {
  it.each(reportedStates)("that says %s is taken of an accepted message", (state) => {
    const life = new DestinationLife();
    const sessionId = life.open();
    life.settle(sessionId, 0, "accepted");
    life.advance(2_000);
    expect(life.report(sessionId, 0, state)).toBe("recorded");
    expect(life.standings(sessionId)).toEqual([{ state, provider: "outbox", sinceMs: startMs + 2_000 }]);
  });

  it.each(reportedStates)("that says %s is taken of a message that nobody answered for", (state) => {
    const life = new DestinationLife();
    const sessionId = life.open();
    life.settle(sessionId, 0, "noAnswer");
    expect(life.report(sessionId, 0, state)).toBe("recorded");
    expect(life.states(sessionId)).toEqual([state]);
  });

  it("that comes again changes nothing", () => {
    const life = new DestinationLife();
    const sessionId = life.open();
    life.settle(sessionId, 0, "accepted");
    life.report(sessionId, 0, "undelivered");
    const before = life.record;
    expect(life.report(sessionId, 0, "undelivered")).toBe("unchanged");
    expect(life.record).toBe(before);
  });

  it("of arrival stands, whatever is reported after it", () => {
    const life = new DestinationLife();
    const sessionId = life.open();
    life.settle(sessionId, 0, "accepted");
    life.report(sessionId, 0, "delivered");
    for (const state of reportedStates) expect(life.report(sessionId, 0, state)).toBe("unchanged");
    expect(life.states(sessionId)).toEqual(["delivered"]);
  });

  it("of failure counts only from the provider that the message was left with; of arrival, from any", () => {
    const life = new DestinationLife();
    const sessionId = life.open();
    life.settle(sessionId, 0, "accepted", { provider: "second" });
    life.report(sessionId, 0, "undelivered", { provider: "first" });
    expect(life.states(sessionId)).toEqual(["accepted"]);
    life.report(sessionId, 0, "delivered", { provider: "first" });
    expect(life.standings(sessionId)).toMatchObject([{ state: "delivered", provider: "first" }]);
  });

  it("that a call was taken says nothing where a key is to be pressed, and that a message arrived does", () => {
    const life = new DestinationLife();
    const sessionId = life.open({ channel: "voice" });
    life.resend(sessionId, { channel: "sms" });
    life.settle(sessionId, 0, "accepted");
    life.settle(sessionId, 1, "accepted");
    const needsKeyPress = true;
    expect(life.report(sessionId, 0, "delivered", { needsKeyPress })).toBe("unchanged");
    expect(life.report(sessionId, 1, "delivered", { needsKeyPress })).toBe("recorded");
    expect(life.states(sessionId)).toEqual(["accepted", "delivered"]);
    expect(life.report(sessionId, 0, "delivered")).toBe("recorded");
  });

  it("of a message that was taken out is late, and is no other's", () => {
    const life = new DestinationLife();
    const sessionId = life.open();
    life.resend(sessionId);
    life.resend(sessionId);
    life.settle(sessionId, 1, "canceled");
    life.settle(sessionId, 2, "unreachable");
    life.resend(sessionId);
    for (const state of reportedStates) {
      expect(life.report(sessionId, 1, state)).toBe("late");
      expect(life.report(sessionId, 2, state)).toBe("late");
    }
    expect(life.report(sessionId, 3, "delivered")).toBe("recorded");
    expect(life.states(sessionId)).toEqual(["sending", "delivered"]);
  });

  it("is late one hour after the code's expiry, and of a session that is forgotten", () => {
    const life = new DestinationLife();
    const sessionId = life.open();
    life.settle(sessionId, 0, "accepted");
    life.advance(10 * minuteMs + hourMs);
    expect(life.fork({}).report(sessionId, 0, "delivered")).toBe("recorded");
    life.advance(1);
    expect(life.report(sessionId, 0, "delivered")).toBe("late");
    expect(life.report(fixedName("gone"), 0, "delivered")).toBe("late");
    expect(life.report(sessionId, 7, "delivered")).toBe("late");
  });

  it("leaves the answer to its request as it was first given", () => {
    const life = new DestinationLife();
    const request = fixedName("request");
    const sessionId = life.open({ request });
    life.settle(sessionId, 0, "noAnswer");
    for (const state of reportedStates) {
      life.report(sessionId, 0, state);
      expect(life.send({ request })).toMatchObject({ kind: "repeated", delivery: { state: "noAnswer" } });
    }
  });

  it("ends in the same state whatever the order and number of reports, and whenever the answer comes", () => {
    const report = fc.tuple(fc.constantFrom("first", "second"), fc.constantFrom(...reportedStates));
    const stateAfter = (events: readonly (readonly [string, ReportedState] | "answer")[]) => {
      const life = new DestinationLife();
      const sessionId = life.open({ provider: "first" });
      for (const event of events) {
        if (event === "answer") life.settle(sessionId, 0, "accepted", { provider: "second" });
        else life.report(sessionId, 0, event[1], { provider: event[0] });
      }
      return life.states(sessionId)[0];
    };
    const expected = (reports: readonly (readonly [string, ReportedState])[]) => {
      if (reports.some(([, state]) => state === "delivered")) return "delivered";
      const failures = reports.flatMap(([provider, state]) => (provider === "second" ? [state] : []));
      return reportedStates.findLast((state) => failures.includes(state)) ?? "accepted";
    };
    fc.assert(
      fc.property(fc.array(report, { maxLength: 6 }), fc.nat(), (reports, at) => {
        const place = at % (reports.length + 1);
        const events = [...reports.slice(0, place), "answer" as const, ...reports.slice(place)];
        expect(stateAfter(events)).toBe(expected(reports));
      }),
    );
  });

  it("touches nothing but its delivery: no count, no limit, no decision", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom("wrong", "right", "cancel", "expire"), { maxLength: 6 }),
        fc.array(fc.constantFrom(...reportedStates), { minLength: 1, maxLength: 4 }),
        (happened, states) => {
          const life = new DestinationLife();
          const sessionId = life.open();
          life.settle(sessionId, 0, "accepted");
          for (const event of happened) {
            if (event === "wrong") life.wrong(sessionId);
            else if (event === "right") life.right(sessionId);
            else if (event === "cancel") life.cancel(sessionId);
            else life.advance(10 * minuteMs);
          }
          const { session, ...before } = life.view(sessionId);
          const ledger = { ...life.record, sessions: [] };
          for (const state of states) life.report(sessionId, 0, state);
          const { session: reported, ...after } = life.view(sessionId);
          expect(after).toEqual(before);
          expect({ ...life.record, sessions: [] }).toEqual({ ...ledger, lastMs: expect.any(Number) });
          expect({ ...reported, deliveries: [] }).toEqual({ ...session, deliveries: [] });
        },
      ),
    );
  });
});

describe("A fallback", () => {
  it("sends the same code by the other channel, as one more send, even where resends replace it", () => {
    const life = new DestinationLife({ resend: "fresh" });
    const sessionId = life.open();
    const code = life.codeOf(sessionId);
    life.settle(sessionId, 0, "noAnswer");
    expect(life.fallBack(sessionId, 0)).toMatchObject({
      kind: "send",
      delivery: 1,
      view: { channel: "voice", sendsRemaining: 3 },
    });
    expect(life.codeOf(sessionId)).toBe(code);
    expect(life.session(sessionId).deliveries[1]).toMatchObject({ channel: "voice", provider: "caller" });
  });

  it("restores no try and moves no expiry", () => {
    const life = new DestinationLife();
    const sessionId = life.open();
    life.wrongTimes(sessionId, 3);
    life.advance(minuteMs);
    life.fallBack(sessionId, 0);
    expect(life.view(sessionId)).toMatchObject({ attempts: 3, attemptsRemaining: 2 });
    expect(life.session(sessionId).expiresMs).toBe(startMs + 10 * minuteMs);
  });

  it("is not needed once the message has arrived", () => {
    const life = new DestinationLife();
    const sessionId = life.open();
    life.report(sessionId, 0, "delivered");
    expect(life.fallBack(sessionId, 0)).toEqual({ kind: "notNeeded" });
  });

  it("is not needed once the code was sent again, by whomever: it happens once", () => {
    const life = new DestinationLife();
    const sessionId = life.open();
    life.fallBack(sessionId, 0);
    expect(life.fallBack(sessionId, 0)).toEqual({ kind: "notNeeded" });
    expect(life.states(sessionId)).toHaveLength(2);
  });

  it.each<[string, (life: DestinationLife, sessionId: string) => void]>([
    ["approved", (life, sessionId) => life.right(sessionId)],
    ["exhausted", (life, sessionId) => life.wrongTimes(sessionId, 5)],
    ["canceled", (life, sessionId) => life.cancel(sessionId)],
    ["expired", (life) => life.advance(10 * minuteMs)],
  ])("is not made for a session that is %s", (_, end) => {
    const life = new DestinationLife();
    const sessionId = life.open();
    end(life, sessionId);
    const before = life.record;
    expect(life.fallBack(sessionId, 0)).toEqual({ kind: "notNeeded" });
    expect(life.record).toBe(before);
  });

  it("is not needed for a session that is forgotten", () => {
    const life = new DestinationLife();
    expect(life.fallBack(fixedName("gone"), 0)).toEqual({ kind: "notNeeded" });
  });

  it("keeps to the send limit", () => {
    const life = new DestinationLife({ sendsPerMinute: 2 });
    const sessionId = life.open();
    life.open();
    const before = life.record;
    expect(life.fallBack(sessionId, 0)).toMatchObject({ kind: "refused", refusal: { rule: "sendLimit" } });
    expect(life.record).toBe(before);
    expect(brief(life.right(sessionId))).toBe("approved");
  });

  it("keeps to the cooldown that another session has brought about", () => {
    const life = new DestinationLife();
    const sessionId = life.open();
    life.wrongTimes(life.open(), 5);
    expect(life.fallBack(sessionId, 0)).toMatchObject({ kind: "refused", refusal: { rule: "cooldown" } });
  });
});
