import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { countedStates, type Ledger, ledgerExpiresAtMs, reportedStates } from "../../src/ledger/ledger.ts";
import { ledgerRecord } from "../../src/ledger/record.ts";
import { DestinationLife, fixedName, startMs } from "./ledgers.ts";

const instantMax = Date.UTC(9999, 0, 1);
const instant = fc.nat(instantMax);
/** Ascending. */
const log = fc.array(instant).map((instants) => instants.toSorted((a, b) => a - b));
const name = fc.integer().map((number) => fixedName(String(number)));
const channel = fc.constantFrom("sms" as const, "voice" as const, "email" as const);
const answer = fc.record(
  { request: name, attempts: fc.constant(0), sendsRemaining: fc.nat(), nextSendMs: instant, channel },
  { requiredKeys: ["request", "attempts", "sendsRemaining", "channel"] },
);
const opened = fc.record(
  {
    id: name,
    nonce: name,
    keyId: fc.integer({ min: 1, max: 255 }),
    binding: name,
    address: name,
    codeLength: fc.integer({ min: 4, max: 10 }),
    codeAlphabet: fc.constantFrom("digits" as const, "letters" as const),
    openedMs: instant,
    expiresMs: instant,
    keptUntilMs: instant,
    policy: fc.string(),
    masked: fc.string({ unit: "binary" }),
    origin: fc.constantFrom("strange" as const, "known" as const),
    device: name,
    testVerdict: fc.constantFrom("right" as const, "wrong" as const),
    verifies: log,
    deliveries: fc.array(
      fc.record(
        {
          number: fc.nat(),
          atMs: instant,
          channel,
          provider: fc.string(),
          state: fc.constantFrom("sending", ...countedStates),
          settledMs: instant,
          reports: fc.array(
            fc.record({ provider: fc.string(), state: fc.constantFrom(...reportedStates), atMs: instant }),
          ),
          replaced: name,
          answer,
        },
        { requiredKeys: ["number", "atMs", "channel", "provider", "state"] },
      ),
      { minLength: 1 },
    ),
    nextDelivery: fc.nat(),
  },
  {
    requiredKeys: [
      "id",
      "nonce",
      "keyId",
      "binding",
      "address",
      "codeLength",
      "codeAlphabet",
      "openedMs",
      "expiresMs",
      "keptUntilMs",
      "policy",
      "masked",
      "origin",
      "verifies",
      "deliveries",
      "nextDelivery",
    ],
  },
);
const ends = fc.constantFrom("none", "approved" as const, "exhausted" as const, "canceled" as const);
/** What has come of it by its comparisons. */
const session = fc
  .tuple(opened, fc.integer({ min: 1, max: 10 }), fc.nat(9), ends, fc.record({ atMs: instant, answer }))
  .map(([session, tries, made, kind, { atMs, answer }]) => {
    const wrong = kind === "exhausted" ? tries : Math.min(made, tries - 1);
    return {
      ...session,
      tries,
      comparisons: [
        ...Array.from({ length: wrong }, () => ({ atMs, right: false })),
        ...(kind === "approved" ? [{ atMs, right: true, answer: { ...answer, attempts: wrong + 1 } }] : []),
      ],
      ...(kind !== "none" && { end: { kind, atMs } }),
    };
  });
const windows = fc.record({ sends: log, failures: log, exhaustions: log, cooldownUntilMs: instant });
const ledger: fc.Arbitrary<Ledger> = fc.record(
  {
    lastMs: fc.constant(instantMax),
    strange: windows,
    known: windows,
    devices: fc.array(fc.record({ digest: name, approvedMs: instant })),
    sessions: fc.array(session, { maxLength: 4 }),
  },
  { noNullPrototype: true },
);

