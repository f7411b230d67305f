import { describe, expect, it } from "vitest";
import { ledgerExpiresAtMs } from "../../src/ledger/ledger.ts";
import { dayMs, minuteMs } from "../../src/ledger/policy.ts";
import { brief, briefs, DestinationLife, fixedName, startMs, wide } from "./ledgers.ts";

const phone = fixedName("the owner's phone");
const laptop = fixedName("the owner's laptop");

/** A destination that has approved a code for each of the devices. */
function destinationThatKnows(
  devices: readonly string[],
  ...policy: ConstructorParameters<typeof DestinationLife>
) {
  const life = new DestinationLife(...policy);
  for (const device of devices) life.right(life.open({ device }));
  return life;
}

/** Of a session that the device would open now. */
function originOf(life: DestinationLife, device?: string) {
  const other = life.fork({});
  return other.session(other.open(device === undefined ? {} : { device })).origin;
}

describe("A device", () => {
  it("is strange until a session that it opened is approved, and known from then on", () => {
    const life = new DestinationLife();
    const session = life.open({ device: phone });
    expect(life.session(session)).toMatchObject({ origin: "strange", device: phone });
    expect(originOf(life, phone)).toBe("strange");
    life.wrong(session);
    expect(originOf(life, phone)).toBe("strange");
    life.right(session);
    expect(originOf(life, phone)).toBe("known");
    expect(originOf(life, laptop)).toBe("strange");
    expect(originOf(life)).toBe("strange");
  });

  it("becomes known by no end of a session but its approval", () => {
    const life = new DestinationLife();
    life.cancel(life.open({ device: phone }));
    const expired = life.open({ device: phone });
    life.wrongTimes(life.open({ device: phone }), 5);
    life.advance(10 * minuteMs);
    expect(brief(life.right(expired))).toBe("ended expired");
    expect(originOf(life, phone)).toBe("strange");
  });

  it("does not become known by a resend that names it", () => {
    const life = new DestinationLife();
    const session = life.open({ device: phone });
    life.resend(session, { device: laptop });
    life.right(session);
    expect(life.record?.devices).toEqual([{ digest: phone, approvedMs: startMs }]);
  });

  it("is known for 90 days from its latest approval", () => {
    const life = destinationThatKnows([phone]);
    life.advance(60 * dayMs);
    life.right(life.open({ device: phone }));
    life.advance(90 * dayMs - 1);
    expect(originOf(life, phone)).toBe("known");
    life.advance(1);
    expect(originOf(life, phone)).toBe("strange");
    expect(life.fork({}).send({ device: phone })).toMatchObject({ kind: "send" });
  });

  it("is one of eight: the one longest unused gives way to a ninth", () => {
    const eight = [1, 2, 3, 4, 5, 6, 7, 8].map((n) => fixedName(`device ${n}`));
    const life = destinationThatKnows(eight, wide);
    const [first = "", second = "", third = ""] = eight;
    life.right(life.open({ device: first }));
    life.right(life.open({ device: phone }));
    expect(life.record?.devices).toHaveLength(8);
    expect([first, second, third, phone].map((device) => originOf(life, device))).toEqual([
      "known",
      "strange",
      "known",
      "known",
    ]);
  });

  it("is what the store keeps the record for, when nothing else is", () => {
    const life = destinationThatKnows([phone]);
    expect(life.record && ledgerExpiresAtMs(life.record)).toBe(startMs + 90 * dayMs);
  });
});

describe("A stranger who spends everything keeps no known device out,", () => {
  it("by sends", () => {
    const life = destinationThatKnows([phone]);
    for (let sent = 1; sent < 5; sent++) life.open();
    expect(brief(life.send())).toBe("refused sendLimit");
    const own = life.send({ device: phone });
    expect(own).toMatchObject({ kind: "send", view: { sendsRemaining: 4 } });
  });

  it("by guesses", () => {
    const life = destinationThatKnows([phone], { ...wide, guessesPerDay: 20, cooldownMs: [0] });
    for (let session = 0; session < 4; session++) life.wrongTimes(life.open(), 5);
    expect(brief(life.send())).toBe("refused guessBudget");
    const session = life.open({ device: phone });
    expect(briefs(life.wrongTimes(session, 4))).toEqual(Array(4).fill("pending"));
    expect(brief(life.right(session))).toBe("approved");
  });

  it("by sessions that wait for a code", () => {
    const life = destinationThatKnows([phone], { ...wide, guessesPerDay: 5 });
    for (let session = 0; session < 5; session++) life.open();
    expect(brief(life.send())).toBe("refused guessBudget");
    const session = life.open({ device: phone });
    life.wrong(session);
    expect(brief(life.right(session))).toBe("approved");
  });

  it("by exhausted sessions, which cool the strangers down alone", () => {
    const life = destinationThatKnows([phone]);
    life.wrongTimes(life.open(), 5);
    expect(brief(life.send())).toBe("refused cooldown");
    expect(brief(life.send({ device: phone }))).toBe("send");
  });
});

describe("A session", () => {
  it("stays of the origin that it was opened in, whoever sends again in it", () => {
    const life = destinationThatKnows([phone]);
    const strange = life.open();
    life.resend(strange, { device: phone });
    expect(life.session(strange).origin).toBe("strange");
    expect(life.record?.strange.sends).toHaveLength(3);
    expect(life.record?.known.sends).toHaveLength(0);
    expect(life.view(strange).sendsRemaining).toBe(2);
    const known = life.open({ device: phone });
    life.resend(known);
    expect(life.record?.known.sends).toHaveLength(2);
    expect(life.view(known).sendsRemaining).toBe(3);
  });

  it("of a known device that exhausts its tries cools the known devices down, and no stranger", () => {
    const life = destinationThatKnows([phone, laptop]);
    life.wrongTimes(life.open({ device: phone }), 5);
    expect(brief(life.send({ device: laptop }))).toBe("refused cooldown");
    expect(brief(life.send())).toBe("send");
  });

  it("of a known device gives its send back to known devices, if it has not left", () => {
    const life = destinationThatKnows([phone]);
    const session = life.open({ device: phone });
    life.settle(session, 0, "unreachable");
    expect(life.record).toMatchObject({ known: { sends: [] }, strange: { sends: [startMs] } });
  });
});

describe("Guesses from everywhere", () => {
  it("stay within both budgets", () => {
    const life = destinationThatKnows([phone], { ...wide, guessesPerDay: 20, cooldownMs: [0] });
    let wrong = 0;
    for (let round = 0; round < 50; round++) {
      for (const device of [{}, { device: phone }]) {
        const outcome = life.send(device);
        if (outcome.kind !== "send") continue;
        wrong += life.wrongTimes(outcome.view.session.id, 5).filter(({ kind }) => kind === "compared").length;
      }
    }
    expect(wrong).toBe(40);
  });
});
