import type { Clock } from "../../clock.ts";
import type { Random } from "../../random.ts";
import type { DeliveryOutcome, Handover, Message, Provider, ReportSink } from "../provider.ts";
import { type Senders, senderFor } from "../sender.ts";
import { e164 } from "./address.ts";
import { Link, type LinkSettings } from "./link.ts";
import { Receipts } from "./receipts.ts";
import { submissionsOf } from "./submission.ts";
import { submit } from "./submit.ts";
import { aborted } from "./waiting.ts";

/** An account with an SMSC, or with whoever speaks SMPP 3.4 like one. */
export interface SmppSettings extends LinkSettings, Senders {
  /** Messages that may wait for an answer at the same time. */
  windowMax: number;
}

export interface SmppParts {
  sink: ReportSink;
  clock: Clock;
  random: Random;
  /** Hears why the connection is not there, and what went wrong with receipts; nothing that the SMSC said in words, but the name of a state that is new. */
  onTrouble?: (detail: string) => void;
}

/**
 * Hands SMS to an SMSC, over one connection that it opens at once and keeps open.
 * "Accepted" means that the SMSC took charge of every part of the message.
 */
export class SmppProvider implements Provider {
  readonly channels = ["sms"] as const;
  readonly #settings: SmppSettings;
  readonly #random: Random;
  readonly #receipts: Receipts;
  readonly #link: Link;
  readonly #underWay = new Set<Promise<DeliveryOutcome>>();
  #submitting = 0;
  #isClosed = false;

  constructor(settings: SmppSettings, { sink, clock, random, onTrouble = () => {} }: SmppParts) {
    this.#settings = settings;
    this.#random = random;
    const receipts = new Receipts({ sink, clock, onTrouble });
    this.#receipts = receipts;
    this.#link = new Link(settings, { takeMessage: (pdu) => receipts.take(pdu), random, onTrouble });
  }

  send(message: Message, handover: Handover): Promise<DeliveryOutcome> {
    const sending = this.#send(message, handover);
    this.#underWay.add(sending);
    return sending.finally(() => this.#underWay.delete(sending));
  }

  async #send(message: Message, handover: Handover): Promise<DeliveryOutcome> {
    if (message.channel !== "sms") return { kind: "destinationRefused", detail: "not an SMS" };
    if (!e164.test(message.to)) return { kind: "destinationRefused", detail: "not E.164" };
    if (this.#isClosed) return { kind: "unreachable", detail: "closed" };
    const { timeoutMs, connectTimeoutMs, windowMax } = this.#settings;
    const [concatenation = 0] = this.#random.bytes(1);
    const from = senderFor(this.#settings, message.country);
    const submissions = submissionsOf(message, { from, concatenation });
    if (submissions === undefined) return { kind: "accountRefused", detail: "too long" };

    const deadline = AbortSignal.timeout(Math.min(handover.withinMs, timeoutMs));
    const boundBy = AbortSignal.timeout(Math.min(handover.connectWithinMs, connectTimeoutMs));
    const bound = await this.#link.bound(AbortSignal.any([deadline, boundBy]));
    if (bound.kind === "refused") return { kind: "accountRefused", detail: bound.detail };
    if (bound.kind === "unreachable") return bound;
    if (this.#submitting >= windowMax) return { kind: "overloaded", detail: "window full" };
    this.#submitting += 1;
    try {
      const outcome = await submit(bound.session, submissions, deadline);
      if (outcome.kind === "accepted" && outcome.providerMessageId !== undefined) {
        const remembering = this.#receipts.remember(outcome.providerMessageId, handover.reference);
        await Promise.race([remembering, aborted(deadline)]);
      }
      return outcome;
    } finally {
      this.#submitting -= 1;
    }
  }

  /** Lets sends and receipts under way settle, then logs out. Later sends answer `unreachable`. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const { timeoutMs, connectTimeoutMs } = this.#settings;
    const settled = Promise.all([...this.#underWay, this.#receipts.settle()]);
    await Promise.race([settled, aborted(AbortSignal.timeout(timeoutMs))]);
    await this.#link.close(AbortSignal.timeout(connectTimeoutMs));
  }
}
