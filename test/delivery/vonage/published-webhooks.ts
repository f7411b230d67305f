/*
 * What Vonage publishes of its webhooks, read in October 2026:
 *
 * - Message status, Messages API 1.20.0, https://developer.vonage.com/en/api/messages#message-status
 * - Events of calls, https://developer.vonage.com/en/voice/voice-api/webhook-reference
 */

/** A status of an SMS, with every field that the specification shows. */
export function messageStatus(status: string, more: object = {}) {
  return {
    to: "447700900000",
    from: "447700900001",
    channel: "sms",
    destination: { network_code: "12345" },
    sms: { count_total: "2" },
    message_uuid: "aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab",
    timestamp: "2025-02-03T12:14:25Z",
    status,
    client_ref: "AbCd-1234_reference",
    usage: { currency: "EUR", price: "0.0333" },
    ...more,
  };
}

/** The error of a status. In webhooks of old its title was a number. */
export function messageError(code: number, title: string | number = String(code)) {
  return {
    type: `https://developer.vonage.com/api-errors/messages#${code}`,
    title,
    detail: "Words that may quote 447700900000",
    instance: "bf0ca0bf927b3b52e3cb03217e1a1ddf",
  };
}

const common = {
  from: "442079460000",
  to: "447700900000",
  uuid: "aaaaaaaa-bbbb-cccc-dddd-0123456789ab",
  conversation_uuid: "CON-aaaaaaaa-bbbb-cccc-dddd-0123456789ab",
  timestamp: "2020-01-01T12:00:00.000Z",
};

/** An event about the state of a call. */
export function callEvent(status: string, more: object = {}) {
  return { ...common, status, direction: "outbound", ...more };
}

/** The last event of a call that was answered. */
export const completedCall = callEvent("completed", {
  end_time: "2020-01-01T12:00:00.000Z",
  network: "GB-FIXED",
  duration: "2",
  start_time: "2020-01-01T12:00:00.000Z",
  rate: "0.00450000",
  price: "0.00015000",
});

/** Events of a call that are about something else than its state. */
export const otherEvents: readonly (readonly [name: string, event: object])[] = [
  ["a recording", { ...common, recording_url: "https://api.nexmo.com/v1/files/b", size: 12_222 }],
  ["a transfer", { ...common, conversation_uuid_from: "CON-a", conversation_uuid_to: "CON-b" }],
  [
    "an error",
    {
      reason: "Syntax error in NCCO. Invalid value type or action.",
      conversation_uuid: common.conversation_uuid,
      timestamp: common.timestamp,
    },
  ],
];

/** What an `input` action that takes keys ends with. */
export function input(dtmf: { digits: string | null; timed_out: boolean }) {
  return { speech: { results: [] }, dtmf, ...common };
}
