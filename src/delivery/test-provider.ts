import { channels } from "../ledger/channel.ts";
import { type TestDestination, testDestination } from "../ledger/test-destination.ts";
import type { DeliveryOutcome, Handover, Message, Provider, ReportSink } from "./provider.ts";

/** How long a slow delivery takes, in milliseconds. */
const slowMs = 5_000;

/**
 * Sends nothing, and does with every message what its test destination stands for. Any
 * other destination is refused, so that nobody waits for a code that was never sent.
 */
export class TestProvider implements Provider {
  readonly channels = channels;
  readonly #sink: Pick<ReportSink, "record">;
  readonly #slowMs: number;
  readonly #underWay = new Set<Promise<void>>();

  constructor(sink: Pick<ReportSink, "record">, slow = slowMs) {
    this.#sink = sink;
    this.#slowMs = slow;
  }

  async send({ to }: Message, { reference }: Pick<Handover, "reference">): Promise<DeliveryOutcome> {
    const destination = testDestination({ canonical: to.toLowerCase() });
    if (destination === undefined) return { kind: "destinationRefused", detail: "not a test destination" };
    const { handover, report } = destination;
    if (handover === "slow") await new Promise((resolve) => setTimeout(resolve, this.#slowMs));
    else if (handover !== "accepted") return { kind: handover, detail: "as the test destination asks for" };
    if (report !== undefined) this.#report({ reference, report });
    return { kind: "accepted" };
  }

  /** Reports as a provider would: after it has accepted. */
  #report({
    reference,
    report,
  }: {
    reference: string;
    report: NonNullable<TestDestination["report"]>;
  }): void {
    const told = report === "delivered" ? { state: report } : { state: "failed" as const, failure: report };
    const work = new Promise((resolve) => setImmediate(resolve))
      .then(() => this.#sink.record({ reference, ...told }))
      // The store is down, and the report lost, as any other would be in the end.
      .catch(() => {})
      .finally(() => this.#underWay.delete(work));
    this.#underWay.add(work);
  }

  async close(): Promise<void> {
    await Promise.all(this.#underWay);
  }
}
