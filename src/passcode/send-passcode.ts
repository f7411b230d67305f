import type { Caller } from "../delivery/deliveries.ts";
import type { HandoverState } from "../ledger/ledger.ts";
import type { Refusal } from "../ledger/limits.ts";
import { decideSend, type SendOutcome } from "../ledger/send.ts";
import { openSessionId, sealSessionId } from "../ledger/session-id.ts";
import { testDestination } from "../ledger/test-destination.ts";
import type { SessionView } from "../ledger/view.ts";
import { deliverCode } from "./deliver-code.ts";
import { decideOnce, type Passcodes, type ProfileUnknown } from "./passcodes.ts";
import { contentOf, type InvalidField, planSend, type SendPlan, type SendRequest } from "./plan-send.ts";
import type { Profile } from "./profile.ts";

export type SendAnswer =
  | ProfileUnknown
  | { kind: "invalid"; invalid: InvalidField }
  | { kind: "requestIdReused" }
  | Exclude<SendOutcome, { kind: "send" | "repeated" | "refused" }>
  | { kind: "refused"; refusal: Refusal; masked: string }
  /** The first call with this request id has not settled. */
  | { kind: "inProgress" }
  /** The caller's API key has as many sends in hand as it may. Nothing was counted. */
  | { kind: "busy" }
  | { kind: "sent"; sessionId: string; view: SessionView }
  | DeliveryFailed;

/** The message is not known to have been accepted. */
export interface DeliveryFailed {
  readonly kind: "deliveryFailed";
  /** Absent if the session, opened for this send alone, is gone with it. */
  readonly sessionId?: string;
  readonly provider: string;
  readonly failure: DeliveryFailure;
  /** Whether the send counts, for it may have left or the destination was refused. If not, a repetition sends anew. */
  readonly counts: boolean;
  /** Milliseconds until a provider that had no room may have some, where that is known. */
  readonly retryAfterMs?: number;
}

/** Why the message is not known to have been accepted. */
type DeliveryFailure = Exclude<HandoverState, "accepted">;

/** Sends a code: counts the send, has the message delivered, records what became of it. */
export async function sendPasscode(
  passcodes: Passcodes,
  request: SendRequest,
  caller: Caller,
): Promise<SendAnswer> {
  const profile = passcodes.profiles.get(request.profile);
  if (profile === undefined) return { kind: "profileUnknown" };
  const planned = planSend(profile, request, passcodes.random);
  if (planned.kind === "invalid") return planned;
  const work = () => sendAsPlanned(passcodes, { request, profile, plan: planned.plan }, caller);
  return (await passcodes.inHand.admit(caller.key, work)) ?? { kind: "busy" };
}

async function sendAsPlanned(
  passcodes: Passcodes,
  { request, profile, plan }: { request: SendRequest; profile: Profile; plan: SendPlan },
  caller: Caller,
): Promise<SendAnswer> {
  const { keys, random } = passcodes;
  const ledger = keys.ledgerOf(profile.name, plan.destination);
  const current = request.sessionId === "" ? undefined : openSessionId(request.sessionId, profile.name, keys);
  if (request.sessionId !== "" && !current?.ledger.equals(ledger)) return { kind: "sessionNotFound" };

  const verdict = profile.isTest ? testDestination(plan.destination)?.verdict : undefined;
  const command = {
    ...(current !== undefined && { sessionId: current.id }),
    newSessionId: random.bytes(16).toString("base64url"),
    newNonce: random.bytes(16).toString("base64url"),
    keyId: keys.currentId,
    binding: keys.bindingOf(request.purpose, request.transaction, current?.keyId),
    address: keys.addressOf(plan.destination, current?.keyId),
    policy: request.policy,
    masked: plan.destination.masked,
    ...(request.deviceId !== "" && { device: keys.deviceOf(ledger, request.deviceId) }),
    ...(verdict !== undefined && { testVerdict: verdict }),
    channel: plan.channel,
    provider: plan.providers[0] ?? "",
  };
  const { outcome, release } = await decideOnce(
    passcodes,
    { profile, ledger, request: { requestId: request.requestId, content: contentOf(request) } },
    (before, nowMs, digest) =>
      decideSend(
        before,
        { ...command, ...(digest !== undefined && { request: digest }) },
        profile.policies,
        nowMs,
      ),
    (outcome) => outcome.kind === "send" || outcome.kind === "repeated",
  );
  if (outcome.kind === "refused") return { ...outcome, masked: plan.destination.masked };
  if (outcome.kind !== "send" && outcome.kind !== "repeated") return outcome;

  const { session } = outcome.view;
  // Sessions of a key that is gone cannot be named any more.
  if (!keys.codes.has(session.keyId)) return { kind: "sessionNotFound" };
  const sessionId = sealSessionId({ id: session.id, ledger }, session.keyId, profile.name, keys);
  const { state, view, sessionRemains, ...delivered } =
    outcome.kind === "send"
      ? await deliverCode(passcodes, { profile, request, plan, ledger, sessionId, ...outcome }, caller)
      : {
          state: outcome.delivery.state,
          provider: outcome.delivery.provider,
          view: outcome.view,
          counts: true,
          sessionRemains: true,
        };
  // As if it had never been made: its request id is not its own any more.
  if (!delivered.counts) await release();
  if (state === "sending") return { kind: "inProgress" };
  if (state === "accepted") return { kind: "sent", sessionId, view };
  return { kind: "deliveryFailed", ...(sessionRemains && { sessionId }), failure: state, ...delivered };
}