/** A ledger in which every field there is has a value. */
function fullLedger(): Ledger {
  const life = new DestinationLife();
  const device = fixedName("device");
  life.right(life.open({ device }));
  const first = life.open({ device, request: fixedName("send"), testVerdict: "right" });
  life.settle(first, 0, "accepted");
  life.report(first, 0, "delivered");
  life.wrong(first, { request: fixedName("verify") });
  life.wrongTimes(first, 4);
  return life.record as Ledger;
}

describe("A ledger", () => {
  it("comes back from the store as it went, with its version", () => {
    const property = fc.property(ledger, (record) => {
      const decoded = ledgerRecord.decode(ledgerRecord.encode(record));
      expect(decoded).toEqual({ version: 2, ...record });
      expect(ledgerRecord.decode(ledgerRecord.encode(decoded))).toEqual(decoded);
    });
    fc.assert(property, { seed: 1, numRuns: 300 });
  });

  it("comes back as it went from every kind of event", () => {
    const record = fullLedger();
    expect(ledgerRecord.decode(ledgerRecord.encode(record))).toStrictEqual({ version: 2, ...record });
  });

  it("is kept by the store for as long as a rule asks about it", () => {
    expect(ledgerRecord.expiresAtMs(fullLedger())).toBe(ledgerExpiresAtMs(fullLedger()));
  });

  it("is not read from a record cut short anywhere", () => {
    const text = ledgerRecord.encode(fullLedger());
    const read = Array.from({ length: text.length }, (_, length) => text.slice(0, length)).filter((part) => {
      try {
        return ledgerRecord.decode(part) !== undefined;
      } catch {
        return false;
      }
    });
    expect(read).toEqual([]);
  });

  it.each(["", " ", "null", "0", '""', "[]", "{}", "undefined", "NaN", '{"version":1}', "\0\0\0"])(
    "is not read from %j",
    (text) => {
      expect(() => ledgerRecord.decode(text)).toThrow();
    },
  );

  const whole = JSON.parse(ledgerRecord.encode(fullLedger()));
  const one = whole.sessions[1];
  const changes: [what: string, record: unknown][] = [
    ["no version", { ...whole, version: undefined }],
    ["a version before", { ...whole, version: 1 }],
    ["a version after", { ...whole, version: 3 }],
    ["its version as text", { ...whole, version: "2" }],
    ["a count as text", { ...whole, strange: { ...whole.strange, sends: ["1"] } }],
    ["a number for a log", { ...whole, strange: { ...whole.strange, failures: 5 } }],
    ["an instant before time began", { ...whole, lastMs: -1 }],
    ["a fraction of a millisecond", { ...whole, strange: { ...whole.strange, cooldownUntilMs: 0.5 } }],
    ["an instant out of reach", { ...whole, strange: { ...whole.strange, cooldownUntilMs: 1e300 } }],
    ["no failures", { ...whole, strange: { ...whole.strange, failures: undefined } }],
    ["failures that are null", { ...whole, strange: { ...whole.strange, failures: null } }],
    ["no exhausted sessions", { ...whole, strange: { ...whole.strange, exhaustions: undefined } }],
    ["no sessions", { ...whole, sessions: undefined }],
    ["a session that is null", { ...whole, sessions: [null] }],
    ["a session without nonce", { ...whole, sessions: [{ ...one, nonce: undefined }] }],
    ["a session with a short id", { ...whole, sessions: [{ ...one, id: "short" }] }],
    ["a session without sends", { ...whole, sessions: [{ ...one, deliveries: [] }] }],
    ["a session of no tries", { ...whole, sessions: [{ ...one, tries: 0 }] }],
    ["a session of no end of tries", { ...whole, sessions: [{ ...one, tries: null }] }],
    ["a session with another alphabet", { ...whole, sessions: [{ ...one, codeAlphabet: "emoji" }] }],
    ["a session with a code of three", { ...whole, sessions: [{ ...one, codeLength: 3 }] }],
    ["a session that ended otherwise", { ...whole, sessions: [{ ...one, end: { kind: "open", atMs: 1 } }] }],
    ["a session whose end is null", { ...whole, sessions: [{ ...one, end: null }] }],
    ["a call without an instant", { ...whole, sessions: [{ ...one, verifies: [null] }] }],
    ...[
      { request: "short" },
      { attempts: -1 },
      { sendsRemaining: 0.5 },
      { nextSendMs: "1" },
      { channel: "fax" },
    ].map((wrong): [string, unknown] => {
      const answer = { ...one.deliveries[0].answer, ...wrong };
      const deliveries = [{ ...one.deliveries[0], answer }];
      return [`an answer with ${JSON.stringify(wrong)}`, { ...whole, sessions: [{ ...one, deliveries }] }];
    }),
    ["a comparison without verdict", { ...whole, sessions: [{ ...one, comparisons: [{ atMs: 1 }] }] }],
    ["a session of nobody knows whom", { ...whole, sessions: [{ ...one, origin: "other" }] }],
    ["no known devices", { ...whole, devices: undefined }],
    ["a device without its approval", { ...whole, devices: [{ digest: one.device }] }],
    ["a session with another verdict", { ...whole, sessions: [{ ...one, testVerdict: "maybe" }] }],
    [
      "an instant that no answer can tell",
      { ...whole, strange: { ...whole.strange, cooldownUntilMs: instantMax + 1 } },
    ],
    ["an end without its instant", { ...whole, sessions: [{ ...one, end: { kind: "exhausted" } }] }],
    [
      "a verdict that is a number",
      { ...whole, sessions: [{ ...one, comparisons: one.comparisons.with(0, { atMs: 1, right: 0 }) }] },
    ],
    ["more tries than an answer can tell", { ...whole, sessions: [{ ...one, tries: 2 ** 32 }] }],
    ["a key that no id can name", { ...whole, sessions: [{ ...one, keyId: 256 }] }],
    [
      "a report of a thing unheard of",
      {
        ...whole,
        sessions: [
          {
            ...one,
            deliveries: [{ ...one.deliveries[0], reports: [{ provider: "a", state: "accepted", atMs: 1 }] }],
          },
        ],
      },
    ],
    [
      "a send on another channel",
      { ...whole, sessions: [{ ...one, deliveries: [{ ...one.deliveries[0], channel: "fax" }] }] },
    ],
  ];

  it("is read when nothing is wrong with it", () => {
    expect(ledgerRecord.decode(JSON.stringify(whole))).toEqual(whole);
  });

  it.each(changes)("is not read with %s", (_, record) => {
    expect(() => ledgerRecord.decode(JSON.stringify(record))).toThrow();
  });

  it("keeps what a later version of this record has added, through every kind of event", () => {
    const life = new DestinationLife();
    const id = life.open();
    const stored = JSON.parse(ledgerRecord.encode(life.record as Ledger));
    const [opened] = stored.sessions;
    const delivery = { ...opened.deliveries[0], later: "delivery" };
    const sessions = [{ ...opened, later: "session", deliveries: [delivery] }];
    life.record = ledgerRecord.decode(JSON.stringify({ ...stored, later: "ledger", sessions }));
    life.resend(id);
    life.wrong(id);
    life.open();
    life.cancel(id);
    const after = JSON.parse(ledgerRecord.encode(life.record));
    expect(after).toMatchObject({ version: 2, later: "ledger" });
    expect(after.sessions[0]).toMatchObject({ later: "session", deliveries: [{ later: "delivery" }, {}] });
  });

  it("holds neither a code nor a destination", () => {
    const life = new DestinationLife();
    const id = life.open();
    life.wrong(id);
    const code = life.codeOf(id);
    life.right(id);
    const text = ledgerRecord.encode(life.record as Ledger).replaceAll(String(startMs), "");
    expect(text).not.toContain(code);
    expect(text).not.toContain("4915");
  });
});
