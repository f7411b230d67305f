import { createHmac, timingSafeEqual } from "node:crypto";
import type { Callback, Refused } from "../provider.ts";
import { refused } from "../refused.ts";

/** Several times what Twilio sends. */
const bodyBytesMax = 16 * 1024;

/** Whose requests are believed, and what they are signed with: the token, or a shared key where a webhook rule says so. */
export interface SigningAccount {
  readonly accountSid: string;
  readonly authToken?: string;
  /** The secrets of the shared keys: more than one while they are changed over. */
  readonly sharedKeys?: readonly string[];
}

/**
 * Reads the requests that Twilio makes for an account: https://www.twilio.com/docs/usage/security
 * and https://www.twilio.com/docs/usage/webhooks/webhook-shared-keys
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
    const signer = this.#signerOf(headers["x-twilio-webhooks-signature-settings"]);
    if (signer === undefined) return refused("signed in an unknown way");
    const signature = headers["x-twilio-signature"] ?? "";
    const parameters = [...new URLSearchParams(body.toString("utf8"))];
    const form = new Map(parameters);
    if (form.size < parameters.length) return refused("a repeated parameter");
    const isSigned = signedUrlsOf(url).some((signed) =>
      signer.secrets.some((secret) => isSame(signature, sign(signed, form, { ...signer, secret }))),
    );
    if (!isSigned) return refused("not signed");
    if (form.get("AccountSid") !== this.#account.accountSid) return refused("of another account");
    return { kind: "form", form };
  }

  /**
   * The token signs nothing that says it was signed with a shared key, nor the other way
   * round: who has one of the two cannot pass it off for the other.
   */
  #signerOf(settings: string | undefined): { hash: string; secrets: readonly string[] } | undefined {
    const { authToken, sharedKeys = [] } = this.#account;
    if (settings === undefined) return { hash: "sha1", secrets: authToken === undefined ? [] : [authToken] };
    const algorithm = /(?:^|,)\s*algorithm=(\w+)\s*(?:,|$)/.exec(settings)?.[1] ?? "";
    const hash = Object.hasOwn(hashes, algorithm) ? hashes[algorithm] : undefined;
    return hash === undefined ? undefined : { hash, secrets: sharedKeys };
  }
}

const hashes: Readonly<Record<string, string>> = { HMAC_SHA1: "sha1", HMAC_SHA256: "sha256" };

function sign(
  url: string,
  form: ReadonlyMap<string, string>,
  { hash, secret }: { hash: string; secret: string },
): string {
  const parameters = [...form].sort(([one], [other]) => (one < other ? -1 : 1));
  return createHmac(hash, secret)
    .update(url + parameters.flat().join(""))
    .digest("base64");
}

/**
 * What a URL may have been signed as. Callbacks of calls are signed over an https URL
 * without its port, those of messages with it, and some with the port that its scheme
 * stands for.
 */
function signedUrlsOf(url: string): readonly string[] {
  const [, origin = "", port, rest = ""] =
    /^(https?:\/\/(?:\[[^\]/]*\]|[^:/?#]+))(:[0-9]+)?(.*)$/s.exec(url) ?? [];
  const isHttps = origin.startsWith("https:");
  if (port === undefined) return [url, `${origin}${isHttps ? ":443" : ":80"}${rest}`];
  return isHttps ? [url, origin + rest] : [url];
}

/** Takes as long whatever the texts have in common. */
function isSame(given: string, expected: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(expected)];
  return one.length === other.length && timingSafeEqual(one, other);
}
