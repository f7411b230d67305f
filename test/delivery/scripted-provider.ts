import type { DeliveryOutcome, Handover, Message, Provider } from "../../src/delivery/provider.ts";

/** A provider that answers what it is told to, and remembers what it was given. */
export class ScriptedProvider implements Provider {
  readonly channels = ["sms", "voice", "email"] as const;
  readonly messages: Message[] = [];
  readonly handovers: Handover[] = [];
  readonly #answer: () => DeliveryOutcome | Promise<DeliveryOutcome>;

  constructor(answer: () => DeliveryOutcome | Promise<DeliveryOutcome>) {
    this.#answer = answer;
  }

  async send(message: Message, handover: Handover): Promise<DeliveryOutcome> {
    this.messages.push(message);
    this.handovers.push(handover);
    return await this.#answer();
  }

  async close(): Promise<void> {}
}

export const accepted: DeliveryOutcome = { kind: "accepted" };

export function failing(kind: Exclude<DeliveryOutcome["kind"], "accepted">): DeliveryOutcome {
  return { kind, detail: "as told" };
}
