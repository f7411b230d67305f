import { z } from "zod";

/*
 * What Vonage publishes of the requests it takes, as far as SMS and calls to phones go, read in
 * October 2026:
 *
 * - Messages API 1.20.0, https://developer.vonage.com/en/api/messages
 * - Voice API 1.10.0, https://developer.vonage.com/en/api/voice
 * - NCCO reference, https://developer.vonage.com/en/voice/voice-api/ncco-reference
 * - Text to speech, https://developer.vonage.com/en/voice/voice-api/guides/text-to-speech
 *
 * The specifications let unknown fields pass. Here they do not, so that a misspelt one shows.
 */

const e164WithoutPlus = z.string().regex(/^\d{7,15}$/);
const webUrl = z.url({ protocol: /^https$/ });

/** POST /v1/messages, message type `text`, channel `sms`. */
export const messageRequestForm = z.strictObject({
  message_type: z.literal("text"),
  channel: z.literal("sms"),
  to: e164WithoutPlus,
  from: z.string().regex(/^(?:\d{1,15}|[A-Za-z0-9]{1,11})$/),
  text: z.string().max(1_000),
  ttl: z.int().min(20).max(604_800).optional(),
  sms: z
    .strictObject({
      encoding_type: z.enum(["text", "unicode", "auto"]).optional(),
      content_id: z.string().optional(),
      entity_id: z.string().optional(),
      pool_id: z.string().optional(),
    })
    .optional(),
  client_ref: z.string().max(100).optional(),
  webhook_url: webUrl.optional(),
  webhook_version: z.enum(["v0.1", "v1"]).optional(),
  trusted_recipient: z.boolean().optional(),
});

/** Those of the `talk` action, which are more than those that the specification of the Voice API lists. */
const languages = z.enum(
  `af-ZA ar bg-BG bn-IN ca-ES cmn-CN cmn-TW cs-CZ cy-GB da-DK de-DE el-GR en-AU en-GB en-GB-WLS en-IN en-US
  en-ZA es-ES es-MX es-US eu-ES fi-FI fil-PH fr-CA fr-FR gu-IN he-IL hi-IN hu-HU id-ID is-IS it-IT ja-JP kn-IN
  ko-KR lv-LV ml-IN ms-MY nb-NO nl-BE nl-NL pa-IN pl-PL pt-BR pt-PT ro-RO ru-RU sk-SK sr-RS sv-SE ta-IN te-IN
  th-TH tr-TR uk-UA vi-VN yue-CN yue-HK
  ${/* Of the SDK, @vonage/voice 1.24.1: */ "de-AT en-IE en-NZ gl-ES"}`.split(/\s+/),
);

const talkForm = z.strictObject({
  action: z.literal("talk"),
  text: z.string().refine((text) => text.replace(/<[^>]*>/g, "").length <= 1_500),
  bargeIn: z.boolean().optional(),
  loop: z.int().min(0).optional(),
  level: z.string().optional(),
  language: languages.optional(),
  style: z.int().min(0).max(23).optional(),
  premium: z.boolean().optional(),
});

const inputForm = z.strictObject({
  action: z.literal("input"),
  type: z.array(z.enum(["dtmf", "speech"])).min(1),
  dtmf: z
    .strictObject({
      timeOut: z.int().min(0).max(10).optional(),
      maxDigits: z.int().min(1).max(20).optional(),
      submitOnHash: z.boolean().optional(),
    })
    .optional(),
  eventUrl: z.array(webUrl).length(1).optional(),
  eventMethod: z.enum(["POST", "GET"]).optional(),
});

export const nccoForm = z
  .array(z.discriminatedUnion("action", [talkForm, inputForm]))
  .refine(
    (actions) =>
      actions.every(
        (one, at) => one.action !== "talk" || one.bargeIn !== true || actions[at + 1]?.action === "input",
      ),
    { error: "an input has to follow a talk that a key ends" },
  );

/** POST /v1/calls, with an NCCO. */
export const callRequestForm = z.strictObject({
  to: z.array(z.strictObject({ type: z.literal("phone"), number: e164WithoutPlus })).length(1),
  from: z.strictObject({ type: z.literal("phone"), number: e164WithoutPlus }),
  ncco: nccoForm.min(1),
  event_url: z.array(webUrl).length(1).optional(),
  event_method: z.enum(["POST", "GET"]).optional(),
  length_timer: z.int().min(1).max(86_400).optional(),
  ringing_timer: z.int().min(1).max(120).optional(),
});
