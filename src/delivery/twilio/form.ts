import type { Handover, SmsMessage, VoiceMessage } from "../provider.ts";
import { type Senders, senderFor } from "../sender.ts";
import { askForKey, say } from "./twiml.ts";

/** Seconds that a phone rings: few enough that most voicemail does not answer. */
const ringSeconds = { min: 5, max: 30 };

/** Seconds that a call may take once it is answered, so that none talks to a machine for long. */
const callSecondsMax = 180;

/** https://www.twilio.com/docs/voice/api/call-resource, of `Twiml`. */
const twimlLengthMax = 4_000;

/** https://www.twilio.com/docs/messaging/api/message-resource, of `ValidityPeriod`. */
const validitySeconds = { min: 1, max: 36_000 };

/** What creates a message. Twilio drops it if it is still in the queue when the code has expired. */
export function smsForm(
  { to, country, text, validForMs }: SmsMessage,
  { senders, handover }: { senders: Senders; handover: Handover },
): URLSearchParams {
  const sender = senderFor(senders, country);
  return new URLSearchParams({
    To: to,
    [/^MG[0-9a-fA-F]{32}$/.test(sender) ? "MessagingServiceSid" : "From"]: sender,
    Body: text,
    ValidityPeriod: wholeSeconds(validForMs, validitySeconds),
    ...(handover.reportUrl !== undefined && { StatusCallback: askingForRepeats(handover.reportUrl) }),
  });
}

/** What creates a call that speaks a language of `<Say>`; undefined if it would have more to say than Twilio takes. */
export function callForm(
  { to, speech, keyPress, validForMs }: VoiceMessage,
  { from, language, handover }: { from: string; language: string; handover: Handover },
): URLSearchParams | undefined {
  // With a key press the code is not in here: it is said in answer to the callback.
  const twiml =
    keyPress === undefined
      ? say(speech.parts, language)
      : askForKey({ ...keyPress, continueUrl: askingForRepeats(keyPress.continueUrl) }, language);
  if (twiml.length > twimlLengthMax) return undefined;
  return new URLSearchParams({
    To: to,
    From: from,
    Twiml: twiml,
    Timeout: wholeSeconds(validForMs, ringSeconds),
    TimeLimit: String(callSecondsMax),
    // Without a list of events Twilio reports the end of the call, and nothing before.
    ...(handover.reportUrl !== undefined && { StatusCallback: askingForRepeats(handover.reportUrl) }),
  });
}

/**
 * Has Twilio repeat a callback that we answered with a 5xx, because the store was down, or
 * did not answer: five times within 15 seconds. Left to itself it repeats once, and only
 * what it could not connect for. The fragment is neither requested nor signed.
 * https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides
 */
function askingForRepeats(url: string): string {
  return `${url}#rc=5&rp=5xx,ct,rt`;
}

function wholeSeconds(spanMs: number, { min, max }: { min: number; max: number }): string {
  return String(Math.min(max, Math.max(min, Math.floor(spanMs / 1_000))));
}
