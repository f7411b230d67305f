import type { DeliveryOutcome } from "./provider.ts";

type Refusal = Extract<DeliveryOutcome, { kind: "accountRefused" }>;

const refusal = (detail: string): Refusal => ({ kind: "accountRefused", detail });

/** Why an account does not even ask its vendor for a call. Another provider may be able to make it. */
export const callRefusals = {
  noNumber: refusal("no number to call from"),
  /** A voice of another language would say the words so that nobody understands them. */
  noVoice: refusal("no voice for the language"),
  /** Without a way to check who says that a key was pressed, the code would be anybody's to ask for. */
  noKeyCheck: refusal("nothing to check key presses with"),
  /** The vendor would refuse it, or stop in the middle. */
  tooLong: refusal("speech too long for a call"),
} as const;
