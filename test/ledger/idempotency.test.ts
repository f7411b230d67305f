import { describe, expect, it } from "vitest";
import { dayMs, minuteMs } from "../../src/ledger/policy.ts";
import { claimRequest, releaseRequest, requestClaimRecord } from "../../src/ledger/request-claim.ts";
import type { SessionView } from "../../src/ledger/view.ts";
import { brief, DestinationLife, fixedName, startMs, told } from "./ledgers.ts";

const request = fixedName("request");
const other = fixedName("other request");

describe("A repeated SendPasscode", () => {
  it("sends nothing, counts nothing, changes nothing, and names the send made before", () => {
    const life = new DestinationLife();
    life.send({ request });
    const before = life.record;
    life.advance(5_000);
    expect(life.send({ request })).toMatchObject({
      kind: "repeated",
      delivery: { state: "sending", atMs: startMs },
    });
    expect(life.record).toBe(before);
  });

  it("tells what was told first, after other sends, codes, a cooldown and the session's end", () => {
    const life = new DestinationLife();
    const first = life.send({ request });
    const session = life.record?.sessions[0]?.id ?? "";
    life.advance(1_000);
    life.open();
    life.resend(session, { channel: "voice" });
    life.wrongTimes(session, 5);
    expect(told(life.send({ request }))).toEqual(told(first));
    life.advance(10 * minuteMs);
    expect(told(life.send({ request }))).toEqual(told(first));
  });

  it("tells what was told first of a resend, channel, tries and all", () => {
    const life = new DestinationLife();
    const session = life.open();
    life.wrongTimes(session, 2);
    const first = life.resend(session, { channel: "voice", request });
    expect(told(first)).toMatchObject({ channel: "voice", attempts: 2, sendsRemaining: 3 });
    life.resend(session, { channel: "sms" });
    life.right(session);
    expect(told(life.resend(session, { channel: "voice", request }))).toEqual(told(first));
  });

  it("tells of no next send where it told of none", () => {
    const life = new DestinationLife();
    const first = life.send({ request: "a" });
    const again = life.send({ request: "a" });
    for (const { view } of [first, again] as { view: SessionView }[]) {
      expect(view.sendsRemaining).toBe(4);
      expect(view).not.toHaveProperty("nextSendMs");
    }
  });

  it("tells the instant of the next send as it was told first", () => {
    const life = new DestinationLife({ sendsPerMinute: 1 });
    const first = life.send({ request });
    expect(told(first).nextSendMs).toBe(startMs + minuteMs);
    life.advance(2 * minuteMs);
    expect(told(life.send({ request }))).toEqual(told(first));
  });

  it("is answered when a new send would be refused", () => {
    const life = new DestinationLife();
    const session = life.open({ request });
    life.wrongTimes(session, 5);
    expect(brief(life.send())).toBe("refused cooldown");
    expect(brief(life.send({ request }))).toBe("repeated");
  });

  it("knows what became of the delivery", () => {
    const life = new DestinationLife();
    const sessionId = life.open({ request });
    life.settle(sessionId, 0, "noAnswer");
    expect(life.send({ request })).toMatchObject({ kind: "repeated", delivery: { state: "noAnswer" } });
  });

  it("names the send that stood in for the first one", () => {
    const life = new DestinationLife();
    const sessionId = life.open({ request });
    life.settle(sessionId, 0, "destinationRefused", { standIn: { request } });
    life.settle(sessionId, 1, "accepted", { provider: "caller" });
    expect(life.send({ request })).toMatchObject({
      kind: "repeated",
      view: { channel: "voice", sendsRemaining: 3 },
      delivery: { channel: "voice", state: "accepted" },
    });
  });

  it("does not replace the code where resends do", () => {
    const life = new DestinationLife({ resend: "fresh" });
    const session = life.open();
    life.resend(session, { request });
    const code = life.codeOf(session);
    life.resend(session, { request });
    expect(life.codeOf(session)).toBe(code);
  });

  it("is known until its session is forgotten", () => {
    const life = new DestinationLife();
    life.open({ request });
    life.nowMs = startMs + 10 * minuteMs + dayMs - 1;
    expect(brief(life.send({ request }))).toBe("repeated");
    life.nowMs = startMs + 10 * minuteMs + dayMs;
    expect(brief(life.send({ request }))).toBe("send");
  });

  it("is decided anew when it was refused, which consumed nothing", () => {
    const life = new DestinationLife({ sendsPerMinute: 1 });
    life.open();
    expect(brief(life.send({ request }))).toBe("refused sendLimit");
    life.advance(minuteMs);
    expect(brief(life.send({ request }))).toBe("send");
  });

  it("is another send under another request id", () => {
    const life = new DestinationLife();
    life.send({ request });
    expect(brief(life.send({ request: other }))).toBe("send");
  });
});

