import { systemClock } from "../../../src/clock.ts";
import { AwsMessagingProvider } from "../../../src/delivery/aws/messaging.ts";
import type { SmsMessage, VoiceMessage } from "../../../src/delivery/provider.ts";
import { httpProviderContract } from "../../contract/http-provider-contract.ts";
import { messagingSettings } from "./account.ts";

const sms: SmsMessage = {
  channel: "sms",
  locale: "en",
  to: "+41791234567",
  country: "CH",
  text: "Acme: 493817 is your code.",
  validForMs: 300_000,
};

const call: VoiceMessage = {
  channel: "voice",
  to: "+41791234567",
  country: "CH",
  speech: { locale: "en-GB", parts: [{ kind: "code", characters: "493817" }] },
  validForMs: 300_000,
};

const accepts = {
  kind: "answer",
  status: 200,
  headers: { "content-type": "application/x-amz-json-1.0" },
  body: JSON.stringify({ MessageId: "862a8790-60c0-4430-9b2b-658bdexample" }),
} as const;

for (const message of [sms, call]) {
  httpProviderContract({
    name: `AWS End User Messaging with ${message.channel}`,
    open: (baseUrl) => new AwsMessagingProvider({ ...messagingSettings, baseUrl }, systemClock),
    message,
    code: "493817",
    accepts,
    providerMessageId: "862a8790-60c0-4430-9b2b-658bdexample",
  });
}
