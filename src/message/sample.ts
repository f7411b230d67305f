import type { Policy } from "../ledger/policy.ts";
import type { Branding, MessageRequest } from "./compose-message.ts";

/** What a profile's messages are tried out with. */
export interface Samples {
  readonly brand: string;
  readonly branding: Branding;
  /** The profile's variables, each with a value of the kind that callers give. */
  readonly variables: ReadonlyMap<string, string>;
  readonly policy: Pick<Policy, "codeLength" | "codeAlphabet" | "expiryMs">;
}

/** The samples of a profile, or of what is to become one. */
export function samplesOf({
  brand,
  branding,
  variables,
  policies,
}: Omit<Samples, "policy"> & { readonly policies: { readonly base: Samples["policy"] } }): Samples {
  return { brand, branding, variables, policy: policies.base };
}

const codes = { digits: "1234567890", letters: "K7MX4QTRWZ" } as const;

/** A code of a policy's form that nobody is sent. */
export function sampleCode({
  codeAlphabet,
  codeLength,
}: Pick<Policy, "codeLength" | "codeAlphabet">): string {
  return codes[codeAlphabet].slice(0, codeLength);
}

/** A request for a message that nobody gets, with what is special about it. */
export function sampleRequest(
  { brand, branding, variables, policy }: Samples,
  changes: Partial<MessageRequest> & Pick<MessageRequest, "locale">,
): MessageRequest {
  return {
    to: "+15555550100",
    code: sampleCode(policy),
    brand,
    branding,
    expiresInMs: policy.expiryMs,
    purpose: "",
    transaction: new Map(),
    variables,
    ...changes,
  };
}
