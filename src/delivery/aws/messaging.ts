import {
  PinpointSMSVoiceV2Client,
  SendTextMessageCommand,
  SendVoiceMessageCommand,
} from "@aws-sdk/client-pinpoint-sms-voice-v2";
import type { Clock } from "../../clock.ts";
import type { Channel } from "../../ledger/channel.ts";
import { callRefusals } from "../call-refusals.ts";
import { type DltSettings, dltOf, noDltTemplate } from "../dlt.ts";
import type {
  DeliveryOutcome,
  Handover,
  Message,
  PostedReports,
  Provider,
  SmsMessage,
  VoiceMessage,
} from "../provider.ts";
import { senderFor } from "../sender.ts";
import { type AwsAccountSettings, clientConfig } from "./account.ts";
import { messagingErrors } from "./error-codes.ts";
import { type Get, getWithin } from "./get.ts";
import { reportOfMessagingEvent } from "./messaging-events.ts";
import { SdkTransport } from "./sdk-transport.ts";
import { SnsReports } from "./sns-reports.ts";
import { ssmlOf } from "./ssml.ts";
import { voiceFor } from "./voices.ts";

export interface AwsMessagingSettings extends AwsAccountSettings {
  /** A number, a sender id, a pool, or the id or ARN of one. Absent: AWS picks one that the account has. */
  from?: string;
  /** Origins of SMS for the countries that need another one, by ISO 3166-1 alpha-2. */
  fromByCountry: ReadonlyMap<string, string>;
  /** The number that calls come from, E.164. Without it there are no calls. */
  voiceFrom?: string;
  configurationSet?: string;
  dlt?: DltSettings;
}

/** The seconds that a message may be valid for. https://docs.aws.amazon.com/pinpoint/latest/apireference_smsvoicev2/API_SendTextMessage.html */
const ttlMin = 5;
const ttlMax = 259_200;

/** SMS and calls by AWS End User Messaging. It cannot ask for a key press. */
export class AwsMessagingProvider implements Provider {
  readonly channels: readonly Channel[];
  readonly reports?: PostedReports;
  readonly #settings: AwsMessagingSettings;
  readonly #transport: SdkTransport;
  readonly #client: PinpointSMSVoiceV2Client;

  /** `get` fetches what SNS has its signatures checked and its subscriptions confirmed with. */
  constructor(settings: AwsMessagingSettings, clock: Clock, get: Get = getWithin(5_000, settings.proxy)) {
    this.channels = settings.voiceFrom === undefined ? ["sms"] : ["sms", "voice"];
    this.#settings = settings;
    this.#transport = new SdkTransport(settings, clock, messagingErrors);
    this.#client = new PinpointSMSVoiceV2Client({
      ...clientConfig(settings),
      requestHandler: this.#transport.requestHandler,
    });
    const { reportTopicArn } = settings;
    if (reportTopicArn !== undefined)
      this.reports = new SnsReports(reportTopicArn, reportOfMessagingEvent, get);
  }

  async send(message: Message, handover: Handover): Promise<DeliveryOutcome> {
    if (message.channel === "sms") return this.#sendText(message, handover);
    if (message.channel === "voice") return this.#call(message, handover);
    return { kind: "destinationRefused", detail: "not a phone" };
  }

  async #sendText(message: SmsMessage, handover: Handover): Promise<DeliveryOutcome> {
    const { from, fromByCountry } = this.#settings;
    const dlt = dltOf(this.#settings.dlt, message);
    if (dlt === "unregistered") return noDltTemplate;
    const origin = senderFor({ from, fromByCountry }, message.country);
    const command = new SendTextMessageCommand({
      ...this.#commonOf(message, handover),
      ...(origin !== undefined && { OriginationIdentity: origin }),
      MessageBody: message.text,
      MessageType: "TRANSACTIONAL",
      ...(dlt !== undefined && {
        DestinationCountryParameters: { IN_ENTITY_ID: dlt.entityId, IN_TEMPLATE_ID: dlt.templateId },
      }),
    });
    return this.#transport.send((options) => this.#client.send(command, options), handover);
  }

  async #call(message: VoiceMessage, handover: Handover): Promise<DeliveryOutcome> {
    const { voiceFrom } = this.#settings;
    if (voiceFrom === undefined) return callRefusals.noNumber;
    const voice = voiceFor(message.speech.locale);
    if (voice === undefined) return callRefusals.noVoice;
    const ssml = ssmlOf(message.speech.parts);
    if (ssml === undefined) return callRefusals.tooLong;
    const command = new SendVoiceMessageCommand({
      ...this.#commonOf(message, handover),
      OriginationIdentity: voiceFrom,
      MessageBody: ssml,
      MessageBodyTextType: "SSML",
      VoiceId: voice,
    });
    return this.#transport.send((options) => this.#client.send(command, options), handover);
  }

  #commonOf({ to, validForMs }: SmsMessage | VoiceMessage, { reference }: Handover) {
    const { configurationSet } = this.#settings;
    const seconds = Math.floor(validForMs / 1_000);
    return {
      DestinationPhoneNumber: to,
      TimeToLive: Math.min(ttlMax, Math.max(ttlMin, seconds)),
      Context: { passcode_reference: reference },
      ...(configurationSet !== undefined && { ConfigurationSetName: configurationSet }),
    };
  }

  async close(): Promise<void> {
    await this.#transport.close();
    this.#client.destroy();
  }
}
