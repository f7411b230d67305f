import { createPublicKey, type KeyObject } from "node:crypto";
import { z } from "zod";
import type { SendGridSettings } from "../../delivery/sendgrid/sendgrid.ts";
import type { Files } from "../pem.ts";
import { textScalar } from "../scalar-schema.ts";
import { baseUrl, httpFields, withHttpSettings } from "./http-fields.ts";
import { mailSender } from "./sender-schema.ts";

const apiKey = textScalar(
  (value) => (/^[\x21-\x7e]{1,500}$/.test(value) ? value : undefined),
  "an API key: up to 500 characters without spaces",
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
      from: mailSender,
      verificationKey: verificationKey.exactOptional(),
      baseUrl: baseUrl.default("https://api.sendgrid.com"),
      ...httpFields(files),
    })
    .transform((given, context): { readonly kind: "sendgrid" } & SendGridSettings =>
      withHttpSettings(given, context),
    );
}
