import type { Deliveries } from "../delivery/deliveries.ts";
import type { Keys } from "../ledger/keys.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { ledgerRecord } from "../ledger/record.ts";
import { claimRequest, type HeldClaim, releaseRequest, requestClaimRecord } from "../ledger/request-claim.ts";
import { type OpenedSessionId, openSessionId } from "../ledger/session-id.ts";
import type { Random } from "../random.ts";
import { type Change, type Store, StoreFullError } from "../store/store.ts";
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

interface Decided<T> {
  readonly outcome: T | { kind: "requestIdReused" };
  /** Gives up the request id, should what was decided have come to nothing: to be called once. Never rejects. */
  release(): Promise<void>;
}

/**
 * Applies a rule to one destination's ledger, once for each request id (R12).
 *
 * `decide` is given the digest that stands for the id in the ledger. An answer worth
 * remembering, as `isRemembered` tells, is given only once the id is claimed for the
 * request's content; any other claims nothing, so that refused and forged calls, and
 * those on ended sessions, leave nothing in the store.
 */
export async function decideOnce<T>(
  passcodes: Passcodes,
  { profile, ledger, request }: { profile: Profile; ledger: Buffer; request: IdentifiedRequest },
  decide: (before: Ledger | undefined, nowMs: number, digest: string | undefined) => Change<Ledger, T>,
  isRemembered: (outcome: T) => boolean,
): Promise<Decided<T>> {
  const digest = requestDigest(passcodes, profile, request);
  if (digest === undefined) {
    const change = (before: Ledger | undefined, nowMs: number) => decide(before, nowMs, undefined);
    const outcome = await updateLedger(passcodes, ledger, change);
    return { outcome, release: holdsNothing };
  }
  const forgotten = await updateLedger(passcodes, ledger, (before, nowMs) => {
    const { record, outcome } = decide(before, nowMs, digest);
    return isRemembered(outcome) ? { record: before, outcome: undefined } : { record, outcome: { outcome } };
  });
  if (forgotten !== undefined) return { ...forgotten, release: holdsNothing };

  const release = await claim(passcodes, profile, request);
  if (release === undefined) return { outcome: { kind: "requestIdReused" }, release: holdsNothing };
  const outcome = await updateLedger(passcodes, ledger, (before, nowMs) => decide(before, nowMs, digest));
  if (!isRemembered(outcome)) await release();
  return { outcome, release };
}

async function holdsNothing(): Promise<void> {}

/**
 * What stands for a request in the ledger; undefined for one that is not to be repeated.
 * Of its content too: whatever has become of the claim, no other is answered in its place.
 */
export function requestDigest(
  { keys }: Passcodes,
  profile: Profile,
  { requestId, content }: IdentifiedRequest,
): string | undefined {
  return requestId === "" ? undefined : keys.requestDigest([profile.name, requestId.toLowerCase(), content]);
}

/** Longer than a claim and the session it guards may lie apart, in milliseconds. */
const claimMarginMs = 60_000;

/**
 * Claims the id for the content, and answers how to release it; undefined if it is another content's.
 * In a full store nobody's use of it is known, and the ledger decides alone.
 */
async function claim(
  passcodes: Passcodes,
  profile: Profile,
  { requestId, content }: IdentifiedRequest,
): Promise<Decided<unknown>["release"] | undefined> {
  const { store, keys } = passcodes;
  const { expiryMs, retentionMs } = profile.policies.base;
  const claim = { content: keys.requestDigest(content), keptForMs: expiryMs + retentionMs + claimMarginMs };
  const key = `request:${keys.requestDigest([profile.name, requestId.toLowerCase()])}`;
  try {
    const held = await store.update(requestClaimRecord, key, (before, nowMs) =>
      claimRequest(before, claim, nowMs),
    );
    return held && (() => release(passcodes, key, held));
  } catch (error) {
    if (error instanceof StoreFullError) return holdsNothing;
    throw error;
  }
}

/** A claim that cannot be released ends by itself. */
async function release({ store, log }: Passcodes, key: string, held: HeldClaim): Promise<void> {
  try {
    await store.update(requestClaimRecord, key, (before, nowMs) => releaseRequest(before, held, nowMs));
  } catch (error) {
    log.warn("request id not released", { error });
  }
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
