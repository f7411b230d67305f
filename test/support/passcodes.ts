import { afterAll } from "vitest";
import { type Clock, systemClock } from "../../src/clock.ts";
import { embeddedConfig } from "../../src/config/embedded.ts";
import { type Caller, type Delivered, Deliveries, type Job } from "../../src/delivery/deliveries.ts";
import type { Message, Provider } from "../../src/delivery/provider.ts";
import { Keys } from "../../src/ledger/keys.ts";
import { FallbackWatch } from "../../src/passcode/fallback-watch.ts";
import type { Passcodes } from "../../src/passcode/passcodes.ts";
import type { SendRequest } from "../../src/passcode/plan-send.ts";
import type { Profile } from "../../src/passcode/profile.ts";
import { SendsInHand } from "../../src/passcode/sends-in-hand.ts";
import { systemRandom } from "../../src/random.ts";
import { openStore } from "../../src/store/open-store.ts";
import { createLog } from "../../src/telemetry/log.ts";
import { refuseLeaks, watchMessage } from "./leak-watch.ts";
import { routeBy } from "./service.ts";

/** What the use cases work with, over the memory store, with providers of the test's own. */
export interface TestPasscodes extends Passcodes {
  readonly logLines: string[];
}

/** The profile `default` sends SMS by `sms` and calls by `voice` unless `profile` says otherwise. */
export async function passcodesWith(
  providers: Readonly<Record<string, Provider>>,
  {
    profile = {},
    clock = systemClock,
    publicUrl,
  }: { profile?: Partial<Profile>; clock?: Clock; publicUrl?: string } = {},
): Promise<TestPasscodes> {
  const config = embeddedConfig(systemRandom);
  const embedded = config.profiles.get("default");
  if (embedded === undefined) throw new Error("the embedded configuration has a default profile");
  const channels = new Map([
    ["sms" as const, routeBy("sms")],
    ["voice" as const, routeBy("voice")],
  ]);
  const logLines: string[] = [];
  logs.push(logLines);
  const log = createLog("debug", { write: (line) => logLines.push(line) });
  const keys = new Keys(config.keys);
  return {
    profiles: new Map([["default", { ...embedded, channels, ...profile }]]),
    store: await openStore(config.store, { clock, onError: () => {}, macKey: keys.records }),
    keys,
    deliveries: new WatchedDeliveries(new Map(Object.entries(providers)), { clock, log }),
    fallbacks: new FallbackWatch(),
    inHand: new SendsInHand(() => Number.POSITIVE_INFINITY),
    ...(publicUrl !== undefined && { publicUrl }),
    random: systemRandom,
    log,
    logLines,
  };
}

const logs: string[][] = [];
afterAll(() => refuseLeaks("the log", logs.flat()));

/** Notes what each message tells, so that it is found wherever else it may be. */
class WatchedDeliveries extends Deliveries {
  override send(job: Job): Promise<Delivered> {
    return super.send({
      ...job,
      message: (provider) => {
        const message = job.message(provider);
        watchMessage({ to: message.to, text: textOf(message) });
        return message;
      },
    });
  }
}

function textOf(message: Message): string {
  if (message.channel !== "voice") return message.text;
  return message.speech.parts.map((part) => (part.kind === "code" ? part.characters : part.text)).join(" ");
}

/** A caller who waits for ever. */
export const anybody: Caller = {
  key: "",
  signal: new AbortController().signal,
  gone: () => false,
  remainingMs: () => undefined,
};

/** A request for an SMS to a number, of its own in every call, but for `changes`. */
export function sendRequestWith(changes: Partial<SendRequest> = {}): SendRequest {
  return {
    profile: "default",
    destination: { kind: "phone", address: newNumber() },
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
    ...changes,
  };
}

let numbers = 0;

/** A Swiss mobile number that no other call has been given. */
function newNumber(): string {
  numbers += 1;
  return `+4179${String(1_000_000 + numbers)}`;
}
