import type { Readable } from "node:stream";
import type { Clock } from "../../clock.ts";
import type { HttpProxy } from "../http.ts";
import { addressOnTheWire, automaticMailHeaders, headerText, isOneAddress } from "../mail-text.ts";
import type { DeliveryOutcome, EmailMessage, Handover, Message, Provider } from "../provider.ts";
import { AccessTokens, NoToken, type OAuth2Settings } from "./access-tokens.ts";
import { outcomeOfReply, type Phase } from "./refusal.ts";
import { openTransport, type Transport } from "./transport.ts";

/** An account with a mail server. */
export interface SmtpSettings {
  host: string;
  port: number;
  /** `starttls` and `tls` verify the certificate and never fall back to clear text; `none` never encrypts. */
  security: "starttls" | "tls" | "none";
  /** Given together with the password, or with OAuth 2.0. Given, they are used or the send fails. */
  username?: string;
  password?: string;
  /** Logs in by XOAUTH2, with access tokens in place of a password. */
  oauth2?: OAuth2Settings;
  /** The sender: one address, without a display name. */
  from: string;
  /** Where answers go: one address. Absent: to the sender. */
  replyTo?: string;
  /** What this client calls itself. Absent: the sender's domain. */
  ehloName?: string;
  /** Certificates, as PEM, trusted in place of the system's. */
  ca?: string;
  /** The name that the certificate must have, where it is not the host's. */
  serverName?: string;
  /** Our own certificate and its key, as PEM, for a server that asks for one. */
  certificate?: string;
  key?: string;
  /** Milliseconds to connect, greet and agree on TLS. The server may be silent for twice, and a send takes at most thrice as long. */
  timeoutMs: number;
  /** By which `oauth2` fetches its tokens; absent: directly. */
  proxy?: HttpProxy;
  /** Connections kept open to send at the same time. */
  connectionsMax: number;
}

interface Attempt {
  outcome: DeliveryOutcome;
  isLoginRefused: boolean;
}

/** Hands e-mail to a mail server. "Accepted" means that the server took charge of the message. */
export class SmtpProvider implements Provider {
  readonly channels = ["email"] as const;
  readonly #from: string;
  readonly #replyTo: string | undefined;
  readonly #sendMs: number;
  readonly #tokens: AccessTokens | undefined;
  readonly #transport: Transport;
  /** The text of each message under way, under the signal that bounds its sending. */
  readonly #texts = new WeakMap<AbortSignal, Readable>();
  readonly #underWay = new Set<Promise<DeliveryOutcome>>();

