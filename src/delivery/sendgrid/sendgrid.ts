import type { KeyObject } from "node:crypto";
import type { Clock } from "../../clock.ts";
import { HttpClient, type HttpClientSettings } from "../http.ts";
import { isOneAddress } from "../mail-text.ts";
import type { DeliveryOutcome, Handover, Message, PostedReports, Provider } from "../provider.ts";
import { outcomeOfAnswer } from "./answer.ts";
import { EventWebhook } from "./event-webhook.ts";
import { mailOf } from "./mail.ts";

/** An account with Twilio SendGrid. */
export interface SendGridSettings extends HttpClientSettings {
  /** Without a slash at its end. */
  readonly baseUrl: string;
  readonly apiKey: string;
  /** The sender: one address, without a display name, that the account has verified. */
  readonly from: string;
  /** The ECDSA P-256 key of the account's signed Event Webhook; without it no report is believed. */
  readonly verificationKey?: KeyObject;
}

/** Hands e-mail to SendGrid's Mail Send API. "Accepted" means that SendGrid has queued the message. */
export class SendGridProvider implements Provider {
  readonly channels = ["email"] as const;
  readonly reports?: PostedReports;
  readonly #settings: SendGridSettings;
  readonly #clock: Clock;
  readonly #http: HttpClient;

  constructor(settings: SendGridSettings, clock: Clock) {
    this.#settings = settings;
    this.#clock = clock;
    this.#http = new HttpClient(settings);
    if (settings.verificationKey !== undefined) this.reports = new EventWebhook(settings.verificationKey);
  }

  async send(message: Message, handover: Handover): Promise<DeliveryOutcome> {
    if (message.channel !== "email") return { kind: "destinationRefused", detail: "not an e-mail" };
    // The parser of destinations has refused these already.
    if (!isOneAddress(message.to)) return { kind: "destinationRefused", detail: "not one address" };
    const { baseUrl, apiKey, from } = this.#settings;
    const result = await this.#http.post(
      {
        url: `${baseUrl}/v3/mail/send`,
        headers: {
          authorization: `Bearer ${apiKey}`,
          accept: "application/json",
          "content-type": "application/json",
        },
        body: JSON.stringify(mailOf(message, { from, reference: handover.reference })),
      },
      handover,
    );
    return result.kind === "answered" ? outcomeOfAnswer(result, this.#clock.nowMs()) : result;
  }

  async close(): Promise<void> {
    await this.#http.close();
  }
}
