import { isLive, type Ledger, type Origin, type Session, type Windows } from "./ledger.ts";
import { dayMs, hourMs, minuteMs, type Policy } from "./policy.ts";
import { countWithin, roomAtMs } from "./window.ts";

/** Why a limit said no, with all that R16 asks for. */
export interface Refusal {
  readonly rule: "cooldown" | "sendLimit" | "verifyLimit" | "guessBudget";
  readonly scope: "destination" | "session";
  readonly limit: number;
  readonly windowMs: number;
  /** The instant of the refusal by the store's clock, which the ledger's may be ahead of: the wait is told from here. */
  readonly atMs: number;
  /** The instant from which the limit says yes again, if nothing else happens. */
  readonly retryAtMs: number;
}

function sendWindows(policy: Policy): { limit: number; spanMs: number }[] {
  return [
    { limit: policy.sendsPerMinute, spanMs: minuteMs },
    { limit: policy.sendsPerHour, spanMs: hourMs },
    { limit: policy.sendsPerDay, spanMs: dayMs },
  ];
}

/**
 * Why the destination takes no send of the origin now; `undefined` if it takes one.
 *
 * `session` is the one to send in, `undefined` to open a new one. Where several limits
 * refuse, the one that lasts longest speaks, so that coming back at its time is not in vain.
 */
export function sendRefusal(
  ledger: Ledger,
  origin: Origin,
  session: Session | undefined,
  policy: Policy,
): Refusal | undefined {
  const { lastMs, [origin]: windows } = ledger;
  const refusals = [
    cooldownRefusal(windows, lastMs),
    ...sendWindows(policy).map((window) => sendLimitRefusal(windows, window, lastMs)),
    guessBudgetRefusal(ledger, origin, session, policy),
  ];
  return refusals.reduce((longest, refusal) =>
    refusal !== undefined && (longest === undefined || refusal.retryAtMs > longest.retryAtMs)
      ? refusal
      : longest,
  );
}

/** Sends that R7 leaves the origin at this instant. */
export function sendsRemaining(ledger: Ledger, origin: Origin, policy: Policy): number {
  const rooms = sendWindows(policy).map(
    (window) => window.limit - countWithin(ledger[origin].sends, window.spanMs, ledger.lastMs),
  );
  return Math.max(0, Math.min(...rooms));
}

/** R6. */
function cooldownRefusal({ cooldownUntilMs, exhaustions }: Windows, atMs: number): Refusal | undefined {
  if (atMs >= cooldownUntilMs) return undefined;
  const startedMs = exhaustions.at(-1) ?? atMs;
  return {
    rule: "cooldown",
    scope: "destination",
    limit: 0,
    windowMs: cooldownUntilMs - startedMs,
    atMs,
    retryAtMs: cooldownUntilMs,
  };
}

/** R7. */
function sendLimitRefusal(
  { sends }: Windows,
  window: { limit: number; spanMs: number },
  atMs: number,
): Refusal | undefined {
  const retryAtMs = roomAtMs(sends, window, atMs);
  if (retryAtMs === undefined) return undefined;
  return {
    rule: "sendLimit",
    scope: "destination",
    limit: window.limit,
    windowMs: window.spanMs,
    atMs,
    retryAtMs,
  };
}

/** R8. */
export function verifyLimitRefusal(ledger: Ledger, session: Session, policy: Policy): Refusal | undefined {
  const window = { limit: policy.verifiesPerMinute, spanMs: minuteMs };
  const retryAtMs = roomAtMs(session.verifies, window, ledger.lastMs);
  if (retryAtMs === undefined) return undefined;
  return {
    rule: "verifyLimit",
    scope: "session",
    limit: window.limit,
    windowMs: window.spanMs,
    atMs: ledger.lastMs,
    retryAtMs,
  };
}

/**
 * R9: why no further code may be guessed in `session` (`undefined`: in a new one) of the origin.
 *
 * Its wrong codes of 24 hours never exceed the budget. Each of its live sessions in which
 * nothing has been compared keeps one try of it for itself, so that a stranger who spends the
 * rest does not lock the owner out of a code already in hand (R6).
 */
export function guessBudgetRefusal(
  ledger: Ledger,
  origin: Origin,
  session: Session | undefined,
  policy: Policy,
): Refusal | undefined {
  const { failures } = ledger[origin];
  const kept = ledger.sessions.filter(
    (other) =>
      other.id !== session?.id &&
      other.origin === origin &&
      isLive(other, ledger.lastMs) &&
      other.comparisons.length === 0,
  );
  const missing = failures.length + kept.length + 1 - policy.guessesPerDay;
  if (missing <= 0) return undefined;
  const freedAtMs = [...failures.map((atMs) => atMs + dayMs), ...kept.map((other) => other.expiresMs)].sort(
    (a, b) => a - b,
  );
  return {
    rule: "guessBudget",
    scope: "destination",
    limit: policy.guessesPerDay,
    windowMs: dayMs,
    atMs: ledger.lastMs,
    retryAtMs: freedAtMs[missing - 1] as number,
  };
}
