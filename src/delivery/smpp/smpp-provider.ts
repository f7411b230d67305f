import type { PDU } from "smpp";
import type { Clock } from "../../clock.ts";
import type { Random } from "../../random.ts";
import { type DltSettings, dltOf, noDltTemplate } from "../dlt.ts";
import type { DeliveryOutcome, Handover, Message, Provider, ReportSink } from "../provider.ts";
import { type Senders, senderFor } from "../sender.ts";
import { e164 } from "./address.ts";
import { Link, type LinkSettings } from "./link.ts";
import { Receipts } from "./receipts.ts";
import { type SmppDialect, submissionsOf } from "./submission.ts";
import { submit } from "./submit.ts";
import { aborted } from "./waiting.ts";

/** An account with an SMSC, or with whoever speaks SMPP 3.4 like one. */
export interface SmppSettings extends LinkSettings, Senders, SmppDialect {
  /** For messages to India. */
  dlt?: DltSettings;
  /** As what to log in. A transmitter alone takes no receipts; with a receiver, they come over a connection of their own. */
  bind: "transceiver" | "transmitter" | "transmitter-and-receiver";
}

export interface SmppParts {
  sink: ReportSink;
  clock: Clock;
  random: Random;
  /** Hears why the connection is not there, and what went wrong with receipts; nothing that the SMSC said in words, but the name of a state that is new. */
  onTrouble?: (detail: string) => void;
}

/**
 * Hands SMS to an SMSC, over a connection that it opens at once and keeps open.
 * "Accepted" means that the SMSC took charge of every part of the message.
 */
export class SmppProvider implements Provider {
  readonly channels = ["sms"] as const;
  readonly #settings: SmppSettings;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #receipts: Receipts;
  readonly #link: Link;
  readonly #receiver: Link | undefined;
  readonly #underWay = new Set<Promise<DeliveryOutcome>>();
  #isClosed = false;

  constructor(settings: SmppSettings, { sink, clock, random, onTrouble = () => {} }: SmppParts) {
    this.#settings = settings;
    this.#clock = clock;
    this.#random = random;
    const receipts = new Receipts({ sink, clock, onTrouble });
    this.#receipts = receipts;
    const { bind } = settings;
    const parts = { takeMessage: (pdu: PDU) => receipts.take(pdu), random, onTrouble };
    const command = bind === "transceiver" ? "bind_transceiver" : "bind_transmitter";
    this.#link = new Link(settings, { ...parts, command });
    if (bind === "transmitter-and-receiver") {
      const onReceiverTrouble = (detail: string) => onTrouble(`receiver: ${detail}`);
      const receiver = { ...parts, command: "bind_receiver", onTrouble: onReceiverTrouble } as const;
      this.#receiver = new Link(settings, receiver);
    }
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
    const { timeoutMs, connectTimeoutMs } = this.#settings;
    const dlt = dltOf(this.#settings.dlt, message);
    if (dlt === "unregistered") return noDltTemplate;
    const [reference = 0] = this.#random.bytes(1);
    const submissions = submissionsOf(message, this.#settings, {
      from: senderFor(this.#settings, message.country),
      reference,
      dlt,
      isReceiptWanted: this.#settings.bind !== "transmitter",
      nowMs: this.#clock.nowMs(),
    });
    if (submissions === undefined) return { kind: "accountRefused", detail: "too long" };

    const deadline = AbortSignal.timeout(Math.min(handover.withinMs, timeoutMs));
    const boundBy = AbortSignal.timeout(Math.min(handover.connectWithinMs, connectTimeoutMs));
    const bound = await this.#link.bound(AbortSignal.any([deadline, boundBy]));
    if (bound.kind === "refused") return { kind: "accountRefused", detail: bound.detail };
    if (bound.kind === "unreachable") return bound;
    const outcome = await submit(bound.session, submissions, deadline);
    if (outcome.kind === "accepted" && outcome.providerMessageId !== undefined) {
      const remembering = this.#receipts.remember(outcome.providerMessageId, handover.reference);
      await Promise.race([remembering, aborted(deadline)]);
    }
    return outcome;
  }

  /** Lets sends and receipts under way settle, then logs out. Later sends answer `unreachable`. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const { timeoutMs, connectTimeoutMs } = this.#settings;
    const settled = Promise.all([...this.#underWay, this.#receipts.settle()]);
    await Promise.race([settled, aborted(AbortSignal.timeout(timeoutMs))]);
    const loggedOut = AbortSignal.timeout(connectTimeoutMs);
    await Promise.all([this.#link.close(loggedOut), this.#receiver?.close(loggedOut)]);
  }
}
