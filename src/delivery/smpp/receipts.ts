import { setTimeout as pause, setImmediate } from "node:timers/promises";
import type { PDU } from "smpp";
import type { Clock } from "../../clock.ts";
import type { ReportSink } from "../provider.ts";
import { namesOf } from "./message-id.ts";
import { type Receipt, readReceipt } from "./receipt.ts";
import { status } from "./status.ts";

/** More that come meanwhile are put off, so that the SMSC cannot make this service run out of memory. */
const underWayMax = 100;

/** How long a receipt of no known message is held, in milliseconds: another instance may be about to store its id. */
const heldMs = 250;

/** How long such receipts are asked for again, in milliseconds: the answer to a message may be slower than its receipt. */
const askedAgainMs = 5_000;

/** The quiet between two that makes the next one the first again, in milliseconds. */
const quietMs = 60_000;

/** How many states of no known name are told of, each once. */
const unknownStatesMax = 16;

interface ReceiptsParts {
  sink: ReportSink;
  clock: Clock;
  onTrouble: (detail: string) => void;
}

/** Turns delivery receipts into reports. */
export class Receipts {
  readonly #sink: ReportSink;
  readonly #clock: Clock;
  readonly #onTrouble: (detail: string) => void;
  /** When receipts of no known message began to come, and the last one came. */
  #strangers = { sinceMs: 0, lastMs: -quietMs };
  readonly #remembering = new Map<string, Promise<void>>();
  readonly #underWay = new Set<Promise<number>>();
  readonly #unknownStates = new Set<string>();

  constructor({ sink, clock, onTrouble }: ReceiptsParts) {
    this.#sink = sink;
    this.#clock = clock;
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
   * "Ok" is the end of it for the SMSC, so a receipt gets it once its report is recorded; when the
   * store fails, the SMSC is asked to try again later. Messages that people send are dropped.
   */
  async take(pdu: PDU): Promise<number> {
    const receipt = readReceipt(pdu);
    if (receipt?.kind === "unknownState") this.#tellUnknown(receipt.word);
    if (receipt?.kind !== "receipt") return status.ok;
    if (this.#underWay.size >= underWayMax) return status.systemError;
    const recording = this.#record(receipt);
    this.#underWay.add(recording);
    return await recording.finally(() => this.#underWay.delete(recording));
  }

  /** Resolves when what is under way now is recorded. */
  async settle(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  /** Whether the message arrived is lost until somebody lists the word. */
  #tellUnknown(word: string): void {
    if (this.#unknownStates.has(word) || this.#unknownStates.size >= unknownStatesMax) return;
    this.#unknownStates.add(word);
    this.#onTrouble(`a receipt has a state of no known name: ${word}`);
  }

  async #record({ kind: _, messageId, ...report }: Receipt): Promise<number> {
    try {
      // The answer to the message may have come in the same packet: whoever waits for it takes it first.
      await setImmediate();
      const reference = (await this.#recall(messageId)) ?? (await this.#recallLater(messageId));
      if (reference === undefined) return this.#answerToStranger();
      await this.#sink.record({ reference, ...report });
      return status.ok;
    } catch {
      this.#onTrouble("a receipt could not be stored");
      return status.systemError;
    }
  }

  async #recallLater(messageId: string): Promise<string | undefined> {
    await pause(heldMs, undefined, { ref: false });
    return this.#recall(messageId);
  }

  /**
   * Of an earlier day, a lost store, or another system with the same login: it would come for
   * ever, and hold up all that are behind it where an SMSC keeps them in order. So it is asked
   * for again while its message may yet become known, and then taken.
   */
  #answerToStranger(): number {
    const nowMs = this.#clock.nowMs();
    const { sinceMs, lastMs } = this.#strangers;
    const isFirst = nowMs - lastMs >= quietMs;
    if (isFirst) this.#onTrouble("a receipt is of no known message");
    this.#strangers = { sinceMs: isFirst ? nowMs : sinceMs, lastMs: nowMs };
    return nowMs - this.#strangers.sinceMs < askedAgainMs ? status.systemError : status.ok;
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
