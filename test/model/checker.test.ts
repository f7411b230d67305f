import { describe, expect, it } from "vitest";
import { defaultLimits } from "./limits.ts";
import { type Call, checkCalls, timeless } from "./linearizability.ts";
import { type Answer, apply, emptyState, type ModelLimits, type Operation } from "./model.ts";

const right = "111111";
const wrong = "222222";
const open: Operation = { kind: "send", opens: "A", code: right };
const guess = (code: string, more: { requestId?: string; bound?: boolean } = {}): Operation => ({
  kind: "verify",
  session: "A",
  code,
  bound: true,
  ...more,
});

/** A call that took from one place in the order of events to another. */
function call(operation: Operation, invoked: number, returned: number, answer: Partial<Answer>): Call {
  return { operation, invoked, returned, answer };
}

function unanswered(operation: Operation, invoked: number): Call {
  return { operation, invoked, returned: undefined, answer: undefined };
}

const opened = call(open, 0, 1, { kind: "counted", session: "A", attempts: 0 });
const told = (attempts: number, more: Partial<Answer> = {}): Partial<Answer> => ({
  kind: "decision",
  status: "pending",
  attempts,
  ...more,
});
const approved = (attempts: number) => told(attempts, { status: "approved" });
const exhausted = told(5, { status: "reject", reason: "exhausted" });

const isLinearizable = (calls: readonly Call[], limits: ModelLimits = defaultLimits) =>
  checkCalls(calls, limits).isLinearizable;

describe("histories that some order explains", () => {
  it("calls one after the other", () => {
    const calls = [opened, call(guess(wrong), 2, 3, told(1)), call(guess(right), 4, 5, approved(2))];
    expect(isLinearizable(calls)).toBe(true);
  });

  it("overlapping guesses whose counts came back in another order than they were asked", () => {
    const calls = [opened, call(guess(wrong), 2, 9, told(2)), call(guess(wrong), 3, 8, told(1))];
    expect(isLinearizable(calls)).toBe(true);
  });

  it("a lost answer whose call did count, and one whose call did not", () => {
    const counted = [opened, unanswered(guess(wrong), 2), call(guess(wrong), 3, 4, told(2))];
    const uncounted = [opened, unanswered(guess(wrong), 2), call(guess(wrong), 3, 4, told(1))];
    expect([isLinearizable(counted), isLinearizable(uncounted)]).toEqual([true, true]);
  });

  it("a lost answer whose call counted long after it was given up", () => {
    const calls = [
      opened,
      unanswered(guess(wrong), 2),
      call(guess(wrong), 3, 4, told(1)),
      call(guess(wrong), 5, 6, told(3)),
    ];
    expect(isLinearizable(calls)).toBe(true);
  });

  it("a repeated request that is told again what was told first", () => {
    const first = call(guess(wrong, { requestId: "r" }), 2, 3, told(1));
    const calls = [
      opened,
      first,
      call(guess(wrong), 4, 5, told(2)),
      call(guess(wrong, { requestId: "r" }), 6, 7, told(1)),
    ];
    expect(isLinearizable(calls)).toBe(true);
  });

  it("a request id that a lost call claimed for other content, and did no more", () => {
    const lost = unanswered({ ...guess(right, { requestId: "r" }), content: "one" } as Operation, 2);
    const other = { ...guess(wrong, { requestId: "r" }), content: "two" } as Operation;
    expect(isLinearizable([opened, lost, call(other, 3, 4, { kind: "requestIdReused" })])).toBe(true);
    expect(isLinearizable([opened, call(other, 3, 4, { kind: "requestIdReused" })])).toBe(false);
  });
});

