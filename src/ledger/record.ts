import { z } from "zod";
import { channels } from "./channel.ts";
import { countedStates, type Ledger, ledgerExpiresAtMs, reportedStates } from "./ledger.ts";

/*
 * The stored form of a ledger: its JSON, with a version. Objects are loose, so that an
 * instance of this version hands on what a later one has added.
 *
 * That a record is one of ours and whole, the store has made sure of by its MAC before it
 * is read here. The form is checked for the sake of other releases.
 */

/** Changes with what another release could not read. Instances on one store have the same. */
export const layoutVersion = 2;

/** Answers tell instants to the end of the year 9999, and some that are a span after one of these. */
const instantMax = Date.UTC(9999, 0, 1);
const instant = z.int().nonnegative().max(instantMax);
const name128 = z.string().length(22);
/** Answers tell counts as uint32. */
const count = z.int().nonnegative().max(0xffffffff);
const log = z.array(instant);

const answer = z.looseObject({
  request: name128,
  attempts: count,
  sendsRemaining: count,
  nextSendMs: z.exactOptional(instant),
  channel: z.enum(channels),
});

const session = z.looseObject({
  id: name128,
  nonce: name128,
  /** A byte of the session id. */
  keyId: z.int().min(0).max(255),
  binding: name128,
  address: name128,
  codeLength: z.int().min(4).max(10),
  codeAlphabet: z.enum(["digits", "letters"]),
  openedMs: instant,
  expiresMs: instant,
  keptUntilMs: instant,
  tries: count.positive(),
  policy: z.string(),
  masked: z.string(),
  origin: z.enum(["strange", "known"]),
  device: z.exactOptional(name128),
  testVerdict: z.exactOptional(z.enum(["right", "wrong"])),
  comparisons: z.array(z.looseObject({ atMs: instant, right: z.boolean(), answer: z.exactOptional(answer) })),
  verifies: log,
  deliveries: z
    .array(
      z.looseObject({
        number: count,
        atMs: instant,
        channel: z.enum(channels),
        provider: z.string(),
        state: z.enum(["sending", ...countedStates]),
        settledMs: z.exactOptional(instant),
        reports: z.exactOptional(
          z.array(z.looseObject({ provider: z.string(), state: z.enum(reportedStates), atMs: instant })),
        ),
        replaced: z.exactOptional(name128),
        answer: z.exactOptional(answer),
      }),
    )
    .nonempty(),
  nextDelivery: count,
  end: z.exactOptional(z.looseObject({ kind: z.enum(["approved", "exhausted", "canceled"]), atMs: instant })),
});

const windows = z.looseObject({ sends: log, failures: log, exhaustions: log, cooldownUntilMs: instant });

const ledger = z.looseObject({
  version: z.literal(layoutVersion),
  lastMs: instant,
  strange: windows,
  known: windows,
  devices: z.array(z.looseObject({ digest: name128, approvedMs: instant })),
  sessions: z.array(session),
});

/** How ledgers are kept in the store. `decode` throws on the form of another version. */
export const ledgerRecord = {
  decode: (text: string): Ledger => ledger.parse(JSON.parse(text)),
  encode: (record: Ledger): string => JSON.stringify({ version: layoutVersion, ...record }),
  expiresAtMs: ledgerExpiresAtMs,
};