describe("A repeated VerifyPasscode", () => {
  it("compares nothing, counts nothing and changes nothing", () => {
    const life = new DestinationLife();
    const session = life.open();
    life.wrong(session, { request });
    const before = life.record;
    life.advance(1);
    expect(brief(life.wrong(session, { request }))).toBe("pending");
    expect(life.record).toBe(before);
  });

  it("tells of a wrong code what was told first, after the session's end", () => {
    const life = new DestinationLife();
    const session = life.open();
    const first = life.wrong(session, { request });
    life.open();
    life.wrongTimes(session, 4);
    expect(told(life.wrong(session, { request }))).toEqual(told(first));
    life.advance(10 * minuteMs);
    expect(told(life.wrong(session, { request }))).toEqual(told(first));
  });

  it("tells of the approval what was told first, after other sends and the session's time", () => {
    const life = new DestinationLife();
    const session = life.open();
    life.wrong(session);
    const first = life.right(session, { request });
    life.open();
    life.advance(10 * minuteMs);
    expect(told(life.right(session, { request }))).toEqual(told(first));
    expect(told(first)).toMatchObject({ status: "approved", attempts: 2 });
  });

  it("tells of the last wrong code what was told first, after the cooldown", () => {
    const life = new DestinationLife();
    const session = life.open();
    life.wrongTimes(session, 4);
    const first = life.wrong(session, { request });
    life.advance(20 * minuteMs);
    expect(told(life.wrong(session, { request }))).toEqual(told(first));
    expect(told(first)).toMatchObject({ reason: "exhausted", nextSendMs: startMs + 10 * minuteMs });
  });

  it("is decided anew when a limit refused it", () => {
    const life = new DestinationLife({ verifiesPerMinute: 1 });
    const session = life.open();
    life.wrong(session);
    expect(brief(life.right(session, { request }))).toBe("refused verifyLimit");
    life.advance(minuteMs);
    expect(brief(life.right(session, { request }))).toBe("approved");
  });

  it("tells of a session that had ended the same end and the same attempts", () => {
    const life = new DestinationLife();
    const session = life.open();
    life.wrong(session);
    life.cancel(session);
    const { status, reason, attempts, expiresMs } = told(life.right(session, { request }));
    life.advance(20 * minuteMs);
    expect(told(life.right(session, { request }))).toMatchObject({ status, reason, attempts, expiresMs });
    expect([status, reason, attempts]).toEqual(["reject", "canceled", 1]);
  });

  it("is another try under another request id", () => {
    const life = new DestinationLife();
    const session = life.open();
    life.wrong(session, { request });
    expect(told(life.wrong(session, { request: other })).attempts).toBe(2);
  });
});

/** What the call holds, which must have got it. */
function heldBy({ outcome }: ReturnType<typeof claimRequest>) {
  if (outcome === undefined) throw new Error("not claimed");
  return outcome;
}

