import type { Caller } from "../delivery/deliveries.ts";
import type { DeliveryReference } from "../ledger/delivery.ts";
import { decideFallback, type StandIn } from "../ledger/fallback.ts";
import type { HandoverState } from "../ledger/ledger.ts";
import { type Settlement, settleDelivery } from "../ledger/settle.ts";
import type { SessionView } from "../ledger/view.ts";
import { type CountedSend, countedMs, type HandedOver, handOver } from "./hand-over.ts";
import { type Passcodes, requestDigest, updateLedger } from "./passcodes.ts";
import { contentOf, planFallback, type SendPlan, type SendRequest } from "./plan-send.ts";

/** What became of a send: the last one that counts, if it fell back to other channels. */
export interface DeliveredSend extends HandedOver, Pick<Settlement, "counts" | "sessionRemains"> {
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
  const handedOver = await handOver(passcodes, send, caller);
  const { provider, state } = handedOver;
  const next = planFallback(send.profile, send.plan, passcodes.random);
  if (next !== undefined && mayArrive(state)) watch(passcodes, send, next, caller.key);
  const standIn = mayArrive(state) || caller.gone() ? undefined : next;
  const { counts, sessionRemains, fallback } = await settle(passcodes, send, { provider, state, standIn });
  const own = { ...handedOver, view: send.view, counts, sessionRemains };
  if (standIn === undefined || fallback?.kind !== "send") return own;
  const stood = await deliverCode(passcodes, { ...send, ...fallback, plan: standIn }, caller);
  return own.counts && !stood.counts ? own : stood;
}

/** Whether the message has reached the user, or may have. */
function mayArrive(state: HandoverState): boolean {
  return state === "accepted" || state === "noAnswer";
}

/** Records what became of the send and, in the same replacement, counts the one that stands in for it. */
async function settle(
  passcodes: Passcodes,
  send: CountedSend,
  { provider, state, standIn }: { provider: string; state: HandoverState; standIn: SendPlan | undefined },
): Promise<Settlement> {
  const { profile, request } = send;
  const reference = referenceOf(send);
  const digest = requestDigest(passcodes, profile, {
    requestId: request.requestId,
    content: contentOf(request),
  });
  const standing = standIn && { standIn: standInOf(standIn, digest) };
  try {
    const settlement = await updateLedger(passcodes, send.ledger, (before, nowMs) =>
      settleDelivery(before, { ...reference, provider, state, ...standing }, profile.policies, nowMs),
    );
    // A report was faster than the answer.
    if (settlement.isReportedFailed) passcodes.fallbacks.failed(reference);
    return settlement;
  } catch (error) {
    // The send is counted and stays so: only GetSession and a repeated request will not know its outcome.
    passcodes.log.warn("delivery outcome not recorded", {
      sessionId: send.sessionId,
      delivery: state,
      error,
    });
    return { counts: true, sessionRemains: true, isReportedFailed: false };
  }
}

function referenceOf({ view, delivery }: CountedSend): DeliveryReference {
  return { sessionId: view.session.id, delivery };
}

function standInOf({ channel, providers }: SendPlan, request?: string): StandIn {
  return { channel, provider: providers[0] ?? "", ...(request !== undefined && { request }) };
}

/** Has another channel stand in for the send should its reports say that it failed, or say nothing. */
function watch(passcodes: Passcodes, send: CountedSend, next: SendPlan, key: string): void {
  const { expiresMs } = send.view.session;
  const afterMs = send.profile.fallback?.afterMs;
  passcodes.fallbacks.watch(referenceOf(send), {
    ...(afterMs !== undefined && { afterMs }),
    forgetMs: expiresMs - countedMs(send),
    fallBack: () => fallBack(passcodes, send, next, key),
  });
}

/** Nobody waits for it: it has all the time that delivery takes. It takes its turns with the sends of the same key. */
function nobodyOf(key: string): Caller {
  return { key, signal: new AbortController().signal, gone: () => false, remainingMs: () => undefined };
}

async function fallBack(passcodes: Passcodes, send: CountedSend, next: SendPlan, key: string): Promise<void> {
  const { profile, sessionId } = send;
  const reference = referenceOf(send);
  const fields = { profile: profile.name, sessionId, channel: next.channel };
  try {
    const outcome = await updateLedger(passcodes, send.ledger, (before, nowMs) =>
      decideFallback(before, { ...reference, ...standInOf(next) }, profile.policies, nowMs),
    );
    passcodes.log.info("fallback", {
      ...fields,
      detail: outcome.kind === "refused" ? outcome.refusal.rule : outcome.kind,
    });
    if (outcome.kind === "send") {
      const later = { ...send, ...outcome, plan: next, request: unrepeated(send.request) };
      await passcodes.inHand.count(key, () => deliverCode(passcodes, later, nobodyOf(key)));
    }
  } catch (error) {
    passcodes.log.error("fault", { ...fields, error });
  }
}

/** A send that no caller made answers no caller's repetition. */
function unrepeated(request: SendRequest): SendRequest {
  return { ...request, requestId: "" };
}
