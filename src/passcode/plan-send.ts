import { providersFor } from "../delivery/route.ts";
import type { Channel } from "../ledger/channel.ts";
import { type Destination, parseEmail, parsePhone } from "../ledger/destination.ts";
import { sortedPairs } from "../ledger/keys.ts";
import type { Autofill } from "../message/compose-message.ts";
import { looksLikeLink } from "../message/looks-like-link.ts";
import { misfitOf } from "../message/misfit.ts";
import { sampleCode } from "../message/sample.ts";
import type { Random } from "../random.ts";
import type { Profile } from "./profile.ts";
import { wordsOf } from "./words.ts";

/** What a caller asks to be sent. */
export interface SendRequest {
  readonly profile: string;
  readonly destination: { readonly kind: "phone" | "email"; readonly address: string };
  /** Undefined: the first that the destination takes of those the profile lists to fall back to, else SMS or e-mail. */
  readonly channel: Channel | undefined;
  /** Empty: a new session. */
  readonly sessionId: string;
  /** Empty: the profile's. */
  readonly locale: string;
  readonly purpose: string;
  readonly transaction: Readonly<Record<string, string>>;
  readonly variables: Readonly<Record<string, string>>;
  readonly autofill: Autofill | undefined;
  /** Empty: the profile's own. */
  readonly policy: string;
  /** Empty: not to be repeated. */
  readonly requestId: string;
  /** What the caller knows the user's device by. Empty: it does not tell. */
  readonly deviceId: string;
}

/** A request this profile can honour, as far as can be told without counting. */
export interface SendPlan {
  readonly destination: Destination;
  readonly channel: Channel;
  /** The names of the providers to try, in order; at least one. */
  readonly providers: readonly string[];
}

