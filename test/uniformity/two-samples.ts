/** The given share of a sample that is lowest, in ascending order. */
export function quickest(sample: readonly number[], share: number): number[] {
  return sample.toSorted((left, right) => left - right).slice(0, Math.floor(sample.length * share));
}

/** The median of a sample in ascending order. */
export function medianOf(ascending: readonly number[]): number {
  const half = ascending.length / 2;
  return ((ascending[Math.ceil(half) - 1] ?? Number.NaN) + (ascending[Math.floor(half)] ?? Number.NaN)) / 2;
}

/** Welch's t: how many standard errors the means of two samples lie apart, whatever the variance of each. */
export function welchT(left: readonly number[], right: readonly number[]): number {
  const [first, second] = [momentsOf(left), momentsOf(right)];
  return (
    (first.mean - second.mean) / Math.sqrt(first.variance / left.length + second.variance / right.length)
  );
}

function momentsOf(sample: readonly number[]): { mean: number; variance: number } {
  const mean = sample.reduce((sum, value) => sum + value, 0) / sample.length;
  const squares = sample.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, variance: squares / (sample.length - 1) };
}