describe("histories that no order explains", () => {
  it("a lost update: two guesses in turn that both were the first", () => {
    expect(
      isLinearizable([opened, call(guess(wrong), 2, 3, told(1)), call(guess(wrong), 4, 5, told(1))]),
    ).toBe(false);
  });

  it("a lost update: two guesses at once that both were the first", () => {
    expect(
      isLinearizable([opened, call(guess(wrong), 2, 9, told(1)), call(guess(wrong), 3, 8, told(1))]),
    ).toBe(false);
  });

  it("a session approved twice", () => {
    expect(
      isLinearizable([opened, call(guess(right), 2, 9, approved(1)), call(guess(right), 3, 8, approved(1))]),
    ).toBe(false);
  });

  it("a read of what an earlier answer has left behind", () => {
    const read = call({ kind: "get", session: "A" }, 4, 5, { kind: "session", attempts: 0 });
    expect(isLinearizable([opened, call(guess(wrong), 2, 3, told(1)), read])).toBe(false);
  });

  it("a sixth comparison", () => {
    const five = [1, 2, 3, 4].map((n) => call(guess(wrong), 2 * n, 2 * n + 1, told(n)));
    const spent = [opened, ...five, call(guess(wrong), 10, 11, exhausted)];
    expect(isLinearizable(spent)).toBe(true);
    expect(isLinearizable([...spent, call(guess(right), 12, 13, approved(6))])).toBe(false);
    expect(isLinearizable([...spent, call(guess(wrong), 12, 13, told(6))])).toBe(false);
  });

  it("a code approved with another purpose", () => {
    expect(isLinearizable([opened, call(guess(right, { bound: false }), 2, 3, approved(1))])).toBe(false);
  });

  it("a sixth send of a minute", () => {
    const sends = [1, 2, 3, 4, 5, 6].map((n) =>
      call({ kind: "send", opens: `S${n}` }, 2 * n, 2 * n + 1, { kind: "counted", session: `S${n}` }),
    );
    expect([isLinearizable(sends.slice(0, 5)), isLinearizable(sends)]).toEqual([true, false]);
  });

  it("a repeated request that counts again", () => {
    const one = guess(wrong, { requestId: "r" });
    expect(isLinearizable([opened, call(one, 2, 3, told(1)), call(one, 4, 5, told(2))])).toBe(false);
  });

  it("are explained by the longest order and by what does not fit it", () => {
    const verdict = checkCalls(
      [opened, call(guess(wrong), 2, 3, told(1)), call(guess(wrong), 4, 5, told(1))],
      defaultLimits,
    );
    const why = verdict.isLinearizable ? "" : verdict.why;
    expect(why).toContain("[2..3] at 0 {kind:verify,session:A,code:222222,bound:true}");
    expect(why).toContain("was told {kind:decision,status:pending,attempts:1}");
    expect(why).toMatch(/the rules say {kind:decision.*attempts:2/);
  });
});

describe("instants", () => {
  const at = (calls: readonly Call[], instants: readonly (readonly number[])[]) =>
    checkCalls(calls, defaultLimits, { instants: (one) => instants[calls.indexOf(one)] ?? [] })
      .isLinearizable;

  it("decide at the expiry", () => {
    const calls = [opened, call(guess(right), 2, 3, approved(1))];
    expect(at(calls, [[1_000], [600_999]])).toBe(true);
    expect(at(calls, [[1_000], [601_000]])).toBe(false);
  });

  it("are tried in turn where a call may have taken effect at several", () => {
    const calls = [opened, call(guess(right), 2, 3, approved(1))];
    expect(at(calls, [[1_000], [601_000, 500_000]])).toBe(true);
  });

  it("in answers are compared, but not where time does not matter", () => {
    const late = [call(open, 0, 1, { kind: "counted", expiresMs: 601_001 })];
    expect(at(late, [[1_000]])).toBe(false);
    expect(checkCalls(late, defaultLimits, timeless).isLinearizable).toBe(true);
  });
});

/** Two hundred calls, sixteen at a time, answered as the model answers them in an order of chance. */
function longHistory(seed: number, { loses }: { loses: boolean }): Call[] {
  let state = emptyState;
  let drawn = seed;
  const draw = (below: number) => {
    drawn = (drawn * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((drawn / 2_147_483_648) * below);
  };
  const calls: Call[] = [];
  for (let round = 0; round * 16 < 200; round++) {
    const group = Array.from({ length: 16 }, (_, place) => ({ place, order: draw(1_000_000) }));
    for (const { place } of group.sort((a, b) => a.order - b.order)) {
      const name = `S${draw(4)}`;
      const operation: Operation =
        round === 0
          ? { kind: "send", opens: `S${place}`, code: right }
          : draw(3) === 0
            ? { kind: "get", session: name }
            : { kind: "verify", session: name, code: draw(12) === 0 ? right : wrong, bound: true };
      const step = apply(state, operation, 0, generous);
      state = step.state;
      const invoked = round * 1_000 + place;
      const isLost = loses && draw(10) === 0;
      calls.push(
        isLost ? unanswered(operation, invoked) : call(operation, invoked, invoked + 500, step.answer),
      );
    }
  }
  return calls;
}

const generous: ModelLimits = {
  ...defaultLimits,
  tries: 40,
  sendsPerMinute: 99,
  sendsPerHour: 99,
  sendsPerDay: 99,
  verifiesPerMinute: 99,
  guessesPerDay: 400,
};

describe("long histories", () => {
  it.each([1, 2, 3, 4, 5])("of 200 calls, 16 at a time, a tenth of them lost, are decided (%i)", (seed) => {
    const calls = longHistory(seed, { loses: true });
    const verdict = checkCalls(calls, generous);
    expect(verdict.isLinearizable).toBe(true);
    expect(verdict.looked).toBeLessThan(20_000);
  });

  it("are refused for one wrong answer near their end", () => {
    const calls = longHistory(7, { loses: false });
    const last = calls.findLast(({ operation }) => operation.kind === "get") as Call; // Every history reads.
    const attempts = (last.answer?.attempts ?? 0) + 1 + calls.length;
    const broken = calls.map((one) => (one === last ? { ...one, answer: { ...one.answer, attempts } } : one));
    expect(isLinearizable(calls, generous)).toBe(true);
    expect(isLinearizable(broken, generous)).toBe(false);
  });
});
