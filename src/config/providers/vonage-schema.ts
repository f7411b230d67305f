import { createPrivateKey, createSecretKey, type KeyObject } from "node:crypto";
import { z } from "zod";
import type { Channel } from "../../ledger/channel.ts";
import { type Files, privateKeyFile } from "../pem.ts";
import { textScalar } from "../scalar-schema.ts";
import { fieldOf } from "../unchecked.ts";
import { dlt } from "./dlt-schema.ts";
import { baseUrl, httpFields, sendersByCountry, withHttpSettings } from "./http-fields.ts";

const applicationId = textScalar((value) => {
  const isUuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value);
  return isUuid ? value.toLowerCase() : undefined;
}, "the application's id: a UUID");

/** A plus may be given, but Vonage takes none. */
const phoneNumber = textScalar(
  (value) => /^\+?([1-9][0-9]{6,14})$/.exec(value)?.[1],
  "a number in international format, of 7 to 15 digits (in quotes)",
);

/** https://developer.vonage.com/en/messaging/sms/guides/custom-sender-id */
const smsSender = textScalar(
  (value) =>
    /^\+?([1-9][0-9]{2,14})$/.exec(value)?.[1] ?? /^(?=.*[A-Za-z])[A-Za-z0-9]{1,11}$/.exec(value)?.[0],
  "a number in international format, of up to 15 digits (in quotes), or up to 11 letters and digits",
);

/** Vonage allows shorter ones, but whoever sees a webhook could find those by trying. */
const signatureSecret = textScalar(
  (value) => (/^[\x21-\x7e]{16,200}$/.test(value) ? createSecretKey(Buffer.from(value)) : undefined),
  "the account's signature secret: 16 to 200 characters without spaces",
);

function rsaKeyFile(files: Files) {
  return privateKeyFile(files).transform((pem, context): KeyObject => {
    const key = createPrivateKey(pem);
    const { modulusLength = 0 } = key.asymmetricKeyDetails ?? {};
    if (key.asymmetricKeyType === "rsa" && modulusLength >= 2_048) return key;
    context.addIssue({
      code: "custom",
      message: "names a file that does not hold an RSA key of 2048 bits or more",
    });
    return z.NEVER;
  });
}

/**
 * An application with Vonage. Regions have hosts of their own: the Messages API
 * https://api-eu.nexmo.com, https://api-us.nexmo.com and https://api-ap.nexmo.com, the Voice
 * API https://api-eu-3.vonage.com and the like, which is what `voiceBaseUrl` is for.
 */
export function vonageSchema(files: Files) {
  return z
    .strictObject({
      kind: z.literal("vonage"),
      applicationId,
      privateKey: rsaKeyFile(files),
      signatureSecret: signatureSecret.exactOptional(),
      from: smsSender.exactOptional(),
      fromByCountry: sendersByCountry(smsSender),
      dlt: dlt.exactOptional(),
      voiceFrom: phoneNumber.exactOptional(),
      voiceBaseUrl: baseUrl.exactOptional(),
      baseUrl: baseUrl.default("https://api.nexmo.com"),
      ...httpFields(files),
    })
    .transform(({ from, fromByCountry, ...given }, context) => {
      const refuse = (path: string, message: string) =>
        context.addIssue({ code: "custom", path: [path], message });
      if (from === undefined && given.voiceFrom === undefined) refuse("from", "or voiceFrom is required");
      if (from === undefined && fromByCountry.size > 0) refuse("from", "is required with fromByCountry");
      if (from === undefined && given.dlt !== undefined) refuse("dlt", "is of no use without from");
      if (given.voiceFrom === undefined && given.voiceBaseUrl !== undefined) {
        refuse("voiceBaseUrl", "is of no use without voiceFrom");
      }
      return {
        ...withHttpSettings(given, context),
        ...(from !== undefined && { sms: { from, fromByCountry } }),
        voiceBaseUrl: given.voiceBaseUrl ?? given.baseUrl,
      };
    });
}

/** What an account that nothing has checked yet can send: it has a sender for it. */
export function channelsOfVonage(given: unknown): readonly Channel[] {
  const senders = { sms: "from", voice: "voiceFrom" } as const;
  return (["sms", "voice"] as const).filter((channel) => fieldOf(given, senders[channel]) !== undefined);
}
