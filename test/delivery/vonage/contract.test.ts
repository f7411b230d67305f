import type { SmsMessage, VoiceMessage } from "../../../src/delivery/provider.ts";
import { httpProviderContract } from "../../contract/http-provider-contract.ts";
import { accountAt, vendorId } from "./account.ts";

const sms: SmsMessage = {
  channel: "sms",
  locale: "en",
  to: "+41791234567",
  country: "CH",
  validForMs: 300_000,
  text: "471902 is your Acme code",
};

const call: VoiceMessage = {
  channel: "voice",
  to: "+41791234567",
  country: "CH",
  validForMs: 300_000,
  speech: {
    locale: "en-GB",
    parts: [
      { kind: "words", text: "Your Acme code is" },
      { kind: "code", characters: "471902" },
    ],
  },
};

httpProviderContract({
  name: "An SMS by Vonage",
  open: accountAt,
  message: sms,
  code: "471902",
  accepts: { kind: "answer", status: 202, body: JSON.stringify({ message_uuid: vendorId }) },
  providerMessageId: vendorId,
});

httpProviderContract({
  name: "A call by Vonage",
  open: accountAt,
  message: call,
  code: "471902",
  accepts: {
    kind: "answer",
    status: 201,
    body: JSON.stringify({
      uuid: vendorId,
      status: "started",
      direction: "outbound",
      conversation_uuid: "CON-f972836a-550f-45fa-956c-12a2ab5b7d22",
    }),
  },
  providerMessageId: vendorId,
});
