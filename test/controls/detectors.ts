import type { Detector } from "./variant.ts";

function attack(name: string, tests: RegExp): Detector {
  return { name, files: [`test/attack/${name}.test.ts`], tests };
}

/* One attack each, on the store where it is quickest to see. */
export const parallelGuesses = attack("parallel-wrong-codes", /on Redis > are compared/);
export const wrongCodes = attack("parallel-wrong-codes", /on memory > are compared/);
export const fullStore = attack("full-store", /memory/);
export const resends = attack("resend-renewing-tries", /on memory|until the very end/);
export const limitsToTheMoment = attack("off-by-one", /on memory/);
export const spentGuesses = attack("locking-the-owner-out", /on memory/);
export const otherPurposes = attack("purpose-confusion", /on memory/);
export const deadStore = attack("store-outage", /While Redis is > killed/);
export const foreignIds = attack("guessed-session-ids", /on memory/);
export const repeats = attack("parallel-repeats", /on memory/);
export const newSessions = attack("new-sessions-renewing-guesses", /on memory/);
export const rightCodes = attack("parallel-right-codes", /on memory/);
export const codesOfOthers = attack("code-of-another", /on memory/);
export const lateProvider = attack("provider-that-answers-too-late", /on memory/);
export const testCodes = attack("test-codes-in-production", /on memory/);
export const clockSteps = attack("clocks-stepping-back", /on memory/);
export const bombing = attack("bombing-a-destination", /on memory|SMS/);
export const twinAddresses = attack("twin-addresses", /on memory/);
export const deliveredAddresses: Detector = {
  name: "delivered addresses",
  files: ["test/passcode/delivered-address.test.ts"],
};
export const codes: Detector = { name: "codes", files: ["test/ledger/code.test.ts"], tests: /copied to/ };
export const recordMacs: Detector = { name: "MACs", files: ["test/store/record-mac.test.ts"] };
export const records: Detector = { name: "records", files: ["test/secrecy/records.test.ts"] };
export const busyCallers: Detector = {
  name: "busy callers",
  files: ["test/rpc/busy.test.ts"],
  tests: /over gRPC > more sends in hand/,
};
export const sendsInHand: Detector = {
  name: "sends in hand",
  files: ["test/passcode/sends-in-hand.test.ts"],
};
export const turns: Detector = { name: "turns", files: ["test/delivery/provider-queue.test.ts"] };
export const cancellations: Detector = { name: "cancel", files: ["test/ledger/cancel.test.ts"] };

/* What watches for no mistake in particular. */
export const simulation: Detector = {
  name: "the simulation",
  files: ["test/simulation/simulation.test.ts"],
};
export const linearizability: Detector = {
  name: "linearizability",
  files: ["test/linearizability/redis.test.ts"],
  tests: /forgets its scripts/,
};
