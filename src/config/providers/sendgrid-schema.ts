import { createPublicKey, type KeyObject } from "node:crypto";
import { z } from "zod";
import type { SendGridSettings } from "../../delivery/sendgrid/sendgrid.ts";
import { parseEmail } from "../../ledger/destination.ts";
import type { Files } from "../pem.ts";
import { textScalar } from "../scalar-schema.ts";
import { baseUrl, httpFields, httpSettings } from "./http-fields.ts";

const apiKey = textScalar(
  (value) => (/^[\x21-\x7e]{1,500}$/.test(value) ? value : undefined),
  "an API key: up to 500 characters without spaces",
);

const sender = textScalar(
  (value) => (parseEmail(value).kind === "ok" ? value : undefined),
  "one e-mail address, without a display name",
);

const verificationKey = textScalar(
  readVerificationKey,
  "the verification key of the signed Event Webhook, as SendGrid shows it: a P-256 key in base64",
);

function readVerificationKey(text: string): KeyObject | undefined {
  if (!/^[A-Za-z0-9+/]{1,1000}={0,2}$/.test(text)) return undefined;
  try {
    const key = createPublicKey({ key: Buffer.from(text, "base64"), format: "der", type: "spki" });
    return key.asymmetricKeyDetails?.namedCurve === "prime256v1" ? key : undefined;
  } catch {
    return undefined;
  }
}

/** An account with SendGrid. For one in the EU, `baseUrl` is https://api.eu.sendgrid.com. */
export function sendGridSchema(files: Files) {
  return z
    .strictObject({
      kind: z.literal("sendgrid"),
      apiKey,
      from: sender,
      verificationKey: verificationKey.exactOptional(),
      baseUrl: baseUrl.default("https://api.sendgrid.com"),
      ...httpFields(files),
    })
    .transform(
      ({ timeout, connectTimeout, ca, ...given }): { readonly kind: "sendgrid" } & SendGridSettings => ({
        ...given,
        ...httpSettings({ timeout, connectTimeout, ...(ca !== undefined && { ca }) }),
      }),
    );
}
