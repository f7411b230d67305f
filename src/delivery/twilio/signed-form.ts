import { createHmac, timingSafeEqual } from "node:crypto";
import type { Callback, Refused } from "../provider.ts";
import { refused } from "../refused.ts";

/** Several times what Twilio sends. */
const bodyBytesMax = 16 * 1024;

interface SigningAccount {
  readonly accountSid: string;
  readonly authToken: string;
}

/**
 * Reads the requests that Twilio makes for an account: https://www.twilio.com/docs/usage/security
 *
 * Two things its signatures leave open. No time is signed, so how long a request may be
 * repeated is bounded by how long its reference or its session is known. And names and
 * values are signed run together without a mark between them, so whoever has seen one
 * signed request can cut it up anew: callers believe good news only in values of an exact
 * form, which the next name in the order never makes of them.
 */
export class SignedForms {
  readonly #account: SigningAccount;

  constructor(account: SigningAccount) {
    this.#account = account;
  }

  read({
    method,
    url,
    headers,
    body,
  }: Callback): { kind: "form"; form: ReadonlyMap<string, string> } | Refused {
    if (method !== "POST") return refused("not a POST");
    if (body.length > bodyBytesMax) return refused("too long");
    const signature = headers["x-twilio-signature"] ?? "";
    const parameters = [...new URLSearchParams(body.toString("utf8"))];
    const form = new Map(parameters);
    if (form.size < parameters.length) return refused("a repeated parameter");
    const isSigned = [url, withoutPort(url)].some((signed) => isSame(signature, this.#sign(signed, form)));
    if (!isSigned) return refused("not signed");
    if (form.get("AccountSid") !== this.#account.accountSid) return refused("of another account");
    return { kind: "form", form };
  }

  #sign(url: string, form: ReadonlyMap<string, string>): string {
    const parameters = [...form].sort(([one], [other]) => (one < other ? -1 : 1));
    return createHmac("sha1", this.#account.authToken)
      .update(url + parameters.flat().join(""))
      .digest("base64");
  }
}

/** Callbacks of calls are signed over an https URL without its port, those of messages with it. */
function withoutPort(url: string): string {
  return url.replace(/^(https:\/\/(?:\[[^\]/]*\]|[^:/?#]+)):[0-9]+/, "$1");
}

/** Takes as long whatever the texts have in common. */
function isSame(given: string, expected: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(expected)];
  return one.length === other.length && timingSafeEqual(one, other);
}
