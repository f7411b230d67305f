import type { DeliveryOutcome } from "../provider.ts";
import { aboutOf } from "./status-code.ts";

/** What a reply answers: connecting up to TLS, AUTH, MAIL, RCPT with DATA, or the dot that ends the text. */
export type Phase = "connection" | "login" | "sender" | "recipient" | "text";

/** A reply of 4xx or 5xx. */
export interface Reply {
  code: number;
  /** Subject and detail of the enhanced status code; undefined if the reply has none. */
  enhanced: string | undefined;
  /** What the server says, who may quote the address. */
  text: string;
  /** For the log. */
  detail: string;
}

type Refusal = Exclude<DeliveryOutcome, { kind: "accepted" }>;

/** What a server's reply says of the message, which it has not taken. */
export function outcomeOfReply(reply: Reply, phase: Phase): Refusal {
  const { code, detail } = reply;
  if (isOverQuota(reply)) return { kind: "accountRefused", detail };
  if (code < 500) return deferral(reply, phase);
  if (phase === "login" || loginCodes.has(code)) return { kind: "accountRefused", detail };
  // A bad sequence of commands: the connection was not in the state that we took it to be in.
  if (phase === "connection" || code === 503) return { kind: "unreachable", detail };

  const about = reply.enhanced === undefined ? "command" : aboutOf(reply.enhanced);
  if (about === "server") return { kind: "overloaded", detail, ...(phase === "recipient" && ofDestination) };
  // A refusal of MAIL FROM is about the sender, whatever it says of an address.
  if (about === "account" || phase === "sender") return { kind: "accountRefused", detail };
  if (about === "destination") return { kind: "destinationRefused", detail };
  if (about === "mailbox") return { kind: "overloaded", detail, ...ofDestination };
  return phase === "recipient" ? refusalOfRecipient(reply) : refusalOfText(reply);
}

const ofDestination = { ofDestination: true } as const;

/** They ask for a log-in, or a better one, at any command. */
const loginCodes: ReadonlySet<number> = new Set([530, 534, 535, 538]);

/**
 * At RCPT anybody can bring one about with an address of his own making: a domain that does not
 * answer, a full mailbox, a server that makes strangers wait. 421 ends the connection, for everybody.
 */
function deferral({ code, enhanced, detail }: Reply, phase: Phase): Refusal {
  const about = enhanced === undefined ? "command" : aboutOf(enhanced);
  const isOfDestination =
    (phase === "recipient" && code !== 421) ||
    (phase === "text" && (about === "destination" || about === "mailbox"));
  return { kind: "overloaded", detail, ...(isOfDestination && ofDestination) };
}

function refusalOfRecipient({ code, enhanced, text, detail }: Reply): Refusal {
  const isOfAccount = enhanced?.startsWith("7.") || /\brelay/i.test(withoutAddresses(text));
  if (isOfAccount || code === 500 || code === 502 || code === 504) return { kind: "accountRefused", detail };
  // "Exceeded storage allocation", in the words of RFC 5321.
  if (code === 552) return { kind: "overloaded", detail, ...ofDestination };
  return { kind: "destinationRefused", detail };
}

/** The address was good enough at RCPT. What is refused now is the sender, or the message by a filter. */
function refusalOfText({ code, text, detail }: Reply): Refusal {
  // Amazon SES and SendGrid say only now, and without an enhanced code, that they do not know the sender.
  const isOfSender = /\bverified\b/i.test(withoutAddresses(text));
  // 552: the message is too long.
  return { kind: isOfSender || code === 552 ? "accountRefused" : "blocked", detail };
}

/** Amazon SES for a day's quota, with the code that it has for a moment's rate too. */
function isOverQuota({ code, text }: Reply): boolean {
  return code === 454 && /Daily message quota exceeded/i.test(text);
}

/** An address is whoever's words who made it. */
function withoutAddresses(text: string): string {
  return text.replace(/<[^>]*>|\S*@\S*/g, "");
}
