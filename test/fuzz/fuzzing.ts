import { randomInt } from "node:crypto";
import fc from "fast-check";
import { effort, tally } from "../proof/effort.ts";
import { Watchdog } from "./watchdog.ts";

/**
 * Where this run's chance starts. A run tells it on standard error, and is repeated,
 * input by input, by setting PASSCODE_SEED to it.
 */
const seed = Number(process.env["PASSCODE_SEED"]) || randomInt(1, 2 ** 31);
process.stderr.write(`fuzz: PASSCODE_SEED=${seed}\n`);

const watchdog = new Watchdog(`PASSCODE_SEED=${seed}`);

/** No input's work may take longer, in milliseconds: thousands of times what it takes. */
export const inputMsMax = 10_000;

/**
 * Tries `inputs` inputs, or as many times more as the run has effort. What is counted is
 * what ran. A failing input is made smaller before it is told, with the seed.
 */
export async function fuzz<T>(
  inputs: number,
  arbitrary: fc.Arbitrary<T>,
  check: (input: T) => void | Promise<void>,
  /** Inputs to try first. */
  first: readonly T[] = [],
): Promise<void> {
  let ran = 0;
  try {
    await fc.assert(
      fc.asyncProperty(arbitrary, async (input) => {
        ran += 1;
        watchdog.beat();
        await within(inputMsMax, check(input));
      }),
      // Making an input smaller has to end before the test does, or nobody hears of the input.
      {
        seed,
        numRuns: first.length + inputs * effort,
        examples: first.map((input): [T] => [input]),
        interruptAfterTimeLimit: 100_000 * effort,
        markInterruptAsFailure: true,
      },
    );
  } finally {
    watchdog.rest();
    tally("fuzz", { inputs: ran });
  }
}

/** Settles as the work does, or rejects when it takes too long. */
export async function within<T>(ms: number, work: T | Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`nothing came of it within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
