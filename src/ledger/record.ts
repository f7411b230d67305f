import { z } from "zod";
import { channels } from "./channel.ts";
import { handoverStates, type Ledger, ledgerExpiresAtMs, reportedStates } from "./ledger.ts";

/*
 * The stored form of a ledger: its JSON, with a version. Objects are loose, so that an
 * instance of this version hands on what a later one has added.
 */

const instant = z.int().nonnegative();
const name128 = z.string().length(22);

const answer = z.looseObject({
  request: name128,
  attempts: z.int().nonnegative(),
  sendsRemaining: z.int().nonnegative(),
  nextSendMs: z.exactOptional(instant),
  channel: z.enum(channels),
});

const session = z.looseObject({
  id: name128,
  nonce: name128,
  keyId: z.int(),
  binding: name128,
  codeLength: z.int().min(4).max(10),
  codeAlphabet: z.enum(["digits", "letters"]),
  openedMs: instant,
  expiresMs: instant,
  keptUntilMs: instant,
  tries: z.int().positive(),
  policy: z.string(),
  masked: z.string(),
  testVerdict: z.exactOptional(z.enum(["right", "wrong"])),
  comparisons: z.array(z.looseObject({ right: z.boolean(), answer: z.exactOptional(answer) })),
  verifies: z.array(z.looseObject({ atMs: instant, request: z.exactOptional(name128) })),
  deliveries: z
    .array(
      z.looseObject({
        atMs: instant,
        channel: z.enum(channels),
        provider: z.string(),
        state: z.enum(["sending", ...handoverStates]),
        settledMs: z.exactOptional(instant),
        reports: z.exactOptional(
          z.array(z.looseObject({ provider: z.string(), state: z.enum(reportedStates), atMs: instant })),
        ),
        answer: z.exactOptional(answer),
      }),
    )
    .nonempty(),
  end: z.exactOptional(z.looseObject({ kind: z.enum(["approved", "exhausted", "canceled"]), atMs: instant })),
});

const ledger = z.looseObject({
  version: z.literal(1),
  lastMs: instant,
  sends: z.array(instant),
  failures: z.array(instant),
  exhaustions: z.array(instant),
  cooldownUntilMs: instant,
  sessions: z.array(session),
});

/** How ledgers are kept in the store. `decode` throws on anything that is not wholly a ledger. */
export const ledgerRecord = {
  decode: (text: string): Ledger => ledger.parse(JSON.parse(text)),
  encode: (record: Ledger): string => JSON.stringify({ version: 1, ...record }),
  expiresAtMs: ledgerExpiresAtMs,
};
