/** How far the clock of a vendor may be ahead of ours, in milliseconds. */
export const aheadMsMax = 60_000;

/** Why something signed at one time is not believed at another; undefined if it is. A time that is none is too old. */
export function untimeliness(
  signedMs: number,
  { nowMs, ageMsMax }: { nowMs: number; ageMsMax: number },
): string | undefined {
  const ageMs = nowMs - signedMs;
  if (ageMs < -aheadMsMax) return "of the future";
  return ageMs <= ageMsMax ? undefined : "too old";
}
