import { expect } from "vitest";
import { systemClock } from "../../src/clock.ts";
import { Deliveries } from "../../src/delivery/deliveries.ts";
import type { Message, Provider } from "../../src/delivery/provider.ts";
import { createLog } from "../../src/telemetry/log.ts";

/** How long an answer of the provider takes in these tests, in milliseconds. */
export const answerMs = 100;

/** As many at once as a provider may have come in a bad minute. */
export const burst = 1_500;

/** Sends as many messages at once to one provider, each by a caller who waits for 20 seconds: all are accepted, and the circuit stays closed. */
export async function sendBurst(
  provider: Provider,
  { concurrency, message }: { concurrency: number; message: Message },
): Promise<void> {
  const lines: string[] = [];
  const deliveries = new Deliveries(new Map([["only", provider]]), {
    clock: systemClock,
    log: createLog("debug", { write: (line) => lines.push(line) }),
    queues: new Map([["only", { concurrency, queueMax: 2_000 }]]),
  });
  const outcomes = await Promise.all(
    Array.from({ length: burst }, async (_, index) => {
      const { outcome } = await deliveries.send({
        providers: ["only"],
        message: () => message,
        handover: () => ({ reference: `ref-${index}` }),
        caller: {
          key: "one",
          signal: new AbortController().signal,
          gone: () => false,
          remainingMs: () => 20_000,
        },
        afterNoAnswer: "stop",
        onAttempt: () => {},
      });
      return outcome.kind;
    }),
  );
  expect(Map.groupBy(outcomes, (kind) => kind).get("accepted")).toHaveLength(burst);
  expect(lines.join("")).not.toContain("circuit");
}
