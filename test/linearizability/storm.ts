import { expect, vi } from "vitest";
import { effort, tally } from "../proof/effort.ts";
import { newSeed } from "./chance.ts";
import { Crowd, type CrowdSize } from "./crowd.ts";
import type { Instances } from "./instances.ts";
import { brokenPromises, inexplicable } from "./verdict.ts";

/** What happens to the service or its store while callers are at work. */
export interface Fault {
  /** What begins when a third of the calls have ended. */
  begin(): Promise<void> | void;
  /** What goes on happening, if anything, until it ends. */
  again?(): Promise<void> | void;
  end(): Promise<void> | void;
}

export interface StormOptions extends Partial<CrowdSize> {
  /** Calls that must be left without an answer before it ends; 0 where the service is to bear it. */
  readonly unanswered: number;
}

const quickSize: CrowdSize = { destinations: 6, callersOfEach: 3, callsOfEach: 12 };

/** Lets a crowd call the service through a fault, and expects that what it saw is what the rules allow. */
export async function weather(
  instances: Instances,
  fault: Fault,
  { unanswered, ...size }: StormOptions,
): Promise<void> {
  const crowd = new Crowd(instances, { ...quickSize, ...size, seed: newSeed() });
  const finished = crowd.run();
  await Promise.race([finished, crowd.isWarm()]);
  await fault.begin();
  let isOver = false;
  const over = Promise.race([finished, crowd.isStricken(unanswered)]).finally(() => {
    isOver = true;
  });
  while (fault.again !== undefined && !isOver) await Promise.race([over, fault.again()]);
  await over;
  await fault.end();
  crowd.heal();
  await finished;
  await crowd.lookBack();

  // The messages of a process come through a pipe.
  await vi.waitFor(() => expect(brokenPromises(crowd, instances)).toEqual([]));
  expect(inexplicable(crowd, instances)).toBeUndefined();
  const { calls, unknown } = crowd.counts;
  expect(unknown).toBeGreaterThanOrEqual(unanswered);
  // A service that answers nothing breaks no rule, and proves none.
  expect(unknown).toBeLessThan(calls / 2);
  tally("linearizability", {
    histories: crowd.seen.size,
    operations: calls,
    "operations without an answer": unknown,
    faults: 1,
  });
}

/** Once, and again with other callers and other numbers as the effort says. */
export async function again(once: () => Promise<void>): Promise<void> {
  for (let round = 0; round < effort; round += 1) await once();
}
