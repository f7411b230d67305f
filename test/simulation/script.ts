import fc from "fast-check";

/** The instances that share the store. */
export const instanceCount = 3;
/** Whom codes are sent to: the same person's number twice over, in two spellings of an address, and others. */
export const destinations = [
  { kind: "phone", address: "+41791000001" },
  { kind: "email", address: "Owner@example.net" },
  { kind: "email", address: "owner+shop@example.net" },
] as const;
export const profiles = ["alpha", "beta"] as const;
/** The callers, by the names of their API keys, and how many sends each may have in hand at an instance. */
export const sendsInHandMax: Readonly<Record<Caller, number>> = { small: 1, large: 3 };
const callers = ["small", "large"] as const;
export type Caller = (typeof callers)[number];

const storeFaults = [
  "fails",
  "fails after taking effect",
  "stalls",
  "stalls after taking effect",
  "shows a damaged record",
  "shows another record",
] as const;
const carrierFaults = [
  "refuses the account",
  "refuses the destination",
  "blocks it",
  "cannot be reached",
  "is overloaded",
  "is kept waiting in vain",
  "breaks off",
  "accepts and breaks off",
  "answers late",
] as const;
export type StoreFault = (typeof storeFaults)[number];
export type CarrierFault = (typeof carrierFaults)[number];

/** What is typed. `old`: a code that came before. `neighbour`: another session's. `foreign`: the right one, for another purpose. */
export type Guess = "right" | "wrong" | "old" | "neighbour" | "foreign" | "otherProfile";

/**
 * One thing that happens. Sessions and requests are named by their place among those
 * there have been; `events` is how much of what is under way goes on before the next step.
 */
export type Step = { readonly events: number } & (
  | {
      do: "open";
      at: number;
      profile: number;
      instance: number;
      identified: boolean;
      voice: boolean;
      /** The place of the device among those that there are; 0: none is named. */
      device: number;
      caller: Caller;
    }
  | {
      do: "resend";
      session: number;
      instance: number;
      identified: boolean;
      foreign: boolean;
      twin: boolean;
      caller: Caller;
    }
  | { do: "verify"; session: number; instance: number; guess: Guess; identified: boolean; times: number }
  | { do: "cancel"; session: number; instance: number }
  | { do: "look"; session: number; instance: number }
  | { do: "repeat"; request: number; instance: number }
  /** The reply to the latest call is lost on its way. */
  | { do: "loseReply" }
  | { do: "wait"; spanMs: number }
  | { do: "waitUntil"; what: "expiry" | "retry"; session: number; offsetMs: number }
  | { do: "settle" }
  | { do: "kill"; instance: number }
  | { do: "storeFault"; instance: number; fault: StoreFault; skips: number }
  /** Of the one, the other, or (2) both. */
  | { do: "carrierFault"; carrier: number; fault: CarrierFault }
  | { do: "stepClock"; of: number; spanMs: number }
);

/** A whole history, replayed from this alone. */
export interface Script {
  /** Chance: what the instances draw, and which of the things under way goes on first. */
  readonly seed: number;
  readonly steps: readonly Step[];
}

const place = fc.nat(9);
const instance = fc.nat(instanceCount - 1);
const identified = fc.boolean();
const caller = fc.constantFrom(...callers);
const events = fc.oneof({ weight: 2, arbitrary: fc.constant(99) }, { weight: 3, arbitrary: fc.nat(7) });
const spanMs = fc.constantFrom(1, 500, 1_000, 2_500, 59_999, 60_000, 60_001, 600_000, 3_600_000, 86_400_000);

function step<T extends object>(weight: number, fields: { [K in keyof T]: fc.Arbitrary<T[K]> }) {
  return { weight, arbitrary: fc.record({ ...fields, events }) as unknown as fc.Arbitrary<Step> }; // Its fields are the step's.
}

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  step(9, {
    do: fc.constant("open"),
    at: fc.nat(destinations.length - 1),
    profile: fc.nat(profiles.length - 1),
    instance,
    identified,
    voice: fc.boolean(),
    device: fc.nat(2),
    caller,
  }),
  step(4, {
    do: fc.constant("resend"),
    session: place,
    instance,
    identified,
    foreign: fc.nat(9).map((n) => n === 0),
    twin: fc.nat(4).map((n) => n === 0),
    caller,
  }),
  step(14, {
    do: fc.constant("verify"),
    session: place,
    instance,
    guess: fc.constantFrom<Guess>(
      ...([
        "wrong",
        "wrong",
        "wrong",
        "wrong",
        "right",
        "old",
        "neighbour",
        "foreign",
        "otherProfile",
      ] as const),
    ),
    identified,
    times: fc.constantFrom(1, 1, 2, 4, 8),
  }),
  step(1, { do: fc.constant("cancel"), session: place, instance }),
  step(2, { do: fc.constant("look"), session: place, instance }),
  step(4, { do: fc.constant("repeat"), request: place, instance }),
  step(2, { do: fc.constant("loseReply") }),
  step(3, { do: fc.constant("wait"), spanMs }),
  step(2, {
    do: fc.constant("waitUntil"),
    what: fc.constantFrom("expiry", "retry"),
    session: place,
    offsetMs: fc.constantFrom(-1, 0, 1),
  }),
  step(2, { do: fc.constant("settle") }),
  step(1, { do: fc.constant("kill"), instance }),
  step(3, {
    do: fc.constant("storeFault"),
    instance,
    fault: fc.constantFrom(...storeFaults),
    skips: fc.nat(4),
  }),
  step(3, { do: fc.constant("carrierFault"), carrier: fc.nat(2), fault: fc.constantFrom(...carrierFaults) }),
  step(1, {
    do: fc.constant("stepClock"),
    of: fc.nat(instanceCount),
    spanMs: fc.constantFrom(-3_600_000, -60_000, -1, 60_000, 300_000),
  }),
);

export const anyScript: fc.Arbitrary<Script> = fc.record({
  seed: fc.nat(),
  steps: fc.array(anyStep, { minLength: 1, maxLength: 60, size: "max" }),
});

/** The script as lines a person can follow, and can paste back. */
export function written({ seed, steps }: Script): string {
  return [`{ seed: ${seed}, steps: [`, ...steps.map((one) => `  ${JSON.stringify(one)},`), "] }"].join("\n");
}
