/** How often each key occurs; keys that never do count as zero. */
export function countsOf(seen: Iterable<string>, keys: Iterable<string>): number[] {
  const counts = new Map([...keys].map((key) => [key, 0]));
  for (const key of seen) counts.set(key, (counts.get(key) ?? 0) + 1);
  return [...counts.values()];
}

/** How far counts are from all being alike: Pearson's chi-square. */
export function chiSquare(counts: readonly number[]): number {
  const expected = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

/** What chi-square of so many fair counts exceeds once in 10,000 times (Wilson and Hilferty's approximation). */
export function chiSquareMax(countOfCounts: number): number {
  const degrees = countOfCounts - 1;
  const spread = 2 / (9 * degrees);
  return degrees * (1 - spread + 3.719 * Math.sqrt(spread)) ** 3;
}
