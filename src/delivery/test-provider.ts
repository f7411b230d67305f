import { channels } from "../ledger/channel.ts";
import { type TestDestination, testDestination } from "../ledger/test-destination.ts";
import type { DeliveryOutcome, Handover, Message, Provider, ReportSink } from "./provider.ts";

const detail = "as the test destination asks for";

/** How long a slow delivery takes, in milliseconds. */
const slowMs = 5_000;

/**
 * Sends nothing, and does with every message what its test destination stands for. Any
 * other destination is refused, so that nobody waits for a code that was never sent.
 */
export class TestProvider implements Provider {
  readonly channels = channels;
  readonly #sink: Pick<ReportSink, "record">;
  readonly #underWay = new Set<Promise<unknown>>();

  constructor(sink: Pick<ReportSink, "record">) {
    this.#sink = sink;
  }

  send(message: Message, handover: Pick<Handover, "reference">): Promise<DeliveryOutcome> {
    return this.#awaited(this.#send(message, handover));
  }

  async #send({ to }: Message, { reference }: Pick<Handover, "reference">): Promise<DeliveryOutcome> {
    const destination = testDestination({ canonical: to.toLowerCase() });
    if (destination === undefined) return { kind: "destinationRefused", detail: "not a test destination" };
    const { handover, report } = destination;
    if (handover === "slow") await new Promise((resolve) => setTimeout(resolve, slowMs));
    else if (handover === "overloaded") return { kind: handover, detail, ofDestination: true };
    else if (handover !== "accepted") return { kind: handover, detail };
    if (report !== undefined) void this.#awaited(this.#report(reference, report));
    return { kind: "accepted" };
  }

  /** Reports as a provider would: after it has accepted. */
  async #report(reference: string, report: NonNullable<TestDestination["report"]>): Promise<void> {
    const told = report === "delivered" ? { state: report } : { state: "failed" as const, failure: report };
    await new Promise((resolve) => setImmediate(resolve));
    // Should the store be down, the report is lost, as any other would be in the end.
    await this.#sink.record({ reference, ...told }).catch(() => {});
  }

  #awaited<T>(work: Promise<T>): Promise<T> {
    this.#underWay.add(work);
    return work.finally(() => this.#underWay.delete(work));
  }

  async close(): Promise<void> {
    // What ends may have begun to report.
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }
}
