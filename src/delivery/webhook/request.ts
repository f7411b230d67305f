import type { Handover, Message, Speech } from "../provider.ts";

/**
 * What is posted to the gateway, as JSON. It is a contract with software that others have
 * written: fields may be added to it, and none is ever renamed, removed or given another
 * meaning. A gateway reads past fields that it does not know.
 */
type WebhookRequest = SmsRequest | VoiceRequest | EmailRequest;

interface AnyRequest {
  version: 1;
  /** Stands for the message, here and in reports: up to 100 of A-Z a-z 0-9 _ - The same again is the same message. */
  reference: string;
  /** Where reports on the message are to be posted; absent if none are wanted. */
  reportUrl?: string;
}

interface PhoneRequest extends AnyRequest {
  /** E.164. */
  to: string;
  /** ISO 3166-1 alpha-2; absent for numbers that belong to no country. */
  country?: string;
  /** Whole seconds that the code still has to live: a message that would arrive later need not be sent. */
  validForSeconds: number;
}

interface SmsRequest extends PhoneRequest {
  channel: "sms";
  text: string;
}

interface VoiceRequest extends PhoneRequest {
  channel: "voice";
  speech: {
    /** BCP 47. */
    locale: string;
    /** In order. Texts are plain, without markup; a code is said slowly, character by character. */
    parts: ({ kind: "words"; text: string } | { kind: "code"; characters: string })[];
  };
  /** If given: the call says the prompt, waits for any key, and says nothing of the speech unless one is pressed. */
  keyPress?: { prompt: string };
}

interface EmailRequest extends AnyRequest {
  channel: "email";
  /** One address, without a display name. */
  to: string;
  /** The display name of the sender, whose address is the gateway's to know. */
  senderName: string;
  subject: string;
  text: string;
  html: string;
}

export function requestOf(message: Message, { reference, reportUrl }: Handover): WebhookRequest {
  const any: AnyRequest = { version: 1, reference, ...(reportUrl !== undefined && { reportUrl }) };
  if (message.channel === "email") {
    const { channel, to, senderName, subject, text, html } = message;
    return { ...any, channel, to, senderName, subject, text, html };
  }
  const { to, country, validForMs } = message;
  const phone: PhoneRequest = {
    ...any,
    to,
    ...(country !== undefined && { country }),
    validForSeconds: Math.max(0, Math.floor(validForMs / 1_000)),
  };
  if (message.channel === "sms") return { ...phone, channel: "sms", text: message.text };
  const { speech, keyPress } = message;
  return {
    ...phone,
    channel: "voice",
    speech: speechOf(speech),
    ...(keyPress !== undefined && { keyPress: { prompt: keyPress.prompt } }),
  };
}

function speechOf({ locale, parts }: Speech): VoiceRequest["speech"] {
  return {
    locale,
    parts: parts.map((part) =>
      part.kind === "code"
        ? { kind: "code", characters: part.characters }
        : { kind: "words", text: part.text },
    ),
  };
}
