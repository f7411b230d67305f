/**
 * How far counts are from their shares of the whole, unless told all alike: Pearson's
 * chi-square, with one degree of freedom less than there are counts.
 */
export function chiSquare(counts: Uint32Array, shareOf = (_index: number) => 1 / counts.length): number {
  const whole = counts.reduce((sum, count) => sum + count, 0);
  return counts.reduce((sum, count, index) => {
    const expected = whole * shareOf(index);
    return sum + (count - expected) ** 2 / expected;
  }, 0);
}

/** The standard normal distribution exceeds this once in 1,000,000 times. */
const oneInAMillion = 4.753424;

/**
 * What chi-square of so many fair counts exceeds once in 1,000,000 times.
 *
 * By Wilson and Hilferty: the cube root of chi-square over its degrees of freedom k is
 * nearly normal with mean 1 - 2/(9k) and variance 2/(9k). For the ten digits k = 9:
 * 2/81 = 0.02469, its root is 0.15713, so 9 * (1 - 0.02469 + 4.753424 * 0.15713)^3 = 46.0,
 * where fair counts come to 9. For 26 letters it is 76, for the pairs of digits 184 and
 * of letters 866, for 1,000 buckets 1,226.
 *
 * Counts of fixed inputs are the same in every run, so the chance is not one of failing
 * now and then: it is that of these inputs having been unlucky once and for all.
 */
export function chiSquareMax(countOfCounts: number): number {
  const degrees = countOfCounts - 1;
  const variance = 2 / (9 * degrees);
  return degrees * (1 - variance + oneInAMillion * Math.sqrt(variance)) ** 3;
}
