import { createHash, randomBytes } from "node:crypto";
import { vi } from "vitest";
import { parseMail } from "../delivery/smtp/raw-mail.ts";
import type { Caller, Method, Reply } from "../e2e/caller.ts";
import type { Exim } from "../support/exim.ts";
import { codeIn, type OutboxMessage } from "../support/service.ts";
import { type Secret, secretCode, secretEmail, secretKey, secretPhone, secretText } from "./leak-search.ts";

/** The secrets of a service's configuration, new ones for each service. */
export class ConfiguredSecrets {
  readonly index = newKey();
  readonly first = newKey();
  readonly second = newKey();
  readonly apiKey = `passcode_${randomBytes(32).toString("base64url")}`;
  readonly strangerKey = `passcode_${randomBytes(32).toString("base64url")}`;
  readonly redisPassword = randomBytes(16).toString("hex");

  get apiKeyDigest(): string {
    return createHash("sha256").update(this.apiKey).digest("hex");
  }

  /** The environment that the configuration refers to. */
  get env(): Record<string, string> {
    return {
      INDEX_KEY: this.index,
      FIRST_KEY: this.first,
      SECOND_KEY: this.second,
      REDIS_PASSWORD: this.redisPassword,
    };
  }

  get secrets(): Secret[] {
    return [
      secretKey("index key", this.index),
      secretKey("first code key", this.first),
      secretKey("second code key", this.second),
      secretText("API key", this.apiKey),
      secretText("a stranger's API key", this.strangerKey),
      secretText("Redis password", this.redisPassword),
    ];
  }
}

function newKey(): string {
  return randomBytes(32).toString("base64");
}

/** A number of Switzerland that nobody was sent a code at. */
export function newPhone(): string {
  return `+4179${String(randomBytes(4).readUInt32BE() % 10 ** 7).padStart(7, "2")}`;
}

/** A caller that keeps everything it was told, and the secrets that it used. */
export class CanaryCaller {
  readonly replies: string[] = [];
  readonly secrets: Secret[] = [];
  readonly #caller: Caller;
  readonly #messages: () => readonly OutboxMessage[];
  readonly #used = new Set<string>();

  /** `messages` are those that the service has shown so far. */
  constructor(caller: Caller, messages: () => readonly OutboxMessage[]) {
    this.#caller = caller;
    this.#messages = messages;
  }

  async call(method: Method, request: Record<string, unknown>): Promise<Reply> {
    const reply = await this.#caller.call(method, request);
    this.replies.push(JSON.stringify(reply.answer), JSON.stringify(reply), reply.raw ?? "");
    return reply;
  }

  phone(): string {
    const phoneNumber = newPhone();
    this.secrets.push(secretPhone(phoneNumber));
    return phoneNumber;
  }

  email(local: string): string {
    const email = `${local}@canary-${randomBytes(6).toString("hex")}.test`;
    this.secrets.push(secretEmail(email));
    return email;
  }

  /** The code of the newest message to a number. */
  async shownTo(phoneNumber: string): Promise<string> {
    const fresh = await vi.waitUntil(() =>
      this.#messages().find((one) => one.to === phoneNumber && !this.#used.has(one.text + one.time)),
    );
    this.#used.add(fresh.text + fresh.time);
    return this.#keep(codeOf(fresh));
  }

  async mailedTo(exim: Exim, email: string): Promise<string> {
    const [part] = parseMail(await exim.waitForMessage(email)).parts;
    return this.#keep(/^ {2}(\w{10})$/m.exec(part?.text ?? "")?.[1] ?? "");
  }

  #keep(code: string): string {
    if (code.length !== 10) throw new Error("the message has no code of ten characters");
    this.secrets.push(secretCode(code));
    return code;
  }
}

/** A code of ten characters: none is found by chance in an instant or an id. */
function codeOf(message: OutboxMessage): string {
  if (/\d{10}/.test(message.text)) return codeIn(message);
  const text =
    message.channel === "voice" ? message.text.replaceAll(/(?<=\b\w)\. (?=\w\b)/g, "") : message.text;
  return /\b[2-9A-Z]{10}\b/.exec(text)?.[0] ?? codeIn(message);
}
