import { z } from "zod";
import { channels } from "../ledger/channel.ts";
import type { ProviderSettings } from "./config.ts";
import type { Files } from "./pem.ts";
import type { ProviderTraits } from "./provider-traits.ts";
import { awsMessagingSchema, awsSesSchema, channelsOfAwsMessaging } from "./providers/aws-schema.ts";
import { sendGridSchema } from "./providers/sendgrid-schema.ts";
import { smppSchema } from "./providers/smpp-schema.ts";
import { smtpSchema } from "./providers/smtp-schema.ts";
import { channelsOfTwilio, twilioSchema } from "./providers/twilio-schema.ts";
import { channelsOfVonage, vonageSchema } from "./providers/vonage-schema.ts";
import { channelsOfWebhook, webhookSchema } from "./providers/webhook-schema.ts";
import { fieldOf } from "./unchecked.ts";

type Kind = ProviderSettings["kind"];

const real = { isReal: true, isTest: false, keyPress: false } as const;

/** Reports are posted once there is what their signatures are checked with. */
function postedIf(given: unknown, ...fields: readonly string[]) {
  return { reports: hasAny(given, fields) ? "posted" : "none" } as const;
}

/** Calls ask for key presses once there is what the answers' signatures are checked with. */
function keyPressIf(given: unknown, ...fields: readonly string[]) {
  return { keyPress: hasAny(given, fields) } as const;
}

function hasAny(given: unknown, fields: readonly string[]): boolean {
  return fields.some((field) => fieldOf(given, field) !== undefined);
}

/** What is known of each kind by the group of settings that the file has, as yet unchecked. */
const traits: Readonly<Record<Kind, (given: unknown) => ProviderTraits>> = {
  twilio: (given) => ({
    ...real,
    channels: channelsOfTwilio(given),
    needs: { sms: "from or messagingServiceSid", voice: "voiceFrom" },
    ...postedIf(given, "authToken", "sharedKeys"),
    ...keyPressIf(given, "authToken", "sharedKeys"),
  }),
  vonage: (given) => ({
    ...real,
    channels: channelsOfVonage(given),
    needs: { sms: "from", voice: "voiceFrom" },
    ...postedIf(given, "signatureSecret"),
    ...keyPressIf(given, "signatureSecret"),
  }),
  "aws-messaging": (given) => ({
    ...real,
    channels: channelsOfAwsMessaging(given),
    needs: { voice: "voiceFrom" },
    ...postedIf(given, "reportTopicArn"),
  }),
  smpp: (given) => ({
    ...real,
    channels: ["sms"],
    // Receipts come to receivers alone.
    reports: fieldOf(given, "bind") === "transmitter" ? "none" : "inBand",
  }),
  "aws-ses": (given) => ({ ...real, channels: ["email"], ...postedIf(given, "reportTopicArn") }),
  sendgrid: (given) => ({ ...real, channels: ["email"], ...postedIf(given, "verificationKey") }),
  smtp: () => ({ ...real, channels: ["email"], reports: "none" }),
  webhook: (given) => ({
    ...real,
    channels: channelsOfWebhook(given),
    needs: { sms: "channels: [sms]", voice: "channels: [voice]", email: "channels: [email]" },
    reports: "posted",
    keyPress: true,
  }),
  test: () => ({ channels, isReal: false, isTest: true, reports: "inBand", keyPress: false }),
  outbox: () => ({ channels, isReal: false, isTest: false, reports: "none", keyPress: false }),
};

// The keys of an object whose type names them all.
export const providerKinds = Object.keys(traits) as Kind[];

/** Of a provider whose own settings are wrong nothing is held against the profiles that use it: they are problem enough. */
export function traitsReader(files: Files): (given: unknown) => ProviderTraits {
  const schema = providerSchema(files);
  return (given) => {
    const { data } = schema.safeParse(given);
    if (data !== undefined) return traits[data.kind](given);
    return { channels, isReal: false, isTest: false, reports: "inBand", keyPress: true };
  };
}

export function providerSchema(files: Files): z.ZodType<ProviderSettings> {
  const alone = <const K extends Kind>(kind: K) => z.strictObject({ kind: z.literal(kind) });
  return z.discriminatedUnion(
    "kind",
    [
      twilioSchema(files),
      vonageSchema(files),
      awsMessagingSchema(files),
      smppSchema(files),
      awsSesSchema(files),
      sendGridSchema(files),
      smtpSchema(files),
      webhookSchema(files),
      alone("test"),
      alone("outbox"),
    ],
    {
      error: (issue) =>
        issue.code === "invalid_union" ? `must be one of ${providerKinds.join(", ")}` : undefined,
    },
  );
}
