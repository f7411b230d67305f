import type { AwsMessagingSettings } from "../delivery/aws/messaging.ts";
import type { AwsSesSettings } from "../delivery/aws/ses.ts";
import type { HttpProxy } from "../delivery/http.ts";
import type { QueueSettings } from "../delivery/provider-queue.ts";
import type { SendGridSettings } from "../delivery/sendgrid/sendgrid.ts";
import type { SmppSettings } from "../delivery/smpp/smpp-provider.ts";
import type { SmtpSettings } from "../delivery/smtp/smtp.ts";
import type { TwilioSettings } from "../delivery/twilio/twilio.ts";
import type { VonageSettings } from "../delivery/vonage/vonage.ts";
import type { WebhookSettings } from "../delivery/webhook/webhook.ts";
import type { Secrets } from "../ledger/keys.ts";
import type { Profile } from "../passcode/profile.ts";
import type { StoreSettings } from "../store/open-store.ts";
import type { LogLevel } from "../telemetry/log.ts";

/** Everything the service is told at its start, checked and in its own words. Spans are milliseconds. */
export interface Config {
  /** Permits what would be insecure in earnest: the outbox as a provider, keys made at the start. */
  readonly development: boolean;
  /** At least one of the two is there. */
  readonly listen: { readonly grpc?: Address; readonly http?: Address };
  readonly tls?: ServerTls;
  readonly apiKeys: readonly ApiKeyHolder[];
  /** Sends in hand at the same time: of an API key that has no bound of its own; without keys, of all callers. */
  readonly sendsInHandMax: number;
  readonly keys: Secrets;
  readonly store: StoreSettings;
  readonly providers: ReadonlyMap<string, ProviderSettings>;
  /** By which providers are reached over HTTP: as the environment says. */
  readonly proxy?: HttpProxy;
  /** Absent: no provider can report to this service. */
  readonly callbacks?: {
    readonly listen: Address;
    /** What providers put before the paths of their requests: no slash at its end. */
    readonly publicUrl: string;
  };
  readonly profiles: ReadonlyMap<string, Profile>;
  readonly log: { readonly level: LogLevel };
  readonly shutdown: {
    /** How long work in hand may take after the signal to stop. */
    readonly drainMs: number;
  };
}

export interface Address {
  /** A host name or an IP address, without brackets. */
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
}

/** PEM texts. */
export interface ServerTls {
  readonly certificate: string;
  readonly key: string;
  /** Whoever calls must show a certificate signed by this one. */
  readonly clientCa?: string;
}

export interface ApiKeyHolder {
  readonly name: string;
  /** Of the key as it is presented, in lower-case hexadecimal. */
  readonly sha256: string;
  /** Absent: every profile. */
  readonly profiles?: ReadonlySet<string>;
  /** Absent: that of all keys. */
  readonly sendsInHandMax?: number;
}

/** An account with a provider, by the kind of its client, and the queue in front of it, where there is to be one. */
export type ProviderSettings = { readonly queue?: QueueSettings } & AccountSettings;

type AccountSettings =
  | ({ readonly kind: "twilio" } & TwilioSettings)
  | ({ readonly kind: "vonage" } & VonageSettings)
  | ({ readonly kind: "aws-messaging" } & AwsMessagingSettings)
  | ({ readonly kind: "smpp" } & SmppSettings)
  | ({ readonly kind: "aws-ses" } & AwsSesSettings)
  | ({ readonly kind: "sendgrid" } & SendGridSettings)
  | ({ readonly kind: "smtp" } & SmtpSettings)
  | ({ readonly kind: "webhook" } & WebhookSettings)
  | { readonly kind: "test" }
  | { readonly kind: "outbox" };
