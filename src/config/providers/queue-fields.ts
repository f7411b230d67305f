import type { QueueSettings } from "../../delivery/provider-queue.ts";
import { wholeNumber } from "../scalar-schema.ts";

/** What bounds the messages given to a provider, beside how many it may have in hand. */
export const queueFields = {
  ratePerSecond: wholeNumber({ min: 1, max: 10_000 }).exactOptional(),
  queueMax: wholeNumber({ min: 0, max: 100_000 }).default(2_000),
};

interface QueueFields {
  ratePerSecond?: number | undefined;
  queueMax: number;
}

/** What `queueFields` reads, as the queue takes it. */
export function queueSettings(
  { ratePerSecond, queueMax }: QueueFields,
  concurrency: number,
): { queue: QueueSettings } {
  return { queue: { concurrency, queueMax, ...(ratePerSecond !== undefined && { ratePerSecond }) } };
}
