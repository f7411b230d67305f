import type { Writable } from "node:stream";
import type { Clock } from "../clock.ts";
import type { ProviderSettings } from "../config/config.ts";
import type { Random } from "../random.ts";
import { Outbox } from "./outbox.ts";
import type { Provider, ReportSink } from "./provider.ts";

export interface ProviderSurroundings {
  readonly clock: Clock;
  readonly random: Random;
  /** Takes what the provider learns on its own connection. */
  readonly sink: ReportSink;
  /** Told of troubles with a connection that the provider keeps open. */
  readonly onTrouble: (detail: string) => void;
  /** Where the development outbox shows its messages. */
  readonly outbox: { readonly out: Writable; readonly readable: boolean };
}

/** A vendor's client and its libraries are loaded when an account with it is configured. */
export async function openProvider(
  settings: ProviderSettings,
  { clock, random, sink, onTrouble, outbox }: ProviderSurroundings,
): Promise<Provider> {
  switch (settings.kind) {
    case "twilio": {
      const { TwilioProvider } = await import("./twilio/twilio.ts");
      return new TwilioProvider(settings, clock);
    }
    case "vonage": {
      const { VonageProvider } = await import("./vonage/vonage.ts");
      return new VonageProvider(settings, clock, random);
    }
    case "aws-messaging": {
      const { AwsMessagingProvider } = await import("./aws/messaging.ts");
      return new AwsMessagingProvider(settings, clock);
    }
    case "smpp": {
      const { SmppProvider } = await import("./smpp/smpp-provider.ts");
      return new SmppProvider(settings, { sink, clock, random, onTrouble });
    }
    case "aws-ses": {
      const { AwsSesProvider } = await import("./aws/ses.ts");
      return new AwsSesProvider(settings, clock);
    }
    case "sendgrid": {
      const { SendGridProvider } = await import("./sendgrid/sendgrid.ts");
      return new SendGridProvider(settings, clock);
    }
    case "smtp": {
      const { SmtpProvider } = await import("./smtp/smtp.ts");
      return new SmtpProvider(settings, clock);
    }
    case "webhook": {
      const { WebhookProvider } = await import("./webhook/webhook.ts");
      return new WebhookProvider(settings, clock);
    }
    case "test": {
      const { TestProvider } = await import("./test-provider.ts");
      return new TestProvider(sink);
    }
    case "outbox":
      return new Outbox({ ...outbox, clock });
  }
}
