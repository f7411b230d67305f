import { systemClock } from "../../src/clock.ts";
import { embeddedConfig } from "../../src/config/embedded.ts";
import { Deliveries } from "../../src/delivery/deliveries.ts";
import type { Message, Provider } from "../../src/delivery/provider.ts";
import { Keys } from "../../src/ledger/keys.ts";
import { FallbackWatch } from "../../src/passcode/fallback-watch.ts";
import type { Passcodes } from "../../src/passcode/passcodes.ts";
import { sendPasscode } from "../../src/passcode/send-passcode.ts";
import { SendsInHand } from "../../src/passcode/sends-in-hand.ts";
import { verifyPasscode } from "../../src/passcode/verify-passcode.ts";
import { systemRandom } from "../../src/random.ts";
import { openStore } from "../../src/store/open-store.ts";
import { createLog } from "../../src/telemetry/log.ts";

/*
 * A process that sends to ever new numbers until its store in memory takes no more, and a
 * thousand times again; then verifies the code that was sent last, and sends once more to that
 * number. It prints what came of it.
 */

const config = embeddedConfig(systemRandom);
const log = createLog("error", { write: () => {} });
let message: Message | undefined;
const outbox: Provider = {
  channels: ["sms"],
  send: async (sent) => {
    message = sent;
    return { kind: "accepted" };
  },
  close: async () => {},
};
const keys = new Keys(config.keys);
const passcodes: Passcodes = {
  profiles: config.profiles,
  store: await openStore(config.store, { clock: systemClock, macKey: keys.records, onError: () => {} }),
  keys,
  inHand: new SendsInHand(() => Number.POSITIVE_INFINITY),
  deliveries: new Deliveries(new Map([["outbox", outbox]]), { clock: systemClock, log }),
  fallbacks: new FallbackWatch(),
  random: systemRandom,
  log,
};
const request = {
  profile: "default",
  channel: undefined,
  sessionId: "",
  locale: "",
  purpose: "",
  transaction: {},
  variables: {},
  autofill: undefined,
  policy: "",
  requestId: "",
  deviceId: "",
};
const caller = {
  key: "",
  signal: new AbortController().signal,
  gone: () => false,
  remainingMs: () => undefined,
};

/** Answers the session, or nothing where the store took no more. */
async function sendTo(index: number): Promise<string | undefined> {
  const destination = { kind: "phone", address: `+4179${1_000_000 + index}` } as const;
  const answer = await sendPasscode(passcodes, { ...request, destination }, caller).catch(() => undefined);
  return answer?.kind === "sent" ? answer.sessionId : undefined;
}

let taken = 0;
let last: string | undefined;
for (let sessionId = await sendTo(0); sessionId !== undefined; sessionId = await sendTo(taken)) {
  last = sessionId;
  taken += 1;
}
const sent = message;
let takenLater = 0;
for (let more = 0; more < 1_000; more += 1) if ((await sendTo(taken + more)) !== undefined) takenLater += 1;

const code = /\d{6}/.exec(sent?.channel === "sms" ? sent.text : "")?.[0] ?? "";
const asked = {
  profile: "default",
  sessionId: last ?? "",
  code,
  purpose: "",
  transaction: {},
  requestId: "",
};
const verified = await verifyPasscode(passcodes, asked);
const again = await sendTo(taken - 1);
process.stdout.write(
  JSON.stringify({
    taken,
    takenLater,
    verified: verified.kind === "compared" && verified.view.status,
    again: again !== undefined,
  }),
);
