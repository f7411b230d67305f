import { sortedPairs } from "../ledger/keys.ts";
import type { MessageRequest } from "../message/compose-message.ts";
import type { SendPlan, SendRequest } from "./plan-send.ts";
import type { Profile } from "./profile.ts";

/** What a request's messages are worded with: all but what only its session knows. */
export function wordsOf(
  profile: Profile,
  request: SendRequest,
  { destination }: Pick<SendPlan, "destination">,
): Omit<MessageRequest, "code" | "expiresInMs" | "keyPressUrl"> {
  return {
    to: destination.address,
    ...(destination.country !== undefined && { country: destination.country }),
    brand: profile.brand,
    branding: profile.branding,
    locale: request.locale === "" ? profile.locale : request.locale,
    purpose: request.purpose,
    transaction: new Map(sortedPairs(request.transaction)),
    variables: new Map(Object.entries(request.variables)),
    ...(request.autofill !== undefined && { autofill: request.autofill }),
  };
}
