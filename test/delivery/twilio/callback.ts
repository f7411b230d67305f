import { createHmac } from "node:crypto";
import type { Callback } from "../../../src/delivery/provider.ts";
import { accountSid, authToken, clock } from "./account.ts";

export const url = "https://otp.example/reports/twilio/AbCd-1234_reference?b=2&a=1";
export const reference = "AbCd-1234_reference";

/** A request as Twilio makes it: a form, signed with the account's token over its URL. */
export function callback(parameters: Record<string, string>, given: Partial<Callback> = {}): Callback {
  const form = { AccountSid: accountSid, ApiVersion: "2010-04-01", ...parameters };
  return signed({ form, url: given.url ?? url, token: authToken }, given);
}

export function signed(
  { form, url, token }: { form: Record<string, string>; url: string; token: string },
  given: Partial<Callback> = {},
): Callback {
  const names = Object.keys(form).sort();
  const text = names.reduce((all, name) => `${all}${name}${form[name]}`, url);
  const signature = createHmac("sha1", token).update(text, "utf8").digest("base64");
  return {
    method: "POST",
    url,
    headers: {
      "content-type": "application/x-www-form-urlencoded; charset=UTF-8",
      "x-twilio-signature": signature,
    },
    body: Buffer.from(new URLSearchParams(form).toString()),
    reference,
    nowMs: clock.nowMs(),
    ...given,
  };
}
