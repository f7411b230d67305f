import { composeMessage, type MessageRequest } from "../../src/message/compose-message.ts";
import { builtInTemplates, type Templates } from "../../src/message/templates.ts";

export interface Changes extends Partial<MessageRequest> {
  templates?: Templates;
}

/** A usual request, with what a test changes about it. */
function requestWith(changes: Partial<MessageRequest> = {}): MessageRequest {
  const usual: MessageRequest = {
    to: "+491701234567",
    code: "471902",
    brand: "Acme",
    expiresInMs: 600_000,
    locale: "en",
    purpose: "",
    transaction: new Map(),
    variables: new Map(),
  };
  return { ...usual, ...changes };
}

export function smsOf({ templates = builtInTemplates, ...changes }: Changes = {}) {
  const message = composeMessage(templates, "sms", requestWith(changes));
  if (message.channel !== "sms") throw new Error(`asked for an SMS, got ${message.channel}`);
  return message;
}

export function smsText(changes: Changes = {}): string {
  return smsOf(changes).text;
}

export function callOf({ templates = builtInTemplates, ...changes }: Changes = {}) {
  const message = composeMessage(templates, "voice", requestWith(changes));
  if (message.channel !== "voice") throw new Error(`asked for a call, got ${message.channel}`);
  return message;
}

/** What a call says, with the code in brackets. */
export function said(changes: Changes = {}): string {
  return callOf(changes)
    .speech.parts.map((part) => (part.kind === "words" ? part.text : `[${part.characters}]`))
    .join(" ");
}

export function emailOf({ templates = builtInTemplates, ...changes }: Changes = {}) {
  const message = composeMessage(templates, "email", requestWith({ to: "someone@example.test", ...changes }));
  if (message.channel !== "email") throw new Error(`asked for an e-mail, got ${message.channel}`);
  return message;
}

export const payment = new Map([
  ["amount", "12 EUR"],
  ["payee_name", "Bob & Söhne"],
]);
