import { randomInt } from "node:crypto";
import { parseArgs } from "node:util";
import { tally } from "../proof/effort.ts";
import { type CallClass, classes, type TimedCall, TimedCalls } from "./timed-calls.ts";
import { medianOf, quickest, welchT } from "./two-samples.ts";

/*
 * Whether the time of a verification tells one reason of a refusal from another: calls
 * of all classes in an order by chance, in one process, without a network. It prints
 * what it measured and judges nothing; |t| above 4.5 is what dudect takes for a leak.
 *
 *   node test/uniformity/timing.ts [--calls N]     N calls of each class, 20,000 unless told
 */

/** Calls of each class made ready together: few enough that none waits long for its turn. */
const batchSize = 250;

const { values } = parseArgs({ options: { calls: { type: "string", default: "20000" } } });
const callsPerClass = Number(values.calls);
if (!(Number.isInteger(callsPerClass) && callsPerClass >= 100)) {
  throw new RangeError("--calls takes a whole number from 100");
}

const timed = await TimedCalls.start();
// Not measured: the compiler is still at work.
await measure(timed, batchSize * 4);
const samples = await measure(timed, callsPerClass);
await timed.close();
report(samples);
tally("uniformity", { "timed calls": callsPerClass * classes.length });

/** The microseconds of so many calls of each class. */
async function measure(calls: TimedCalls, perClass: number): Promise<Map<CallClass, number[]>> {
  const micros = new Map<CallClass, number[]>(classes.map((name) => [name, []]));
  for (let made = 0; made < perClass; made += batchSize) {
    const batch = await calls.batch(Math.min(batchSize, perClass - made));
    for (const { of, run } of shuffled(batch)) {
      const start = performance.now();
      await run();
      micros.get(of)?.push((performance.now() - start) * 1_000);
    }
  }
  return micros;
}

function shuffled(calls: readonly TimedCall[]): TimedCall[] {
  const keyed = calls.map((call) => ({ call, key: randomInt(2 ** 47) }));
  return keyed.sort((left, right) => left.key - right.key).map(({ call }) => call);
}

/** Of each class the lower 95 %, where pauses of the process do not drown the rest. */
function report(measured: ReadonlyMap<CallClass, readonly number[]>): void {
  const lower = [...measured].map(([name, micros]) => ({ name, micros: quickest(micros, 0.95) }));
  print(`${callsPerClass} calls of each class; microseconds`);
  for (const { name, micros } of lower) print(`  ${name.padEnd(32)} median ${medianOf(micros).toFixed(2)}`);
  print("pairs: Welch's t, difference of medians");
  for (const [index, left] of lower.entries()) {
    for (const right of lower.slice(index + 1)) {
      const t = welchT(left.micros, right.micros).toFixed(2).padStart(9);
      const apart = (medianOf(left.micros) - medianOf(right.micros)).toFixed(2).padStart(8);
      print(`  ${`${left.name} / ${right.name}`.padEnd(60)} t ${t}  ${apart}`);
    }
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
