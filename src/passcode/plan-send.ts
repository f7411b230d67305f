import type { Channel } from "../ledger/channel.ts";
import { type Destination, parseEmail, parsePhone } from "../ledger/destination.ts";
import type { Autofill } from "../message/compose-message.ts";
import type { Profile } from "./profile.ts";

/** What a caller asks to be sent. */
export interface SendRequest {
  readonly profile: string;
  readonly destination: { readonly kind: "phone" | "email"; readonly address: string };
  /** Undefined: SMS for a phone number, e-mail for an address. */
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
}

/** A request this profile can honour, as far as can be told without counting. */
export interface SendPlan {
  readonly destination: Destination;
  readonly channel: Channel;
  /** The name of the provider the message goes to. */
  readonly provider: string;
  readonly locale: string;
}

/** A field that is well-formed but cannot be honoured. `why` never repeats the value. */
export interface InvalidField {
  readonly reason:
    | "destinationInvalid"
    | "destinationNotAllowed"
    | "channelNotOffered"
    | "policyUnknown"
    | "notDeclared";
  readonly field: string;
  readonly why: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** The kind of destination each channel reaches. */
const reaches: Record<Channel, "phone" | "email"> = { sms: "phone", voice: "phone", email: "email" };

export function planSend(
  profile: Profile,
  request: SendRequest,
): { kind: "planned"; plan: SendPlan } | { kind: "invalid"; invalid: InvalidField } {
  const invalid = (invalid: InvalidField) => ({ kind: "invalid" as const, invalid });

  const { kind, address } = request.destination;
  const parsed = kind === "phone" ? parsePhone(address, profile.numbers) : parseEmail(address);
  if (parsed.kind !== "ok") {
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

  const channel = request.channel ?? (kind === "phone" ? "sms" : "email");
  const provider = profile.channels.get(channel);
  if (reaches[channel] !== kind) {
    const why = kind === "phone" ? "does not reach a phone number" : "does not reach an e-mail address";
    return invalid({ reason: "channelNotOffered", field: "channel", why });
  }
  if (provider === undefined) {
    return invalid({ reason: "channelNotOffered", field: "channel", why: "is not offered by this profile" });
  }

  if (request.policy !== "" && !profile.policies.named.has(request.policy)) {
    const why = "is not a policy of this profile";
    return invalid({ reason: "policyUnknown", field: "policy", why });
  }
  const undeclared = undeclaredField(profile, request);
  if (undeclared !== undefined) return invalid(undeclared);

  const locale = request.locale === "" ? profile.locale : request.locale;
  return { kind: "planned", plan: { destination: parsed.destination, channel, provider, locale } };
}

/** Names that must stand in the configuration before a caller may use them. */
function undeclaredField(profile: Profile, { variables, autofill }: SendRequest): InvalidField | undefined {
  const refused = (field: string, why: string): InvalidField => ({ reason: "notDeclared", field, why });
  const variable = Object.keys(variables)[0];
  if (variable !== undefined) {
    return refused(`variables[${variable}]`, "is not declared by the profile's template");
  }
  if (autofill?.kind === "web" && !profile.autofill.webHosts.has(autofill.host)) {
    return refused("autofill_web_host", "is not a host this profile lists");
  }
  if (autofill?.kind === "android" && !profile.autofill.androidHashes.has(autofill.hash)) {
    return refused("autofill_android_hash", "is not an app this profile lists");
  }
  return undefined;
}
