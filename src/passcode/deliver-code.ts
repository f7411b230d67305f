import type { Caller } from "../delivery/deliveries.ts";
import {
  type DeliveryReference,
  decideFallback,
  type FallbackOutcome,
  settleDelivery,
} from "../ledger/delivery.ts";
import type { HandoverState, Ledger } from "../ledger/ledger.ts";
import type { SessionView } from "../ledger/view.ts";
import { type CountedSend, handOver } from "./hand-over.ts";
import { type Passcodes, requestDigest, updateLedger } from "./passcodes.ts";
import { planFallback, type SendPlan, type SendRequest } from "./plan-send.ts";

/** What became of a send: the last one, if it fell back to other channels. */
export interface DeliveredSend {
  readonly state: HandoverState;
  readonly provider: string;
  readonly view: SessionView;
}

/**
 * Hands the code to the providers of its channel, and records what became of it. Where
 * that is a failure and the profile has another channel to fall back to, goes on with that.
 */
export async function deliverCode(
  passcodes: Passcodes,
  send: CountedSend,
  caller: Caller,
): Promise<DeliveredSend> {
  const { provider, state } = await handOver(passcodes, send, caller);
  const next = planFallback(send.profile, send.plan, passcodes.random);
  if (next !== undefined && mayArrive(state)) watch(passcodes, send, next);
  const standIn = mayArrive(state) || caller.gone() ? undefined : next;
  const fallback = await settle(passcodes, send, { provider, state, standIn });
  if (standIn !== undefined && fallback?.kind === "send") {
    return await deliverCode(passcodes, { ...send, ...fallback, plan: standIn }, caller);
  }
  return { state, provider, view: send.view };
}

/** Whether the message has reached the user, or may have. */
function mayArrive(state: HandoverState): boolean {
  return state === "accepted" || state === "noAnswer";
}

/** Records what became of the send and, in the same breath, counts the one that stands in for it. */
async function settle(
  passcodes: Passcodes,
  send: CountedSend,
  settled: { provider: string; state: HandoverState; standIn: SendPlan | undefined },
): Promise<FallbackOutcome | undefined> {
  const { profile, request } = send;
  const { standIn } = settled;
  const reference = referenceOf(send);
  const digest = requestDigest(passcodes, profile, request.requestId);
  try {
    const { settlement, fallback } = await updateLedger(passcodes, send.ledger, (before, nowMs) => {
      const { record, outcome: settlement } = settleDelivery(before, { ...reference, ...settled }, nowMs);
      const decided: { record: Ledger | undefined; outcome: FallbackOutcome | undefined } =
        standIn === undefined
          ? { record, outcome: undefined }
          : decideFallback(record, commandOf(reference, standIn, digest), profile.policies, nowMs);
      return { record: decided.record, outcome: { settlement, fallback: decided.outcome } };
    });
    // A report was faster than the answer.
    if (settlement === "failed") passcodes.fallbacks.failed(reference);
    return fallback;
  } catch (error) {
    // The send is counted and its outcome known: only GetSession and a repeated request will not know it.
    passcodes.log.warn("delivery outcome not recorded", {
      sessionId: send.sessionId,
      delivery: settled.state,
      error,
    });
    return undefined;
  }
}

function referenceOf({ view, delivery }: CountedSend): DeliveryReference {
  return { sessionId: view.session.id, delivery };
}

function commandOf(
  reference: DeliveryReference,
  { channel, providers }: SendPlan,
  request: string | undefined,
) {
  return { ...reference, channel, provider: providers[0] ?? "", ...(request !== undefined && { request }) };
}

/** Has another channel stand in for the send should its reports say that it failed, or say nothing. */
function watch(passcodes: Passcodes, send: CountedSend, next: SendPlan): void {
  const { expiresMs, deliveries, openedMs } = send.view.session;
  const afterMs = send.profile.fallback?.afterMs;
  passcodes.fallbacks.watch(referenceOf(send), {
    ...(afterMs !== undefined && { afterMs }),
    forgetMs: expiresMs - (deliveries[send.delivery]?.atMs ?? openedMs),
    fallBack: () => fallBack(passcodes, send, next),
  });
}

/** Nobody waits for it: it has all the time that delivery takes. */
const nobody: Caller = { gone: () => false, remainingMs: () => undefined };

async function fallBack(passcodes: Passcodes, send: CountedSend, next: SendPlan): Promise<void> {
  const { profile, sessionId } = send;
  const reference = referenceOf(send);
  const fields = { profile: profile.name, sessionId, channel: next.channel };
  try {
    const outcome = await updateLedger(passcodes, send.ledger, (before, nowMs) =>
      decideFallback(before, commandOf(reference, next, undefined), profile.policies, nowMs),
    );
    passcodes.log.info("fallback", {
      ...fields,
      detail: outcome.kind === "refused" ? outcome.refusal.rule : outcome.kind,
    });
    if (outcome.kind === "send") {
      await deliverCode(
        passcodes,
        { ...send, ...outcome, plan: next, request: unrepeated(send.request) },
        nobody,
      );
    }
  } catch (error) {
    passcodes.log.error("fault", { ...fields, error });
  }
}

/** A send that no caller made answers no caller's repetition. */
function unrepeated(request: SendRequest): SendRequest {
  return { ...request, requestId: "" };
}
