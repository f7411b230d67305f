import { composeMessage, type MessageRequest } from "../../src/message/compose-message.ts";

/** A usual request, with what a test changes about it. */
function requestWith(changes: Partial<MessageRequest> = {}): MessageRequest {
  const usual: MessageRequest = {
    to: "+491701234567",
    code: "471902",
    brand: "Acme",
    expiresInMs: 600_000,
    locale: "en",
    transaction: new Map(),
  };
  return { ...usual, ...changes };
}

export function smsText(changes: Partial<MessageRequest> = {}): string {
  const message = composeMessage("sms", requestWith(changes));
  if (message.channel !== "sms") throw new Error(`asked for an SMS, got ${message.channel}`);
  return message.text;
}

export function callOf(changes: Partial<MessageRequest> = {}) {
  const message = composeMessage("voice", requestWith(changes));
  if (message.channel !== "voice") throw new Error(`asked for a call, got ${message.channel}`);
  return message;
}

export function emailOf(changes: Partial<MessageRequest> = {}) {
  const message = composeMessage("email", requestWith({ to: "someone@example.test", ...changes }));
  if (message.channel !== "email") throw new Error(`asked for an e-mail, got ${message.channel}`);
  return message;
}

export const payment = new Map([
  ["amount", "12 EUR"],
  ["payee_name", "Bob & Söhne"],
]);