describe("A request id", () => {
  const mine = { content: fixedName("content"), keptForMs: dayMs };
  const foreign = { content: fixedName("other content"), keptForMs: dayMs };
  const first = claimRequest(undefined, mine, startMs);

  it("belongs to the content it first came with", () => {
    expect(first.outcome).toBeDefined();
    expect(claimRequest(first.record, mine, startMs + 1).outcome).toBeDefined();
    expect(claimRequest(first.record, foreign, startMs + 1)).toEqual({
      record: first.record,
      outcome: undefined,
    });
  });

  it("stays the content's until the claim ends, and may then be used anew", () => {
    expect(claimRequest(first.record, foreign, startMs + dayMs - 1).outcome).toBeUndefined();
    const held = { content: foreign.content, untilMs: startMs + 2 * dayMs };
    expect(claimRequest(first.record, foreign, startMs + dayMs)).toEqual({
      record: { ...held, holders: 1 },
      outcome: held,
    });
  });

  it("is claimed anew by each use with its content, so that a retry that opens a session is not forgotten before it", () => {
    const retried = claimRequest(first.record, mine, startMs + dayMs / 2);
    expect(claimRequest(retried.record, foreign, startMs + 1.5 * dayMs - 1).outcome).toBeUndefined();
    expect(claimRequest(retried.record, foreign, startMs + 1.5 * dayMs).outcome).toBeDefined();
  });

  it("is not claimed for longer by uses with other content", () => {
    const { record } = claimRequest(first.record, foreign, startMs + dayMs / 2);
    expect(claimRequest(record, foreign, startMs + dayMs).outcome).toBeDefined();
  });

  it("is not claimed for less when the clock has stepped back", () => {
    const { record } = claimRequest(first.record, mine, startMs - dayMs / 2);
    expect(claimRequest(record, foreign, startMs + dayMs - 1).outcome).toBeUndefined();
  });

  const isFree = (record: typeof first.record, nowMs: number) =>
    claimRequest(record, foreign, nowMs).outcome !== undefined;

  it("is free once the call that claimed it has released it, and its record says nothing any more", () => {
    const { record } = releaseRequest(first.record, heldBy(first), startMs + 1);
    expect(isFree(record, startMs + 1)).toBe(true);
    expect(record && requestClaimRecord.expiresAtMs(record)).toBe(startMs + 1);
  });

  it("stays claimed until each of the calls that claimed it has released it, in whatever order", () => {
    const second = claimRequest(first.record, mine, startMs + 1);
    const once = releaseRequest(second.record, heldBy(first), startMs + 2).record;
    expect(isFree(once, startMs + 2)).toBe(false);
    expect(isFree(releaseRequest(once, heldBy(second), startMs + 3).record, startMs + 3)).toBe(true);
  });

  it("is not released by a call whose claim has ended since, nor by one with other content", () => {
    const later = claimRequest(first.record, mine, startMs + dayMs);
    expect(releaseRequest(later.record, heldBy(first), startMs + dayMs).record).toBe(later.record);
    const taken = claimRequest(first.record, foreign, startMs + dayMs);
    expect(releaseRequest(taken.record, heldBy(later), startMs + dayMs + 1).record).toBe(taken.record);
    expect(releaseRequest(undefined, heldBy(first), startMs).record).toBeUndefined();
  });

  it("stays claimed by a release of this service that did not know of releasing", () => {
    const earlier = requestClaimRecord.decode(`{"content":"${mine.content}","untilMs":${startMs + dayMs}}`);
    const repeated = claimRequest(earlier, mine, startMs + 1);
    const { record } = releaseRequest(repeated.record, heldBy(repeated), startMs + 2);
    expect(isFree(record, startMs + 2)).toBe(false);
  });

  it("is kept in the store as it was claimed, until the claim ends", () => {
    const { record } = first;
    expect(record && requestClaimRecord.decode(requestClaimRecord.encode(record))).toEqual(record);
    expect(record && requestClaimRecord.expiresAtMs(record)).toBe(startMs + dayMs);
  });

  it.each([
    "",
    "null",
    "[]",
    "{}",
    '{"content":"short","untilMs":1}',
    '{"content":"AAAAAAAAAAAAAAAAAAAAAA"}',
  ])("is not read from a record that is no claim: %s", (text) => {
    expect(() => requestClaimRecord.decode(text)).toThrow();
  });
});
