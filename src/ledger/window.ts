/**
 * Sliding windows over a log of instants, exact: an instant leaves the window the
 * moment the window's length has passed, not before.
 *
 * Logs are ascending instants in milliseconds.
 */

/** How many of the instants lie within the last `spanMs` before `nowMs`. */
export function countWithin(instants: readonly number[], spanMs: number, nowMs: number): number {
  let index = instants.length;
  while (index > 0 && (instants[index - 1] as number) > nowMs - spanMs) index--;
  return instants.length - index;
}

/** The instants that lie within the last `spanMs`; the very array given if that is all of them. */
export function within(instants: readonly number[], spanMs: number, nowMs: number): readonly number[] {
  const count = countWithin(instants, spanMs, nowMs);
  return count === instants.length ? instants : instants.slice(instants.length - count);
}

/**
 * The instant from which the window holds fewer than `limit`, if nothing is added.
 * `undefined` when that is now already.
 */
export function roomAtMs(
  instants: readonly number[],
  window: { limit: number; spanMs: number },
  nowMs: number,
): number | undefined {
  if (countWithin(instants, window.spanMs, nowMs) < window.limit) return undefined;
  return (instants[instants.length - window.limit] as number) + window.spanMs;
}

/** The instants without the given ones, each taken out once, as far as they are there. */
export function without(instants: readonly number[], removed: readonly number[]): readonly number[] {
  return removed.reduce((left, atMs) => {
    const index = left.lastIndexOf(atMs);
    return index < 0 ? left : left.toSpliced(index, 1);
  }, instants);
}
