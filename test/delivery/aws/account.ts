import type { AwsMessagingSettings } from "../../../src/delivery/aws/messaging.ts";
import type { AwsSesSettings } from "../../../src/delivery/aws/ses.ts";
import type { Handover } from "../../../src/delivery/provider.ts";

/** What AWS uses in its own documentation. */
const credentials = {
  accessKeyId: "AKIAIOSFODNN7EXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
};

const account = { region: "eu-central-1", credentials, timeoutMs: 5_000, connectTimeoutMs: 3_000 };

export const messagingSettings: AwsMessagingSettings = {
  ...account,
  fromByCountry: new Map(),
  voiceFrom: "+41446681800",
};

export const sesSettings: AwsSesSettings = { ...account, from: "codes@acme.example" };

export const handover: Handover = {
  reference: "AbCd-1234_reference",
  withinMs: 10_000,
  connectWithinMs: 5_000,
};
