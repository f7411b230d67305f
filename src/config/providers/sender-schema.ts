import { parseEmail } from "../../ledger/destination.ts";
import { textScalar } from "../scalar-schema.ts";

export const e164 = /^\+[1-9][0-9]{6,14}$/;

/** A number that calls, or messages, come from. */
export const phoneNumber = textScalar(
  (value) => (e164.test(value) ? value : undefined),
  "a number such as +41446681800, in quotes",
);

/** Whom e-mail is from. */
export const mailSender = textScalar(
  (value) => (parseEmail(value).kind === "ok" ? value : undefined),
  "one e-mail address, without a display name",
);
