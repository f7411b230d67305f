import { createRequire } from "node:module";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Callback } from "../../../src/delivery/provider.ts";
import { SignedForms } from "../../../src/delivery/twilio/signed-form.ts";
import { accountSid, authToken } from "./account.ts";

/** What the official SDK says a request is signed with. */
interface OfficialSdk {
  getExpectedTwilioSignature(secret: string, url: string, form: object, algorithm?: string): string;
  validateRequest(secret: string, signature: string, url: string, form: object, algorithm?: string): boolean;
}

const counterparts = join(import.meta.dirname, "..", "..", "counterparts", "package.json");
// The SDK has the functions, though its types come with a client of everything.
const sdk = createRequire(counterparts)("twilio/lib/webhooks/webhooks.js") as OfficialSdk;

const sharedKey = "s3cr3t-of-the-shared-key";
const form = { AccountSid: accountSid, MessageStatus: "delivered", To: "+447911123456", Body: "ü & 😀" };
const path = "/reports/twilio/AbCd-1234_reference?b=2&a=1";

function posted(url: string, signature: string, settings?: string): Callback {
  return {
    method: "POST",
    url,
    headers: {
      "x-twilio-signature": signature,
      ...(settings !== undefined && { "x-twilio-webhooks-signature-settings": settings }),
    },
    body: Buffer.from(new URLSearchParams(form).toString()),
    nowMs: 0,
  };
}

describe("what the SDK signs with the token", () => {
  const forms = new SignedForms({ accountSid, authToken });

  test.each([
    ["https://otp.example", "https://otp.example"],
    ["https://otp.example", "https://otp.example:443"],
    ["https://otp.example:8443", "https://otp.example:8443"],
    ["https://otp.example:8443", "https://otp.example"],
    ["http://127.0.0.1", "http://127.0.0.1:80"],
    ["https://[2001:db8::1]", "https://[2001:db8::1]:443"],
    ["https://[2001:db8::1]:8443", "https://[2001:db8::1]"],
  ])("is believed where we are at %s and it signs for %s", (ours, signedFor) => {
    const signature = sdk.getExpectedTwilioSignature(authToken, signedFor + path, form);
    expect(sdk.validateRequest(authToken, signature, ours + path, form)).toBe(true);
    expect(forms.read(posted(ours + path, signature))).toMatchObject({ kind: "form" });
  });

  test.each([
    ["https://otp.example", "https://otp.example:80"],
    ["https://otp.example", "https://otp.example:8443"],
    ["https://otp.example", "http://otp.example"],
    ["https://otp.example", "https://otp.example:443.evil.example"],
    ["http://127.0.0.1", "http://127.0.0.1:443"],
  ])("is refused where we are at %s and it signs for %s", (ours, signedFor) => {
    const signature = sdk.getExpectedTwilioSignature(authToken, signedFor + path, form);
    expect(forms.read(posted(ours + path, signature)).kind).toBe("refused");
  });
});

describe("what the SDK signs with a shared key", () => {
  const url = `https://otp.example${path}`;
  const keyOf = (algorithm: string) => `key=webhooks_sharedkey_01k5,algorithm=${algorithm}`;
  const signatureBy = (secret: string, algorithm: string) =>
    sdk.getExpectedTwilioSignature(secret, url, form, algorithm);

  test.each(["HMAC_SHA256", "HMAC_SHA1"])("is believed without the token in our file: %s", (algorithm) => {
    const forms = new SignedForms({ accountSid, sharedKeys: [sharedKey] });
    const request = posted(url, signatureBy(sharedKey, algorithm), keyOf(algorithm));
    expect(forms.read(request)).toMatchObject({ kind: "form" });
  });

  test("is believed by the old and by the new key while one replaces the other", () => {
    const forms = new SignedForms({ accountSid, sharedKeys: ["the-next-key", sharedKey] });
    for (const secret of ["the-next-key", sharedKey]) {
      const request = posted(url, signatureBy(secret, "HMAC_SHA256"), keyOf("HMAC_SHA256"));
      expect(forms.read(request).kind).toBe("form");
    }
  });

  const both = new SignedForms({ accountSid, authToken, sharedKeys: [sharedKey] });
  test.each<[string, string, string | undefined]>([
    ["another key", signatureBy("another", "HMAC_SHA256"), keyOf("HMAC_SHA256")],
    ["another algorithm than it names", signatureBy(sharedKey, "HMAC_SHA1"), keyOf("HMAC_SHA256")],
    ["an algorithm that nobody knows", signatureBy(sharedKey, "HMAC_SHA256"), keyOf("HMAC_MD5")],
    ["the name of an object's own property", signatureBy(sharedKey, "HMAC_SHA1"), keyOf("constructor")],
    ["no algorithm", signatureBy(sharedKey, "HMAC_SHA1"), "key=webhooks_sharedkey_01k5"],
    ["the token in place of the key", signatureBy(authToken, "HMAC_SHA256"), keyOf("HMAC_SHA256")],
    ["the key in place of the token", signatureBy(sharedKey, "HMAC_SHA1"), undefined],
  ])("is refused with %s", (_, signature, settings) => {
    expect(both.read(posted(url, signature, settings)).kind).toBe("refused");
  });

  test("is refused where no shared key is configured", () => {
    const forms = new SignedForms({ accountSid, authToken });
    const request = posted(url, signatureBy(sharedKey, "HMAC_SHA256"), keyOf("HMAC_SHA256"));
    expect(forms.read(request)).toEqual({ kind: "refused", why: "not signed" });
  });
});
