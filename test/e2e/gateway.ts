import { randomBytes } from "node:crypto";
import type { SeenRequest } from "../support/faulty-http-server.ts";
import { startRecordingServer } from "./recording-server.ts";

/** What gateways and the service sign with. */
export const gatewaySecret = `whsec_${randomBytes(32).toString("base64")}`;

/** A message as a gateway is handed it. */
interface HandedMessage {
  readonly channel: "sms" | "voice";
  readonly to: string;
  /** The code in it. */
  readonly code: string;
}

/** A gateway of the company's own. It reports nothing. */
export interface Gateway {
  readonly url: string;
  /** The messages for a number, oldest first. */
  messagesTo(to: string): HandedMessage[];
  /** The first message for a number over a channel, as soon as there is one. */
  untilMessage(to: string, channel: HandedMessage["channel"]): Promise<HandedMessage>;
  close(): Promise<void>;
}

/** Starts one that accepts every message, or that takes it and never says so. */
export async function startGateway({ answers = true } = {}): Promise<Gateway> {
  const server = await startRecordingServer(async () => (answers ? { status: 202 } : undefined));
  return {
    url: `${server.url}/messages`,
    messagesTo: (to) => server.requests.map(messageIn).filter((message) => message.to === to),
    untilMessage: async (to, channel) => {
      const isMeant = (message: HandedMessage) => message.to === to && message.channel === channel;
      return messageIn(await server.until((request) => isMeant(messageIn(request))));
    },
    close: server.close,
  };
}

function messageIn({ body }: SeenRequest): HandedMessage {
  const { channel, to, text, speech } = JSON.parse(body);
  const spoken = speech?.parts.find(({ kind }: { kind: string }) => kind === "code")?.characters;
  return { channel, to, code: spoken ?? /\d{6}/.exec(text)?.[0] };
}
