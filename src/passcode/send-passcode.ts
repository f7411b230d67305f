import type { DeliveryOutcome } from "../delivery/provider.ts";
import { deriveCode } from "../ledger/code.ts";
import { sortedPairs } from "../ledger/keys.ts";
import type { DeliveryState } from "../ledger/ledger.ts";
import type { Refusal } from "../ledger/limits.ts";
import { decideSend, type SendOutcome, settleDelivery } from "../ledger/send.ts";
import { openSessionId, sealSessionId } from "../ledger/session-id.ts";
import type { SessionView } from "../ledger/view.ts";
import { composeMessage } from "../message/compose-message.ts";
import { decideOnce, type Passcodes, type ProfileUnknown, updateLedger } from "./passcodes.ts";
import { type InvalidField, planSend, type SendPlan, type SendRequest } from "./plan-send.ts";
import type { Profile } from "./profile.ts";

export type SendAnswer =
  | ProfileUnknown
  | { kind: "invalid"; invalid: InvalidField }
  | { kind: "requestIdReused" }
  | Exclude<SendOutcome, { kind: "send" | "repeated" | "refused" }>
  | { kind: "refused"; refusal: Refusal; masked: string }
  /** The first call with this request id has not settled. */
  | { kind: "inProgress" }
  | { kind: "sent"; sessionId: string; view: SessionView }
  /** Counted, but not known to have reached the provider. The session is open. */
  | { kind: "deliveryFailed"; sessionId: string; provider: string; failure: DeliveryFailure };

type SettledState = Exclude<DeliveryState, "sending">;
export type DeliveryFailure = Exclude<SettledState, "accepted">;

/**
 * Sends a code: counts the send, hands the message over once, records what became of it.
 *
 * `callerGone` tells whether nobody waits for the answer any more: a message not handed
 * over by then is not sent, and stays counted.
 */
export async function sendPasscode(
  passcodes: Passcodes,
  request: SendRequest,
  callerGone: () => boolean,
): Promise<SendAnswer> {
  const profile = passcodes.profiles.get(request.profile);
  if (profile === undefined) return { kind: "profileUnknown" };
  const planned = planSend(profile, request);
  if (planned.kind === "invalid") return planned;
  const { plan } = planned;

  const { keys, random } = passcodes;
  const ledger = keys.ledgerOf(profile.name, plan.destination);
  const current = request.sessionId === "" ? undefined : openSessionId(request.sessionId, profile.name, keys);
  if (request.sessionId !== "" && !current?.ledger.equals(ledger)) return { kind: "sessionNotFound" };

  const command = {
    ...(current !== undefined && { sessionId: current.id }),
    newSessionId: random.bytes(16).toString("base64url"),
    newNonce: random.bytes(16).toString("base64url"),
    keyId: keys.currentId,
    binding: keys.bindingOf(request.purpose, request.transaction, current?.keyId),
    policy: request.policy,
    masked: plan.destination.masked,
    channel: plan.channel,
    provider: plan.provider,
  };
  const outcome = await decideOnce(
    passcodes,
    { profile, ledger, request: { requestId: request.requestId, content: contentOf(request) } },
    (before, nowMs, digest) =>
      decideSend(
        before,
        { ...command, ...(digest !== undefined && { request: digest }) },
        profile.policies,
        nowMs,
      ),
    (outcome) => outcome.kind === "repeated",
  );
  if (outcome.kind === "refused") return { ...outcome, masked: plan.destination.masked };
  if (outcome.kind !== "send" && outcome.kind !== "repeated") return outcome;

  const { view } = outcome;
  // Sessions of a key that is gone cannot be named any more.
  if (!keys.codes.has(view.session.keyId)) return { kind: "sessionNotFound" };
  const sessionId = sealSessionId({ id: view.session.id, ledger }, view.session.keyId, profile.name, keys);
  const state =
    outcome.kind === "send"
      ? await deliver(passcodes, { profile, request, plan, ledger, sessionId, ...outcome }, callerGone)
      : outcome.delivery.state;
  if (state === "sending") return { kind: "inProgress" };
  if (state === "accepted") return { kind: "sent", sessionId, view };
  const provider = outcome.kind === "repeated" ? outcome.delivery.provider : plan.provider;
  return { kind: "deliveryFailed", sessionId, provider, failure: state };
}

interface CountedSend {
  readonly profile: Profile;
  readonly request: SendRequest;
  readonly plan: SendPlan;
  readonly ledger: Buffer;
  readonly sessionId: string;
  readonly view: SessionView;
  /** The send's place among the session's deliveries. */
  readonly delivery: number;
}

async function deliver(
  passcodes: Passcodes,
  send: CountedSend,
  callerGone: () => boolean,
): Promise<SettledState> {
  const state: SettledState = callerGone() ? "canceled" : await handOver(passcodes, send);
  const settled = { sessionId: send.view.session.id, delivery: send.delivery, state };
  try {
    await updateLedger(passcodes, send.ledger, (before, nowMs) => settleDelivery(before, settled, nowMs));
  } catch (error) {
    // The send is counted and its outcome known: only GetSession and a repeated request will not know it.
    passcodes.log.warn("delivery outcome not recorded", {
      sessionId: send.sessionId,
      delivery: state,
      error,
    });
  }
  return state;
}

async function handOver(passcodes: Passcodes, send: CountedSend): Promise<DeliveryOutcome["kind"]> {
  const { profile, request, plan, view, sessionId } = send;
  const { session } = view;
  const countedMs = session.deliveries[send.delivery]?.atMs ?? session.openedMs;
  const message = composeMessage(plan.channel, {
    to: plan.destination.address,
    code: deriveCode(session, passcodes.keys.codes),
    brand: profile.brand,
    expiresInMs: session.expiresMs - countedMs,
    locale: plan.locale,
    transaction: new Map(sortedPairs(request.transaction)),
    ...(request.autofill !== undefined && { autofill: request.autofill }),
  });
  const outcome = await passcodes.deliveries.send(plan.provider, message);
  const fields = {
    profile: profile.name,
    sessionId,
    channel: plan.channel,
    provider: plan.provider,
    maskedDestination: session.masked,
    delivery: outcome.kind,
  };
  if (outcome.kind === "accepted") passcodes.log.debug("delivery", fields);
  else passcodes.log.warn("delivery", { ...fields, detail: outcome.detail });
  return outcome.kind;
}

/** The whole request but for its id, in a fixed order. */
function contentOf(request: SendRequest): unknown[] {
  return [
    "send",
    request.destination.kind,
    request.destination.address,
    request.channel ?? "",
    request.sessionId,
    request.locale,
    request.purpose,
    sortedPairs(request.transaction),
    sortedPairs(request.variables),
    request.autofill ?? "",
    request.policy,
  ];
}
