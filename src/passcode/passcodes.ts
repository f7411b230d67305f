import type { Deliveries } from "../delivery/deliveries.ts";
import type { Keys } from "../ledger/keys.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { ledgerRecord } from "../ledger/record.ts";
import { claimRequest, requestClaimRecord } from "../ledger/request-claim.ts";
import { openSessionId, type SessionReference } from "../ledger/session-id.ts";
import type { Random } from "../random.ts";
import type { Change, Store } from "../store/store.ts";
import type { Log } from "../telemetry/log.ts";
import type { Profile } from "./profile.ts";

/** What the use cases work with. */
export interface Passcodes {
  readonly profiles: ReadonlyMap<string, Profile>;
  readonly store: Store;
  readonly keys: Keys;
  readonly deliveries: Deliveries;
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
  readonly requestId: string;
  readonly content: readonly unknown[];
}

/**
 * Claims the request's id for its content (R12).
 *
 * Answers the digest that stands for the id in a ledger, undefined for a request
 * without one, or `reused` when the id belongs to other content.
 */
export async function claimRequestId(
  { store, keys }: Passcodes,
  profile: Profile,
  { requestId, content }: IdentifiedRequest,
): Promise<string | undefined | { reused: true }> {
  if (requestId === "") return undefined;
  const digest = keys.requestDigest([profile.name, requestId.toLowerCase()]);
  const { expiryMs, retentionMs } = profile.policies.base;
  // The session is opened after the claim, and the claim must outlive it.
  const marginMs = 60_000;
  const claim = { content: keys.requestDigest(content), keptForMs: expiryMs + retentionMs + marginMs };
  const own = await store.update(requestClaimRecord, `request:${digest}`, (before, nowMs) =>
    claimRequest(before, claim, nowMs),
  );
  return own ? digest : { reused: true };
}

/** The request names a profile this service does not have. */
export interface ProfileUnknown {
  readonly kind: "profileUnknown";
}

/** A session the request names, in the profile it names. */
export type LocatedSession =
  | ProfileUnknown
  | { kind: "sessionNotFound" }
  | { kind: "located"; profile: Profile; reference: SessionReference };

export function locateSession(
  { profiles, keys }: Passcodes,
  request: { profile: string; sessionId: string },
): LocatedSession {
  const profile = profiles.get(request.profile);
  if (profile === undefined) return { kind: "profileUnknown" };
  const reference = openSessionId(request.sessionId, profile.name, keys);
  return reference === undefined ? { kind: "sessionNotFound" } : { kind: "located", profile, reference };
}
