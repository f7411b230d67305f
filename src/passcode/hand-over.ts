import type { Caller, Delivered } from "../delivery/deliveries.ts";
import type { DeliveryOutcome, Message } from "../delivery/provider.ts";
import { deriveCode } from "../ledger/code.ts";
import { sealDelivery } from "../ledger/delivery-token.ts";
import type { HandoverState } from "../ledger/ledger.ts";
import type { SessionView } from "../ledger/view.ts";
import { composeMessage } from "../message/compose-message.ts";
import { sealCall } from "./call-script.ts";
import type { Passcodes } from "./passcodes.ts";
import type { SendPlan, SendRequest } from "./plan-send.ts";
import type { Profile } from "./profile.ts";
import { wordsOf } from "./words.ts";

/** A send that the ledger has counted. */
export interface CountedSend {
  readonly profile: Profile;
  readonly request: SendRequest;
  readonly plan: SendPlan;
  readonly ledger: Buffer;
  /** As its callers know it. */
  readonly sessionId: string;
  readonly view: SessionView;
  /** The send's number in the session. */
  readonly delivery: number;
}

/** What became of handing a message over. */
export interface HandedOver {
  /** The last one tried, or the one that may have sent it. */
  readonly provider: string;
  readonly state: HandoverState;
  /** Milliseconds until a provider that had no room may have some, where that is known. */
  readonly retryAfterMs?: number;
}

/**
 * Composes the message of a counted send and hands it to the providers of its channel.
 *
 * A message not handed over before the caller has gone is not sent.
 */
export async function handOver(passcodes: Passcodes, send: CountedSend, caller: Caller): Promise<HandedOver> {
  const { profile, plan } = send;
  if (caller.gone()) return { provider: plan.providers[0] ?? "", state: "canceled" };
  const { provider, outcome }: Delivered = await passcodes.deliveries.send({
    providers: plan.providers,
    message: messageOf(passcodes, send),
    handover: (provider) => {
      const reference = sealReference(passcodes, send, provider);
      const { publicUrl } = passcodes;
      return {
        reference,
        ...(publicUrl !== undefined && { reportUrl: `${publicUrl}/reports/${provider}/${reference}` }),
      };
    },
    caller,
    afterNoAnswer: profile.afterNoAnswer,
    onAttempt: (provider, outcome) => logAttempt(passcodes, send, provider, outcome),
  });
  const { kind: state } = outcome;
  if (outcome.kind !== "busy" || outcome.retryAfterMs === undefined) return { provider, state };
  return { provider, state, retryAfterMs: outcome.retryAfterMs };
}

/** The instant the send was counted. */
export function countedMs({ view: { session }, delivery }: CountedSend): number {
  return session.deliveries.find(({ number }) => number === delivery)?.atMs ?? session.openedMs;
}

/** What stands for the send with a provider. */
function sealReference(
  { keys, random }: Passcodes,
  { profile, ledger, view, delivery }: CountedSend,
  provider: string,
): string {
  const { id, keyId } = view.session;
  const profileTag = keys.profileTag(profile.name);
  return sealDelivery(
    { ledger, sessionId: id, delivery, profileTag, keyId },
    { provider, iv: random.bytes(12), keys },
  );
}

/** Composes the message, once unless its providers have to be told different URLs. */
function messageOf(passcodes: Passcodes, send: CountedSend): (provider: string) => Message {
  const { profile, request, plan, ledger, view } = send;
  const { session } = view;
  const words = wordsOf(profile, request, plan);
  const compose = (keyPressUrl?: string) =>
    composeMessage(profile.templates, plan.channel, {
      ...words,
      code: deriveCode({ ledger, session }, passcodes.keys.codes),
      expiresInMs: session.expiresMs - countedMs(send),
      ...(keyPressUrl !== undefined && { keyPressUrl }),
    });
  const message = compose();
  if (message.channel !== "voice" || !profile.keyPress) return () => message;
  return (provider) => {
    const script = { reference: sealReference(passcodes, send, provider), speech: message.speech };
    const { keys, random } = passcodes;
    const token = sealCall(script, { provider, keyId: session.keyId, iv: random.bytes(12), keys });
    return compose(`${passcodes.publicUrl}/calls/${provider}/${token}`);
  };
}

function logAttempt(
  { log }: Passcodes,
  { profile, sessionId, plan, view }: CountedSend,
  provider: string,
  outcome: DeliveryOutcome,
): void {
  const fields = {
    profile: profile.name,
    sessionId,
    channel: plan.channel,
    provider,
    maskedDestination: view.session.masked,
    delivery: outcome.kind,
  };
  if (outcome.kind === "accepted") log.debug("delivery", fields);
  else log.warn("delivery", { ...fields, detail: outcome.detail });
}
