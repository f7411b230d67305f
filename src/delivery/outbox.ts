import type { Writable } from "node:stream";
import type { Clock } from "../clock.ts";
import { channels } from "../ledger/channel.ts";
import type { DeliveryOutcome, Message, Provider, VoiceMessage } from "./provider.ts";

export interface OutboxSettings {
  out: Writable;
  clock: Clock;
  /** Whether a person reads along at a terminal. Otherwise every message is one JSON object on a line. */
  readable: boolean;
}

/**
 * Shows messages instead of sending them, so that a developer needs no account with anybody.
 *
 * It is the one place where codes and whole destinations are shown: it exists for
 * development, and outside development the service refuses to start with it.
 */
export class Outbox implements Provider {
  readonly channels = channels;
  readonly #settings: OutboxSettings;

  constructor(settings: OutboxSettings) {
    this.#settings = settings;
    // The write that fails answers so itself; without a listener the stream's error would end the process.
    settings.out.on("error", ignore);
  }

  send(message: Message): Promise<DeliveryOutcome> {
    const { out, clock, readable } = this.#settings;
    const time = new Date(clock.nowMs()).toISOString();
    const entry = readable ? block(time, message) : `${JSON.stringify({ time, ...fieldsOf(message) })}\n`;
    return new Promise((resolve) => {
      out.write(entry, (error) =>
        resolve(error ? { kind: "unreachable", detail: "outbox" } : { kind: "accepted" }),
      );
    });
  }

  async close(): Promise<void> {
    this.#settings.out.off("error", ignore);
  }
}

function ignore(): void {}

function fieldsOf(message: Message): Record<string, string> {
  const { channel, to } = message;
  switch (message.channel) {
    case "sms":
      return { channel, to, text: message.text };
    case "voice":
      return { channel, to, text: spoken(message) };
    case "email":
      return { channel, to, subject: message.subject, text: message.text, html: message.html };
  }
}

/** The words of a call, with the code as it is said: character by character. A key press that it waits for is not asked for here. */
function spoken({ speech }: VoiceMessage): string {
  return speech.parts
    .map((part) => (part.kind === "words" ? part.text : `${[...part.characters].join(". ")}.`))
    .join(" ");
}

const heading = { sms: "SMS", voice: "Call", email: "E-mail" } as const;

/** A message for the eye: whom it goes to, then its text behind a bar. */
function block(time: string, message: Message): string {
  const { to, subject, text = "" } = fieldsOf(message);
  const title = `${heading[message.channel]} to ${to} at ${time}`;
  const lines = [...(subject === undefined ? [] : [subject, ""]), ...text.trimEnd().split("\n")];
  return `\n${printable(title)}\n${lines.map((line) => `  │ ${printable(line)}`.trimEnd()).join("\n")}\n`;
}

/** A terminal obeys control characters, so they are not passed on to it. */
function printable(line: string): string {
  return line.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, "\u{FFFD}");
}
