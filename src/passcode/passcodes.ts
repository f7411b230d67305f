import type { Deliveries } from "../delivery/deliveries.ts";
import type { Keys } from "../ledger/keys.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { ledgerRecord } from "../ledger/record.ts";
import { claimRequest, requestClaimRecord } from "../ledger/request-claim.ts";
import { type OpenedSessionId, openSessionId } from "../ledger/session-id.ts";
import type { Random } from "../random.ts";
import type { Change, Store } from "../store/store.ts";
import type { Log } from "../telemetry/log.ts";
import type { FallbackWatch } from "./fallback-watch.ts";
import type { Profile } from "./profile.ts";
import type { SendsInHand } from "./sends-in-hand.ts";

/** What the use cases work with. */
export interface Passcodes {
  readonly profiles: ReadonlyMap<string, Profile>;
  readonly store: Store;
  readonly keys: Keys;
  readonly deliveries: Deliveries;
  readonly fallbacks: FallbackWatch;
  readonly inHand: SendsInHand;
  /** The base of the URLs that providers report to; absent where none can reach this service. */
  readonly publicUrl?: string;
  readonly random: Random;
  readonly log: Log;
}

/** Applies a rule to one destination's ledger. */
export function updateLedger<T>(
  { store }: Passcodes,
  ledger: Buffer,
  change: (before: Ledger | undefined, nowMs: number) => Change<Ledger, T>,
): Promise<T> {
  return store.update(ledgerRecord, `ledger:${ledger.toString("base64url")}`, change);
}

/** A request the caller may repeat under one id: what it is, all of it, in a fixed order. */
export interface IdentifiedRequest {
  /** Empty: not to be repeated. */
  readonly requestId: string;
  readonly content: readonly unknown[];
}

/**
 * Applies a rule to one destination's ledger, once for each request id (R12).
 *
 * `decide` is given the digest that stands for the id in the ledger. The id is claimed
 * for the request's content before anything counts. What changes nothing claims
 * nothing, so that refused and forged calls leave nothing in the store; only an answer
 * given before, as `isRepeated` tells, needs the claim's word that it was this request's.
 */
export async function decideOnce<T>(
  passcodes: Passcodes,
  { profile, ledger, request }: { profile: Profile; ledger: Buffer; request: IdentifiedRequest },
  decide: (before: Ledger | undefined, nowMs: number, digest: string | undefined) => Change<Ledger, T>,
  isRepeated: (outcome: T) => boolean,
): Promise<T | { kind: "requestIdReused" }> {
  const digest = requestDigest(passcodes, profile, request.requestId);
  if (digest === undefined) {
    return await updateLedger(passcodes, ledger, (before, nowMs) => decide(before, nowMs, undefined));
  }
  const idle = await updateLedger(passcodes, ledger, (before, nowMs) => {
    const { record, outcome } = decide(before, nowMs, digest);
    const changesNothing = record === before && !isRepeated(outcome);
    return { record: before, outcome: changesNothing ? { outcome } : undefined };
  });
  if (idle !== undefined) return idle.outcome;

  if (!(await claim(passcodes, profile, digest, request.content))) return { kind: "requestIdReused" };
  return await updateLedger(passcodes, ledger, (before, nowMs) => decide(before, nowMs, digest));
}

/** What stands for a request id in the ledger; undefined for a request that is not to be repeated. */
export function requestDigest({ keys }: Passcodes, profile: Profile, requestId: string): string | undefined {
  return requestId === "" ? undefined : keys.requestDigest([profile.name, requestId.toLowerCase()]);
}

/** Longer than a claim and the session it guards may lie apart, in milliseconds. */
const claimMarginMs = 60_000;

function claim(
  { store, keys }: Passcodes,
  profile: Profile,
  digest: string,
  content: readonly unknown[],
): Promise<boolean> {
  const { expiryMs, retentionMs } = profile.policies.base;
  const claim = { content: keys.requestDigest(content), keptForMs: expiryMs + retentionMs + claimMarginMs };
  return store.update(requestClaimRecord, `request:${digest}`, (before, nowMs) =>
    claimRequest(before, claim, nowMs),
  );
}

/** The request names a profile this service does not have. */
export interface ProfileUnknown {
  readonly kind: "profileUnknown";
}

/** A session the request names, in the profile it names. */
export type LocatedSession =
  | ProfileUnknown
  | { kind: "sessionNotFound" }
  | { kind: "located"; profile: Profile; reference: OpenedSessionId };

export function locateSession(
  { profiles, keys }: Passcodes,
  request: { profile: string; sessionId: string },
): LocatedSession {
  const profile = profiles.get(request.profile);
  if (profile === undefined) return { kind: "profileUnknown" };
  const reference = openSessionId(request.sessionId, profile.name, keys);
  return reference === undefined ? { kind: "sessionNotFound" } : { kind: "located", profile, reference };
}
