import type { Dlt } from "../dlt.ts";
import type { Handover, SmsMessage, VoiceMessage } from "../provider.ts";
import { askingNcco, isSayable, speakingNcco } from "./ncco.ts";
import type { Voice } from "./voices.ts";

/** The bounds of `ttl`, in seconds. */
const ttlMin = 20;
const ttlMax = 604_800;

/** How long a phone may ring, in seconds. */
const ringingSecondsMax = 45;

/** https://developer.vonage.com/en/api/messages#SendMessage */
export function messageRequest(
  { to, text, validForMs }: SmsMessage,
  { from, dlt }: { from: string; dlt: Dlt | undefined },
  { reference, reportUrl }: Handover,
) {
  const validForSeconds = Math.floor(validForMs / 1_000);
  return {
    message_type: "text",
    channel: "sms",
    to: withoutPlus(to),
    from,
    text,
    ttl: Math.min(Math.max(validForSeconds, ttlMin), ttlMax),
    sms: {
      encoding_type: "auto",
      ...(dlt !== undefined && { entity_id: dlt.entityId, content_id: dlt.templateId }),
    },
    client_ref: reference,
    ...(reportUrl !== undefined && { webhook_url: reportUrl, webhook_version: "v1" }),
  };
}

/** https://developer.vonage.com/en/api/voice#createCall Undefined if there is more to say than Vonage takes. */
export function callRequest(
  { to, speech, keyPress, validForMs }: VoiceMessage,
  { from, voice }: { from: string; voice: Voice },
  { reportUrl }: Handover,
) {
  const validForSeconds = Math.floor(validForMs / 1_000);
  const speaking = speakingNcco(speech, voice);
  const ncco = keyPress === undefined ? speaking : askingNcco(keyPress, voice);
  // Once a key was pressed, it is too late to find that what follows is too long.
  if (!isSayable(speaking) || !isSayable(ncco)) return undefined;
  return {
    to: [{ type: "phone", number: withoutPlus(to) }],
    from: { type: "phone", number: from },
    ncco,
    ringing_timer: Math.min(Math.max(validForSeconds, 1), ringingSecondsMax),
    ...(reportUrl !== undefined && { event_url: [reportUrl], event_method: "POST" }),
  };
}

function withoutPlus(e164: string): string {
  return e164.replace(/^\+/, "");
}
