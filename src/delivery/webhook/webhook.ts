import type { KeyObject } from "node:crypto";
import type { Clock } from "../../clock.ts";
import type { Channel } from "../../ledger/channel.ts";
import { HttpClient, type HttpClientSettings } from "../http.ts";
import type { DeliveryOutcome, Handover, Message, PostedReports, Provider } from "../provider.ts";
import { outcomeOfAnswer } from "./answer.ts";
import { requestOf } from "./request.ts";
import { SignedReports } from "./signed-reports.ts";
import { signatureOf } from "./standard-webhooks.ts";

/** A gateway of the company's own, which takes messages by HTTP and sees to their delivery. */
export interface WebhookSettings extends HttpClientSettings {
  readonly url: string;
  /** Signs what is posted to the gateway, and the reports that the gateway posts. */
  readonly secret: KeyObject;
  /** What the gateway delivers; at least one. */
  readonly channels: readonly Channel[];
  /** The value of the `authorization` header, for a gateway behind a proxy that wants one. */
  readonly authorization?: string;
}

/**
 * Posts messages to a gateway, signed as Standard Webhooks has it (https://www.standardwebhooks.com).
 *
 * The `webhook-id` is the reference: a gateway that sees it again has the same message, and
 * sends it once. "Accepted" means what the gateway means by it.
 */
export class WebhookProvider implements Provider {
  readonly channels: readonly Channel[];
  readonly reports: PostedReports;
  readonly #settings: WebhookSettings;
  readonly #clock: Clock;
  readonly #http: HttpClient;

  constructor(settings: WebhookSettings, clock: Clock) {
    this.channels = settings.channels;
    this.reports = new SignedReports(settings.secret);
    this.#settings = settings;
    this.#clock = clock;
    this.#http = new HttpClient(settings);
  }

  async send(message: Message, handover: Handover): Promise<DeliveryOutcome> {
    const { url, secret, authorization } = this.#settings;
    const id = handover.reference;
    const timestamp = String(Math.floor(this.#clock.nowMs() / 1_000));
    const body = JSON.stringify(requestOf(message, handover));
    const headers = {
      "content-type": "application/json",
      "webhook-id": id,
      "webhook-timestamp": timestamp,
      "webhook-signature": signatureOf({ id, timestamp, body }, secret),
      ...(authorization !== undefined && { authorization }),
    };
    const result = await this.#http.post({ url, headers, body }, handover);
    return result.kind === "answered" ? outcomeOfAnswer(result, this.#clock.nowMs()) : result;
  }

  async close(): Promise<void> {
    await this.#http.close();
  }
}