  constructor(settings: SmtpSettings, clock: Clock) {
    const { from, replyTo, oauth2, timeoutMs } = settings;
    if (!isOneAddress(from) || (replyTo !== undefined && !isOneAddress(replyTo))) {
      throw new Error("The sender of an SMTP account is one e-mail address, and so is whom answers go to.");
    }
    this.#from = from;
    this.#replyTo = replyTo;
    this.#sendMs = 3 * timeoutMs;
    this.#tokens = oauth2 && new AccessTokens(oauth2, { timeoutMs, clock, proxy: settings.proxy });
    this.#transport = openTransport(settings, this.#tokens);
    this.#transport.use("stream", ({ data, message }, done) => {
      const open = message.createReadStream.bind(message);
      message.createReadStream = (options) => {
        const text = open(options);
        if (data.signal) this.#texts.set(data.signal, text);
        return text;
      };
      done();
    });
  }

  send(message: Message, { withinMs }: Pick<Handover, "withinMs">): Promise<DeliveryOutcome> {
    const sending = this.#send(message, withinMs);
    this.#underWay.add(sending);
    return sending.finally(() => this.#underWay.delete(sending));
  }

  async #send(message: Message, withinMs: number): Promise<DeliveryOutcome> {
    if (message.channel !== "email") return { kind: "destinationRefused", detail: "not an e-mail" };
    // The parser of destinations has refused these already; here they would reach a header and a command.
    if (!isOneAddress(message.to)) return { kind: "destinationRefused", detail: "not one address" };

    const signal = AbortSignal.timeout(Math.min(this.#sendMs, withinMs));
    const token = this.#tokens?.current;
    const first = await this.#attempt(message, signal);
    // A token may be revoked before its time. One that has just been fetched is not tried twice.
    if (!first.isLoginRefused || token === undefined) return first.outcome;
    this.#tokens?.discard(token);
    return (await this.#attempt(message, signal)).outcome;
  }

  async #attempt(message: EmailMessage, signal: AbortSignal): Promise<Attempt> {
    // Addresses go as objects, so that nothing reads a list, a group or a comment into them.
    const to = { name: "", address: addressOnTheWire(message.to) };
    try {
      const { messageId } = await this.#transport.sendMail({
        envelope: { from: { name: "", address: this.#from }, to: [to] },
        from: { name: headerText(message.senderName), address: this.#from },
        ...(this.#replyTo !== undefined && { replyTo: { name: "", address: this.#replyTo } }),
        to,
        subject: headerText(message.subject),
        text: message.text,
        html: message.html,
        // As the header OTP-Token: https://datatracker.ietf.org/doc/draft-goto-otp-token/
        ...(message.autofill !== undefined && { otp: message.autofill }),
        headers: automaticMailHeaders,
        xMailer: false,
        disableFileAccess: true,
        disableUrlAccess: true,
        signal,
      });
      return { outcome: { kind: "accepted", providerMessageId: messageId }, isLoginRefused: false };
    } catch (error) {
      if (error instanceof NoToken) return { outcome: error.outcome, isLoginRefused: false };
      // The dot that hands the text over follows its end, so what was not read to the end was not taken.
      const sent = this.#texts.get(signal)?.readableEnded ?? false;
      const outcome = failureOf(error as SmtpError, sent);
      const { code } = error as SmtpError;
      return { outcome, isLoginRefused: code === "EAUTH" && outcome.kind === "accountRefused" };
    }
  }

  /** Lets the sends under way settle, then closes the connections. Later sends answer `unreachable`. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#underWay);
    this.#transport.close();
    await this.#tokens?.close();
  }
}

/** What nodemailer's errors may carry. Its `message` and `response` quote the server, who may quote the address. */
interface SmtpError {
  code?: string;
  originalCode?: string;
  responseCode?: number;
  response?: string;
  command?: string;
}

function failureOf(error: SmtpError, sent: boolean): DeliveryOutcome {
  const detail = detailOf(error);
  const { responseCode: code = 0, response: text = "" } = error;
  if (code >= 400 && code < 600) {
    const enhanced = replyNumbers.exec(text)?.[2]?.slice(2);
    return outcomeOfReply({ code, enhanced, text, detail }, phaseOf(error));
  }
  if (error.code === "EAUTH" || isTooLong(error)) return { kind: "accountRefused", detail };
  return { kind: sent ? "noAnswer" : "unreachable", detail };
}

function phaseOf({ code, command }: SmtpError): Phase {
  if (code === "EAUTH") return "login";
  if (code === "EMESSAGE") return "text";
  if (command === "MAIL FROM") return "sender";
  return command === "RCPT TO" || command === "DATA" ? "recipient" : "connection";
}

/** Longer than the server has said to take, so nothing of it was said. */
function isTooLong({ code, command }: SmtpError): boolean {
  return code === "EMESSAGE" && command === "MAIL FROM";
}

const replyNumbers = /^([45]\d\d)(?:[ -]([45]\.\d{1,3}\.\d{1,3})\b)?/;

/** The server's numbers or the name of the failure, never a word the server chose. */
function detailOf({ code, originalCode, response }: SmtpError): string {
  if (code === "EABORT") return "deadline";
  const numbers = replyNumbers.exec(response ?? "");
  if (numbers) return numbers[2] === undefined ? `${numbers[1]}` : `${numbers[1]} ${numbers[2]}`;
  const name = originalCode ?? code ?? "";
  return /^[A-Z][A-Z0-9_]{0,63}$/.test(name) ? name : "unknown";
}
