import { randomBytes } from "node:crypto";
import { embeddedConfig } from "../../src/config/embedded.ts";
import { Deliveries } from "../../src/delivery/deliveries.ts";
import type { Message, Provider } from "../../src/delivery/provider.ts";
import { Keys } from "../../src/ledger/keys.ts";
import { sealSessionId } from "../../src/ledger/session-id.ts";
import { FallbackWatch } from "../../src/passcode/fallback-watch.ts";
import type { Passcodes } from "../../src/passcode/passcodes.ts";
import type { SendRequest } from "../../src/passcode/plan-send.ts";
import { sendPasscode } from "../../src/passcode/send-passcode.ts";
import { SendsInHand } from "../../src/passcode/sends-in-hand.ts";
import { verifyPasscode } from "../../src/passcode/verify-passcode.ts";
import { systemRandom } from "../../src/random.ts";
import { openStore } from "../../src/store/open-store.ts";
import { createLog } from "../../src/telemetry/log.ts";
import { anybody } from "../support/passcodes.ts";

/**
 * The classes of calls that are told apart by the clock, if they can be. The second
 * class of codes wrong in the last digit is as the first: it shows what chance does.
 */
export const classes = [
  "wrong in the first digit",
  "wrong in the last digit",
  "wrong in the last digit, again",
  "expired session",
  "missing session",
  "foreign profile",
] as const;

export type CallClass = (typeof classes)[number];

export interface TimedCall {
  readonly of: CallClass;
  run(): Promise<void>;
}

/** The use cases over the memory store, at a clock that moves only from one batch to the next. */
export class TimedCalls {
  readonly #clock: { ms: number };
  readonly #provider: LatestMessage;
  readonly #passcodes: Passcodes;
  #numbers = 0;

  static async start(): Promise<TimedCalls> {
    const clock = { ms: Date.UTC(2026, 10, 23, 12), nowMs: () => clock.ms };
    const { profiles, keys: secrets, store } = embeddedConfig(systemRandom);
    const keys = new Keys(secrets);
    const log = createLog("info", { write: () => {} });
    const provider = new LatestMessage();
    const passcodes: Passcodes = {
      profiles: new Map(
        [...profiles.values()].flatMap((profile) => [
          ["default", profile],
          ["other", { ...profile, name: "other" }],
        ]),
      ),
      store: await openStore(store, { clock, onError: () => {}, macKey: keys.records }),
      keys,
      deliveries: new Deliveries(new Map([["outbox", provider]]), { clock, log }),
      fallbacks: new FallbackWatch(),
      inHand: new SendsInHand(() => Number.POSITIVE_INFINITY),
      random: systemRandom,
      log,
    };
    return new TimedCalls(clock, provider, passcodes);
  }

  private constructor(clock: { ms: number }, provider: LatestMessage, passcodes: Passcodes) {
    this.#clock = clock;
    this.#provider = provider;
    this.#passcodes = passcodes;
  }

  /** So many calls of each class, each on a session of its own to which nothing has happened yet. */
  async batch(perClass: number): Promise<TimedCall[]> {
    const calls: TimedCall[] = [];
    for (let made = 0; made < perClass; made++) calls.push(await this.#wrongIn("expired session", 5));
    this.#clock.ms += 10 * 60_000;
    for (let made = 0; made < perClass; made++) {
      calls.push(await this.#wrongIn("wrong in the first digit", 0));
      calls.push(await this.#wrongIn("wrong in the last digit", 5));
      calls.push(await this.#wrongIn("wrong in the last digit, again", 5));
      calls.push(this.#missing());
      const foreign = await this.#open("other");
      calls.push(this.#call("foreign profile", foreign.sessionId, foreign.code));
    }
    return calls;
  }

  async close(): Promise<void> {
    await this.#passcodes.store.close();
  }

  async #wrongIn(of: CallClass, place: number): Promise<TimedCall> {
    const { sessionId, code } = await this.#open("default");
    const other = String((Number(code.charAt(place)) + 1) % 10);
    return this.#call(of, sessionId, code.slice(0, place) + other + code.slice(place + 1));
  }

  #missing(): TimedCall {
    const { keys } = this.#passcodes;
    const reference = { id: randomBytes(16).toString("base64url"), ledger: randomBytes(16) };
    return this.#call("missing session", sealSessionId(reference, keys.currentId, "default", keys), "123456");
  }

  #call(of: CallClass, sessionId: string, code: string): TimedCall {
    const request = {
      profile: "default",
      purpose: "login",
      transaction: {},
      requestId: "",
      sessionId,
      code,
    };
    const expected = kindOf[of];
    return {
      of,
      run: async () => {
        const { kind } = await verifyPasscode(this.#passcodes, request);
        if (kind !== expected) throw new Error(`${of}: answered ${kind}`);
      },
    };
  }

  async #open(profile: string): Promise<{ sessionId: string; code: string }> {
    this.#numbers += 1;
    const request: SendRequest = {
      profile,
      destination: { kind: "phone", address: `+4179${1_000_000 + this.#numbers}` },
      channel: undefined,
      sessionId: "",
      locale: "",
      purpose: "login",
      transaction: {},
      variables: {},
      autofill: undefined,
      policy: "",
      requestId: "",
      deviceId: "",
    };
    const answer = await sendPasscode(this.#passcodes, request, anybody);
    if (answer.kind !== "sent") throw new Error(`not sent: ${answer.kind}`);
    return { sessionId: answer.sessionId, code: this.#provider.code };
  }
}

const kindOf: Record<CallClass, string> = {
  "wrong in the first digit": "compared",
  "wrong in the last digit": "compared",
  "wrong in the last digit, again": "compared",
  "expired session": "ended",
  "missing session": "sessionNotFound",
  "foreign profile": "sessionNotFound",
};

/** Takes every message, and has the code of the latest. */
class LatestMessage implements Provider {
  readonly channels = ["sms"] as const;
  code = "";

  async send(message: Message): Promise<{ kind: "accepted" }> {
    this.code = /\d{6}/.exec(message.channel === "sms" ? message.text : "")?.[0] ?? "";
    return { kind: "accepted" };
  }

  async close(): Promise<void> {}
}
