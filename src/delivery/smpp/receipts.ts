import { setImmediate } from "node:timers/promises";
import type { PDU } from "smpp";
import type { ReportSink } from "../provider.ts";
import { namesOf } from "./message-id.ts";
import { type Receipt, readReceipt } from "./receipt.ts";
import { status } from "./status.ts";

/** More that come meanwhile are put off, so that the SMSC cannot make this service run out of memory. */
const underWayMax = 100;

/** Turns delivery receipts into reports. */
export class Receipts {
  readonly #sink: ReportSink;
  readonly #onTrouble: (detail: string) => void;
  readonly #remembering = new Map<string, Promise<void>>();
  readonly #underWay = new Set<Promise<number>>();

  constructor(sink: ReportSink, onTrouble: (detail: string) => void) {
    this.#sink = sink;
    this.#onTrouble = onTrouble;
  }

  /** Remembers whose receipt one with this id will be. Never rejects: the message is sent all the same. */
  async remember(messageId: string, reference: string): Promise<void> {
    const [name] = namesOf(messageId);
    const remembering = this.#sink.remember(name, reference).catch(() => {
      this.#onTrouble("a message id could not be stored: its receipt will be lost");
    });
    this.#remembering.set(name, remembering);
    await remembering;
    this.#remembering.delete(name);
  }

  /**
   * Takes what the SMSC delivers; answers the status to answer it with, and never rejects.
   *
   * "Ok" is the end of it for the SMSC, so a receipt gets it once its report is recorded. One of a
   * message nobody knows may be of another instance's, not remembered yet: the SMSC is asked
   * to try again later, as when the store fails. Messages that people send are dropped.
   */
  async take(pdu: PDU): Promise<number> {
    const receipt = readReceipt(pdu);
    if (receipt === undefined) return status.ok;
    if (this.#underWay.size >= underWayMax) return status.systemError;
    const recording = this.#record(receipt);
    this.#underWay.add(recording);
    return await recording.finally(() => this.#underWay.delete(recording));
  }

  /** Resolves when what is under way now is recorded. */
  async settle(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  async #record({ messageId, ...report }: Receipt): Promise<number> {
    try {
      // The answer to the message may have come in the same packet: whoever waits for it takes it first.
      await setImmediate();
      const reference = await this.#recall(messageId);
      if (reference === undefined) {
        this.#onTrouble("a receipt is of no known message");
        return status.systemError;
      }
      await this.#sink.record({ reference, ...report });
      return status.ok;
    } catch {
      this.#onTrouble("a receipt could not be stored");
      return status.systemError;
    }
  }

  async #recall(messageId: string): Promise<string | undefined> {
    for (const name of namesOf(messageId)) {
      await this.#remembering.get(name);
      const reference = await this.#sink.recall(name);
      if (reference !== undefined) return reference;
    }
    return undefined;
  }
}
