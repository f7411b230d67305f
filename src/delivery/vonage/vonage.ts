import type { KeyObject } from "node:crypto";
import type { Clock } from "../../clock.ts";
import type { Channel } from "../../ledger/channel.ts";
import type { Random } from "../../random.ts";
import { callRefusals } from "../call-refusals.ts";
import { type DltSettings, dltOf, noDltTemplate } from "../dlt.ts";
import { HttpClient, type HttpClientSettings } from "../http.ts";
import type { DeliveryOutcome, Handover, Message, Provider, SmsMessage, VoiceMessage } from "../provider.ts";
import { type Senders, senderFor } from "../sender.ts";
import { AccessToken } from "./access-token.ts";
import { outcomeOfAnswer } from "./answer.ts";
import { VonageKeyPresses } from "./key-presses.ts";
import { VonageReports } from "./reports.ts";
import { callRequest, messageRequest } from "./request.ts";
import { voiceFor } from "./voices.ts";
import { WebhookSignature } from "./webhook-signature.ts";

/** An application of an account with Vonage. Numbers of senders are in digits, without a plus. */
export interface VonageSettings extends HttpClientSettings {
  /** A UUID in lower case. */
  readonly applicationId: string;
  /** The application's: an RSA key of 2048 bits or more. */
  readonly privateKey: KeyObject;
  /** The account's, which its webhooks are signed with. Without it there are neither reports nor key presses. */
  readonly signatureSecret?: KeyObject;
  /** Given if the application sends SMS. */
  readonly sms?: Senders;
  readonly dlt?: DltSettings;
  /** The number that calls are from. Given if the application calls. */
  readonly voiceFrom?: string;
  /** Of the Messages API and of the Voice API, without a slash at the end. */
  readonly baseUrl: string;
  readonly voiceBaseUrl: string;
}

/** Sends SMS by the Messages API, version 1, and calls by the Voice API, version 1. "Accepted" means queued. */
export class VonageProvider implements Provider {
  readonly channels: readonly Channel[];
  readonly reports?: VonageReports;
  readonly keyPresses?: VonageKeyPresses;
  readonly #settings: VonageSettings;
  readonly #clock: Clock;
  readonly #http: HttpClient;
  readonly #token: AccessToken;

  constructor(settings: VonageSettings, clock: Clock, random: Random) {
    const { signatureSecret, applicationId, sms, voiceFrom } = settings;
    this.channels = [...(sms ? (["sms"] as const) : []), ...(voiceFrom ? (["voice"] as const) : [])];
    if (signatureSecret !== undefined) {
      const signature = new WebhookSignature(signatureSecret, applicationId);
      this.reports = new VonageReports(signature);
      if (voiceFrom !== undefined) this.keyPresses = new VonageKeyPresses(signature);
    }
    this.#settings = settings;
    this.#clock = clock;
    this.#http = new HttpClient(settings);
    this.#token = new AccessToken(settings, clock, random);
  }

  async send(message: Message, handover: Handover): Promise<DeliveryOutcome> {
    if (message.channel === "sms") return await this.#text(message, handover);
    if (message.channel === "voice") return await this.#call(message, handover);
    return { kind: "destinationRefused", detail: "not a phone" };
  }

  async #text(message: SmsMessage, handover: Handover): Promise<DeliveryOutcome> {
    const { sms, baseUrl } = this.#settings;
    if (sms === undefined) return { kind: "accountRefused", detail: "no sender of SMS" };
    const dlt = dltOf(this.#settings.dlt, message);
    if (dlt === "unregistered") return noDltTemplate;
    const request = messageRequest(message, { from: senderFor(sms, message.country), dlt }, handover);
    return await this.#post(`${baseUrl}/v1/messages`, request, handover);
  }

  async #call(message: VoiceMessage, handover: Handover): Promise<DeliveryOutcome> {
    const { voiceFrom: from, voiceBaseUrl } = this.#settings;
    if (from === undefined) return callRefusals.noNumber;
    const voice = voiceFor(message.speech.locale);
    if (voice === undefined) return callRefusals.noVoice;
    if (message.keyPress !== undefined && this.keyPresses === undefined) return callRefusals.noKeyCheck;
    const request = callRequest(message, { from, voice }, handover);
    if (request === undefined) return callRefusals.tooLong;
    return await this.#post(`${voiceBaseUrl}/v1/calls`, request, handover);
  }

  async #post(url: string, request: object, handover: Handover): Promise<DeliveryOutcome> {
    const headers = {
      authorization: `Bearer ${await this.#token.get()}`,
      "content-type": "application/json",
      accept: "application/json",
    };
    const result = await this.#http.post({ url, headers, body: JSON.stringify(request) }, handover);
    return result.kind === "answered" ? outcomeOfAnswer(result, this.#clock.nowMs()) : result;
  }

  async close(): Promise<void> {
    await this.#http.close();
  }
}
