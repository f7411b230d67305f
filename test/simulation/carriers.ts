import type { DeliveryOutcome, Message, Provider } from "../../src/delivery/provider.ts";
import type { Schedule } from "./schedule.ts";
import type { CarrierFault } from "./script.ts";

/** A message that a carrier handed to its user. */
export interface Delivered {
  readonly to: string;
  readonly code: string;
  /** The call it was made for. */
  readonly call: number;
  readonly order: number;
}

interface Outside {
  order(): number;
  /** The call on whose behalf the code that asks runs. */
  callNow(): number;
}

/** The carriers that take messages to users, and the faults that their next messages meet. */
export class Carriers {
  readonly delivered: Delivered[] = [];
  /** The calls whose messages have left or may have, or whose destinations a carrier refused. */
  readonly counting = new Set<number>();
  faults = 0;
  readonly #schedule: Schedule;
  readonly #outside: Outside;
  readonly #planned: (CarrierFault | undefined)[] = [];

  constructor(schedule: Schedule, outside: Outside) {
    this.#schedule = schedule;
    this.#outside = outside;
  }

  plan(carrier: number, fault: CarrierFault): void {
    for (const one of carrier < 2 ? [carrier] : [0, 1]) this.#planned[one] = fault;
  }

  /** The instance's client for the carrier. */
  clientOf(carrier: number, instance: number): Provider {
    return {
      channels: ["sms", "voice", "email"],
      send: (message) => this.#send(carrier, instance, message),
      close: async () => {},
    };
  }

  #send(carrier: number, instance: number, message: Message): Promise<DeliveryOutcome> {
    const fault = this.#planned[carrier];
    this.#planned[carrier] = undefined;
    if (fault !== undefined) this.faults += 1;
    const call = this.#outside.callNow();
    const takes = fault === undefined || fault === "accepts and breaks off" || fault === "answers late";
    const { kind } = outcomes[fault ?? "accepts"];
    return new Promise((resolve) => {
      const answer = () => resolve(outcomes[fault ?? "accepts"]);
      this.#schedule.add({
        instance,
        takeEffect: () => {
          if (takes) this.#deliver(message, call);
          if (counting.includes(kind)) this.counting.add(call);
        },
        answer: () => {
          if (fault === "answers late") this.#schedule.add({ instance, takeEffect: () => {}, answer });
          else answer();
        },
      });
    });
  }

  #deliver(message: Message, call: number): void {
    const { to } = message;
    this.delivered.push({ to, code: codeIn(message), call, order: this.#outside.order() });
  }
}

/** R7: of these a send counts. */
const counting: readonly DeliveryOutcome["kind"][] = [
  "accepted",
  "noAnswer",
  "destinationRefused",
  "blocked",
];

const outcomes: Record<CarrierFault | "accepts", DeliveryOutcome> = {
  accepts: { kind: "accepted" },
  "answers late": { kind: "accepted" },
  "accepts and breaks off": { kind: "noAnswer", detail: "502" },
  "breaks off": { kind: "noAnswer", detail: "reset" },
  "refuses the account": { kind: "accountRefused", detail: "401" },
  "refuses the destination": { kind: "destinationRefused", detail: "404" },
  "blocks it": { kind: "blocked", detail: "filtered" },
  "cannot be reached": { kind: "unreachable", detail: "refused" },
  "is overloaded": { kind: "overloaded", detail: "429", retryAfterMs: 1_000 },
  "is kept waiting in vain": { kind: "busy", detail: "no room" },
};

/** As the user reads it, or hears it. */
function codeIn(message: Message): string {
  if (message.channel === "voice") {
    const spoken = message.speech.parts.find((part) => part.kind === "code");
    return spoken?.kind === "code" ? spoken.characters : "";
  }
  return /(?<!\d)\d{6}(?!\d)/.exec(message.text)?.[0] ?? "";
}
