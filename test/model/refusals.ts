import {
  dayMs,
  hourMs,
  isLive,
  type ModelLimits,
  type ModelSession,
  type ModelState,
  minuteMs,
} from "./state.ts";

/** A limit that says no, and when it says yes again if nothing else happens. */
export interface Refused {
  readonly rule: "cooldown" | "sendLimit" | "verifyLimit" | "guessBudget";
  readonly retryAtMs: number;
}

/** R6, R7, R9: the longest speaks, and of equally long ones the first in this order. `session` is the one to send in, if it is there. */
export function sendRefused(
  state: ModelState,
  origin: ModelSession["origin"],
  session: ModelSession | undefined,
  limits: ModelLimits,
): Refused | undefined {
  const atMs = state.changedMs;
  const { sends, coolUntilMs } = state[origin];
  const refusals: (Refused | undefined)[] = [
    atMs < coolUntilMs ? { rule: "cooldown", retryAtMs: coolUntilMs } : undefined,
    ...sendWindows(limits).map(([limit, spanMs]) => windowRefused("sendLimit", sends, limit, spanMs, atMs)),
    guessRefused(state, origin, session, limits),
  ];
  let longest: Refused | undefined;
  for (const one of refusals) if (one && (!longest || one.retryAtMs > longest.retryAtMs)) longest = one;
  return longest;
}

export function sendsLeft(state: ModelState, origin: ModelSession["origin"], limits: ModelLimits): number {
  const rooms = sendWindows(limits).map(
    ([limit, spanMs]) =>
      limit - state[origin].sends.filter((sentMs) => state.changedMs - sentMs < spanMs).length,
  );
  return Math.max(0, Math.min(...rooms));
}

/** R8. */
export function verifyRefused(
  { changedMs }: ModelState,
  { calls }: ModelSession,
  { verifiesPerMinute }: ModelLimits,
): Refused | undefined {
  return windowRefused("verifyLimit", calls, verifiesPerMinute, minuteMs, changedMs);
}

/** R9: wrong codes stay within the budget, of which each other live session without a comparison keeps one. */
export function guessRefused(
  state: ModelState,
  origin: ModelSession["origin"],
  session: ModelSession | undefined,
  limits: ModelLimits,
): Refused | undefined {
  const atMs = state.changedMs;
  const keeping = state.sessions.filter(
    (other) =>
      other.name !== session?.name &&
      other.origin === origin &&
      other.attempts === 0 &&
      isLive(other, atMs, limits),
  );
  const freedMs = [
    ...state[origin].wrongCodes.map((wrongMs) => wrongMs + dayMs),
    ...keeping.map(({ openedMs }) => openedMs + limits.expiryMs),
  ].sort((a, b) => a - b);
  const tooMany = freedMs.length + 1 - limits.guessesPerDay;
  if (tooMany <= 0) return undefined;
  return { rule: "guessBudget", retryAtMs: freedMs[tooMany - 1] ?? Number.POSITIVE_INFINITY };
}

function sendWindows(limits: ModelLimits): [limit: number, spanMs: number][] {
  return [
    [limits.sendsPerMinute, minuteMs],
    [limits.sendsPerHour, hourMs],
    [limits.sendsPerDay, dayMs],
  ];
}

function windowRefused(
  rule: Refused["rule"],
  instants: readonly number[],
  limit: number,
  spanMs: number,
  atMs: number,
): Refused | undefined {
  const inside = instants.filter((instant) => atMs - instant < spanMs);
  if (inside.length < limit) return undefined;
  // When this one leaves the span, it holds one fewer than the limit.
  return { rule, retryAtMs: (inside[inside.length - limit] ?? atMs) + spanMs };
}
