import type { Writable } from "node:stream";
import type { Clock } from "../clock.ts";
import type { ProviderSettings } from "../config/config.ts";
import type { Random } from "../random.ts";
import type { HttpProxy } from "./http.ts";
import { Outbox } from "./outbox.ts";
import type { Provider, ReportSink } from "./provider.ts";

export interface ProviderSurroundings {
  readonly clock: Clock;
  readonly random: Random;
  /** Takes what the provider learns on its own connection. */
  readonly sink: ReportSink;
  /** By which servers are reached over HTTP; absent: directly. */
  readonly proxy: HttpProxy | undefined;
  /** Told of troubles with a connection that the provider keeps open. */
  readonly onTrouble: (detail: string) => void;
  /** Where the development outbox shows its messages. */
  readonly outbox: { readonly out: Writable; readonly readable: boolean };
}

/** A vendor's client and its libraries are loaded when an account with it is configured. */
const clients = {
  twilio: () => import("./twilio/twilio.ts"),
  vonage: () => import("./vonage/vonage.ts"),
  "aws-messaging": () => import("./aws/messaging.ts"),
  smpp: () => import("./smpp/smpp-provider.ts"),
  "aws-ses": () => import("./aws/ses.ts"),
  sendgrid: () => import("./sendgrid/sendgrid.ts"),
  smtp: () => import("./smtp/smtp.ts"),
  webhook: () => import("./webhook/webhook.ts"),
  test: () => import("./test-provider.ts"),
};

/** The package without which an account of this kind cannot be opened, if it is not installed. */
export async function missingPackage(kind: ProviderSettings["kind"]): Promise<string | undefined> {
  if (kind === "outbox") return undefined;
  try {
    await clients[kind]();
    return undefined;
  } catch (error) {
    const missing = /^Cannot find package '([^']+)'/.exec(error instanceof Error ? error.message : "")?.[1];
    if (missing === undefined) throw error;
    return missing;
  }
}

export async function openProvider(
  settings: ProviderSettings,
  { clock, random, sink, onTrouble, outbox, proxy }: ProviderSurroundings,
): Promise<Provider> {
  const proxied = proxy === undefined ? {} : { proxy };
  switch (settings.kind) {
    case "twilio": {
      const { TwilioProvider } = await clients.twilio();
      return new TwilioProvider({ ...settings, ...proxied }, clock);
    }
    case "vonage": {
      const { VonageProvider } = await clients.vonage();
      return new VonageProvider({ ...settings, ...proxied }, clock, random);
    }
    case "aws-messaging": {
      const { AwsMessagingProvider } = await clients["aws-messaging"]();
      return new AwsMessagingProvider({ ...settings, ...proxied }, clock);
    }
    case "smpp": {
      const { SmppProvider } = await clients.smpp();
      return new SmppProvider(settings, { sink, clock, random, onTrouble });
    }
    case "aws-ses": {
      const { AwsSesProvider } = await clients["aws-ses"]();
      return new AwsSesProvider({ ...settings, ...proxied }, clock);
    }
    case "sendgrid": {
      const { SendGridProvider } = await clients.sendgrid();
      return new SendGridProvider({ ...settings, ...proxied }, clock);
    }
    case "smtp": {
      const { SmtpProvider } = await clients.smtp();
      return new SmtpProvider({ ...settings, ...proxied }, clock);
    }
    case "webhook": {
      const { WebhookProvider } = await clients.webhook();
      return new WebhookProvider({ ...settings, ...proxied }, clock);
    }
    case "test": {
      const { TestProvider } = await clients.test();
      return new TestProvider(sink);
    }
    case "outbox":
      return new Outbox({ ...outbox, clock });
  }
}
