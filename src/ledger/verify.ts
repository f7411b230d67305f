import { type CodeKeys, codeIsWellFormed, codeMatches } from "./code.ts";
import { withDevice } from "./device.ts";
import {
  findSession,
  type Ledger,
  ledgerAt,
  type Origin,
  policyOf,
  type Session,
  withSession,
  withWindows,
} from "./ledger.ts";
import { guessBudgetRefusal, type Refusal, verifyLimitRefusal } from "./limits.ts";
import type { Policies, Policy } from "./policy.ts";
import { recallView, rememberAnswer, type SessionView, viewSession } from "./view.ts";
import { without } from "./window.ts";

export interface VerifyCommand {
  /** The ledger's name, which its codes are bound to. */
  readonly ledger: Buffer;
  readonly sessionId: string;
  readonly code: string;
  /** Keyed digest of the purpose and the transaction the caller names. */
  readonly binding: string;
  /** Whether the profile is one for tests: the only place where a test verdict counts. */
  readonly isTest: boolean;
  /** Keyed digest of the request id, if the call had one. */
  readonly request?: string;
}

export type VerifyOutcome =
  /** Compared: approved, wrong with tries left (pending), or wrong for the last time (reject, exhausted). */
  | { kind: "compared"; view: SessionView }
  /** Not compared, for the session had ended: reject with its reason. */
  | { kind: "ended"; view: SessionView }
  | { kind: "alreadyApproved" }
  | { kind: "malformed"; codeLength: number }
  | { kind: "refused"; refusal: Refusal }
  | { kind: "sessionNotFound" };

/**
 * Decides a verification: R4, R5, R6, R8, R9, R10, R11, R12.
 *
 * A malformed code changes nothing, and neither does a repeated request whose code was
 * compared. Every other call on the session counts against R8, unless R8 itself refuses it.
 */
export function decideVerify(
  before: Ledger | undefined,
  command: VerifyCommand,
  policies: Policies,
  keys: CodeKeys,
  nowMs: number,
): { record: Ledger | undefined; outcome: VerifyOutcome } {
  const ledger = ledgerAt(before, nowMs);
  const unchanged = (outcome: VerifyOutcome) => ({ record: before, outcome });

  const session = findSession(ledger, command.sessionId);
  // A session of a key that is gone cannot be named any more.
  if (session === undefined || !keys.has(session.keyId)) return unchanged({ kind: "sessionNotFound" });
  const policy = policyOf(session, policies);

  const repeated = command.request === undefined ? undefined : findRepeated(session, command.request);
  if (repeated !== undefined) return unchanged({ kind: "compared", view: repeated });
  if (!codeIsWellFormed(command.code, session)) {
    return unchanged({ kind: "malformed", codeLength: session.codeLength });
  }

  const full = verifyLimitRefusal(ledger, session, policy);
  if (full !== undefined) return unchanged({ kind: "refused", refusal: { ...full, atMs: nowMs } });
  const counted = { ...session, verifies: [...session.verifies, ledger.lastMs] };
  const called = withSession(ledger, counted);
  const view = viewSession(called, counted, policy);
  if (view.status === "approved") return { record: called, outcome: { kind: "alreadyApproved" } };
  if (view.status === "reject") return { record: called, outcome: { kind: "ended", view } };

  // The first comparison was kept for the session when it opened, also from sessions of a larger budget.
  const untouched = counted.comparisons.length === 0;
  const refusal = untouched ? undefined : guessBudgetRefusal(called, counted.origin, counted, policy);
  if (refusal !== undefined) {
    return { record: called, outcome: { kind: "refused", refusal: { ...refusal, atMs: nowMs } } };
  }

  const verdict = command.isTest ? counted.testVerdict : undefined;
  const source = { ledger: command.ledger, session: counted };
  const codeRight = verdict === undefined ? codeMatches(command.code, source, keys) : verdict === "right";
  const right = codeRight && command.binding === session.binding;
  return compared(called, counted, right, command.request, policy);
}

function compared(
  ledger: Ledger,
  session: Session,
  right: boolean,
  request: string | undefined,
  policy: Policy,
): { record: Ledger; outcome: VerifyOutcome } {
  const atMs = ledger.lastMs;
  const exhausted = !right && session.comparisons.length + 1 >= session.tries;
  const next: Session = {
    ...session,
    comparisons: [...session.comparisons, { atMs, right }],
    ...(right && { end: { kind: "approved", atMs } }),
    ...(exhausted && { end: { kind: "exhausted", atMs } }),
  };
  const judged = right ? approve(ledger, session) : countFailure(ledger, session);
  const cooling = exhausted ? coolDown(judged, session.origin, policy) : judged;
  const decided = withSession(cooling, next);
  const view = viewSession(decided, next, policy);
  if (request === undefined) return { record: decided, outcome: { kind: "compared", view } };

  const comparison = { atMs, right, answer: rememberAnswer(request, view) };
  const remembered: Session = { ...next, comparisons: next.comparisons.with(-1, comparison) };
  return { record: withSession(decided, remembered), outcome: { kind: "compared", view } };
}

function countFailure(ledger: Ledger, { origin }: Session): Ledger {
  return withWindows(ledger, origin, { failures: [...ledger[origin].failures, ledger.lastMs] });
}

/** The session's own wrong codes were the owner's typos (R9), and its device is one of the owner's (R17). */
function approve(ledger: Ledger, { origin, comparisons, device }: Session): Ledger {
  const own = comparisons.map(({ atMs }) => atMs);
  const forgiven = withWindows(ledger, origin, { failures: without(ledger[origin].failures, own) });
  if (device === undefined) return forgiven;
  return { ...forgiven, devices: withDevice(ledger.devices, device, ledger.lastMs) };
}

/** R6: the destination of a session that used all its tries takes no send for a while, longer on repetition. */
function coolDown(ledger: Ledger, origin: Origin, policy: Policy): Ledger {
  const { exhaustions: earlier, cooldownUntilMs } = ledger[origin];
  const exhaustions = [...earlier, ledger.lastMs];
  const step = policy.cooldownMs[Math.min(exhaustions.length, policy.cooldownMs.length) - 1] as number;
  const untilMs = Math.max(cooldownUntilMs, ledger.lastMs + step);
  return withWindows(ledger, origin, { exhaustions, cooldownUntilMs: untilMs });
}

function findRepeated(session: Session, request: string): SessionView | undefined {
  const index = session.comparisons.findIndex((comparison) => comparison.answer?.request === request);
  const comparison = session.comparisons[index];
  if (comparison?.answer === undefined) return undefined;
  if (comparison.right) return recallView(session, comparison.answer, { status: "approved" });
  const last = comparison.answer.attempts >= session.tries;
  return recallView(
    session,
    comparison.answer,
    last ? { status: "reject", reason: "exhausted" } : { status: "pending" },
  );
}
