import { SESv2Client, SendEmailCommand } from "@aws-sdk/client-sesv2";
import type { Clock } from "../../clock.ts";
import { addressOnTheWire, automaticMailHeaders, headerText, isOneAddress } from "../mail-text.ts";
import type { DeliveryOutcome, Handover, Message, PostedReports, Provider } from "../provider.ts";
import { type AwsAccountSettings, clientConfig } from "./account.ts";
import { sesErrors } from "./error-codes.ts";
import { type Get, getWithin } from "./get.ts";
import { mailbox } from "./mailbox.ts";
import { SdkTransport } from "./sdk-transport.ts";
import { reportOfSesEvent } from "./ses-events.ts";
import { SnsReports } from "./sns-reports.ts";

export interface AwsSesSettings extends AwsAccountSettings {
  /** The sender: one address, without a display name, that is verified with SES. */
  from: string;
  /** Events, and so reports, come only of mail that is sent with a configuration set. */
  configurationSet?: string;
}

/** E-mail by Amazon SES. "Accepted" means that SES took charge of the message. */
export class AwsSesProvider implements Provider {
  readonly channels = ["email"] as const;
  readonly reports?: PostedReports;
  readonly #settings: AwsSesSettings;
  readonly #transport: SdkTransport;
  readonly #client: SESv2Client;

  /** `get` fetches what SNS has its signatures checked and its subscriptions confirmed with. */
  constructor(settings: AwsSesSettings, clock: Clock, get: Get = getWithin(5_000, settings.proxy)) {
    if (!isOneAddress(settings.from)) throw new Error("The sender of an SES account is one e-mail address.");
    this.#settings = settings;
    this.#transport = new SdkTransport(settings, clock, sesErrors);
    this.#client = new SESv2Client({
      ...clientConfig(settings),
      requestHandler: this.#transport.requestHandler,
    });
    const { reportTopicArn } = settings;
    if (reportTopicArn !== undefined) this.reports = new SnsReports(reportTopicArn, reportOfSesEvent, get);
  }

  async send(message: Message, handover: Handover): Promise<DeliveryOutcome> {
    if (message.channel !== "email") return { kind: "destinationRefused", detail: "not an e-mail" };
    // The parser of destinations has refused these already; SES would read a list into them.
    if (!isOneAddress(message.to)) return { kind: "destinationRefused", detail: "not one address" };

    const { from, configurationSet } = this.#settings;
    const utf8 = (text: string) => ({ Data: text.toWellFormed(), Charset: "UTF-8" });
    const command = new SendEmailCommand({
      FromEmailAddress: mailbox(message.senderName, from),
      Destination: { ToAddresses: [addressOnTheWire(message.to)] },
      Content: {
        Simple: {
          Subject: utf8(headerText(message.subject)),
          Body: { Text: utf8(message.text), Html: utf8(message.html) },
          Headers: Object.entries(automaticMailHeaders).map(([Name, Value]) => ({ Name, Value })),
        },
      },
      // A tag takes the same characters as a reference.
      EmailTags: [{ Name: "passcode_reference", Value: handover.reference }],
      ...(configurationSet !== undefined && { ConfigurationSetName: configurationSet }),
    });
    return this.#transport.send((options) => this.#client.send(command, options), handover);
  }

  async close(): Promise<void> {
    await this.#transport.close();
    this.#client.destroy();
  }
}
