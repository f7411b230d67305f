const unitsMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;

/** Writes a span the way the file has it, in the largest unit that leaves no rest. */
export function durationText(spanMs: number): string {
  const [unit, unitMs] = Object.entries(unitsMs).findLast(([, ms]) => spanMs % ms === 0) ?? ["ms", 1];
  return `${spanMs / unitMs}${unit}`;
}

/** Reads a span such as `500ms`, `90s`, `10m` or `24h` into milliseconds; undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  const parts = /^([0-9]{1,9})(ms|s|m|h)$/.exec(text);
  if (parts === null) return undefined;
  // The pattern lets only the units through.
  return Number(parts[1]) * unitsMs[parts[2] as keyof typeof unitsMs];
}