/** A field that is well-formed but cannot be honoured. `why` never repeats the value. */
export interface InvalidField {
  readonly reason:
    | "destinationInvalid"
    | "destinationNotAllowed"
    | "fixedLine"
    | "channelNotOffered"
    | "policyUnknown"
    | "transactionMissing"
    | "variableNotAllowed"
    | "messageUnfit"
    | "autofillNotListed";
  readonly field: string;
  readonly why: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

type Planned<T> = { kind: "planned"; plan: T } | { kind: "invalid"; invalid: InvalidField };

const invalid = (invalid: InvalidField) => ({ kind: "invalid" as const, invalid });

export function planSend(profile: Profile, request: SendRequest, random: Random): Planned<SendPlan> {
  const destination = planDestination(profile, request.destination);
  if (destination.kind === "invalid") return destination;
  const planned = planChannel(profile, destination.plan, request.channel, random);
  if (planned.kind === "invalid") return planned;

  const policy = request.policy === "" ? profile.policies.base : profile.policies.named.get(request.policy);
  if (policy === undefined) {
    const why = "is not a policy of this profile";
    return invalid({ reason: "policyUnknown", field: "policy", why });
  }
  if (policy.transaction === "required" && Object.keys(request.transaction).length === 0) {
    const why = "is required by the policy: what the user agrees to, such as the amount and the payee";
    return invalid({ reason: "transactionMissing", field: "transaction", why });
  }
  const refused = undeclaredField(profile, request) ?? unfitField(profile, request, planned.plan);
  return refused === undefined ? planned : invalid(refused);
}

function planDestination(
  profile: Profile,
  { kind, address }: SendRequest["destination"],
): Planned<Destination> {
  const parsed = kind === "phone" ? parsePhone(address, profile.numbers) : parseEmail(address);
  if (parsed.kind === "ok") return { kind: "planned", plan: parsed.destination };
  return invalid({
    reason: parsed.kind === "invalid" ? "destinationInvalid" : "destinationNotAllowed",
    field: kind === "phone" ? "phone_number" : "email",
    why: parsed.why,
    ...(parsed.kind === "notAllowed" && {
      metadata: {
        ...(parsed.numberKind !== undefined && { kind: parsed.numberKind }),
        ...(parsed.country !== undefined && { country: parsed.country }),
      },
    }),
  });
}

/** The kind of destination each channel reaches. */
const reaches: Record<Channel, "phone" | "email"> = { sms: "phone", voice: "phone", email: "email" };

function planChannel(
  profile: Profile,
  destination: Destination,
  asked: Channel | undefined,
  random: Random,
): Planned<SendPlan> {
  const channel = asked ?? usualChannel(profile, destination);
  const notOffered = (why: string, metadata?: Record<string, string>) =>
    invalid({
      reason: "channelNotOffered",
      field: "channel",
      why,
      ...(metadata !== undefined && { metadata }),
    });

  if (reaches[channel] !== destination.kind) {
    const named = destination.kind === "phone" ? "a phone number" : "an e-mail address";
    return notOffered(`does not reach ${named}`);
  }
  const route = profile.channels.get(channel);
  if (route === undefined) return notOffered("is not offered by this profile");
  if (!takes(destination, channel)) {
    const voice = profile.channels.has("voice");
    return invalid({
      reason: "fixedLine",
      field: "phone_number",
      why: `is a fixed line, which takes no SMS${voice ? "; choose the channel VOICE" : ""}`,
      metadata: { kind: "fixedLine", ...(voice && { channel: "VOICE" }) },
    });
  }
  const providers = providersFor(route, destination, random);
  if (providers.length === 0) {
    const { country } = destination;
    return notOffered("has no route to this destination", country === undefined ? {} : { country });
  }
  return { kind: "planned", plan: { destination, channel, providers } };
}

function usualChannel({ fallback }: Profile, destination: Destination): Channel {
  if (destination.kind === "email") return "email";
  return fallback?.channels.find((channel) => takes(destination, channel)) ?? "sms";
}

/** Whether messages of the channel arrive at a destination of its kind. */
function takes({ numberKind }: Destination, channel: Channel): boolean {
  return channel !== "sms" || numberKind !== "fixedLine";
}

/** What takes over when a plan's channel has failed; undefined if nothing does. */
export function planFallback(profile: Profile, failed: SendPlan, random: Random): SendPlan | undefined {
  for (const channel of channelsAfter(profile, failed.channel)) {
    const planned = planChannel(profile, failed.destination, channel, random);
    if (planned.kind === "planned") return planned.plan;
  }
  return undefined;
}

function channelsAfter({ fallback }: Profile, channel: Channel): readonly Channel[] {
  const listed = fallback?.channels ?? [];
  return listed.includes(channel) ? listed.slice(listed.indexOf(channel) + 1) : [];
}

/** What would make the message too long, or hide what is approved by it, in any channel it may take. */
function unfitField(profile: Profile, request: SendRequest, plan: SendPlan): InvalidField | undefined {
  const { templates, policies, smsSegmentsMax: segmentsMax } = profile;
  const policy = policies.named.get(request.policy) ?? policies.base;
  const message = {
    ...wordsOf(profile, request, plan),
    code: sampleCode(policy),
    expiresInMs: policy.expiryMs,
  };
  for (const channel of [plan.channel, ...channelsAfter(profile, plan.channel)]) {
    const misfit = misfitOf(templates, channel, message, { segmentsMax });
    if (misfit !== undefined) return { reason: "messageUnfit", ...misfit };
  }
  return undefined;
}

/** Names that must stand in the configuration before a caller may use them, and values that no message may carry. */
function undeclaredField(profile: Profile, { variables, autofill }: SendRequest): InvalidField | undefined {
  for (const [name, value] of Object.entries(variables)) {
    const refused = (why: string) =>
      ({ reason: "variableNotAllowed", field: `variables["${name}"]`, why }) as const;
    if (!profile.variables.has(name)) return refused("is not a variable this profile declares");
    if (looksLikeLink(value)) return refused("must not have anything that a phone would make a link of");
  }
  const notListed = (field: string, why: string) => ({ reason: "autofillNotListed", field, why }) as const;
  if (autofill?.kind === "web" && !profile.autofill.webHosts.has(autofill.host)) {
    return notListed("autofill_web_host", "is not a host this profile lists");
  }
  if (autofill?.kind === "android" && !profile.autofill.androidHashes.has(autofill.hash)) {
    return notListed("autofill_android_hash", "is not an app this profile lists");
  }
  return undefined;
}

/** The whole request but for its id, in a fixed order. */
export function contentOf(request: SendRequest): unknown[] {
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
    request.deviceId,
  ];
}
