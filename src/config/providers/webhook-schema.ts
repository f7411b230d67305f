import { createSecretKey, type KeyObject } from "node:crypto";
import { z } from "zod";
import type { WebhookSettings } from "../../delivery/webhook/webhook.ts";
import { type Channel, channels } from "../../ledger/channel.ts";
import { listOf } from "../collection-schema.ts";
import type { Files } from "../pem.ts";
import { choice, textScalar } from "../scalar-schema.ts";
import { fieldOf } from "../unchecked.ts";
import { httpFields, safeUrl, withHttpSettings } from "./http-fields.ts";

const url = textScalar(
  (value) => (value.length <= 2_000 && safeUrl(value) !== undefined ? value : undefined),
  "an https URL of up to 2000 characters without credentials or fragment (http only to this machine)",
);

/** The bounds are those of Standard Webhooks. */
const secret = textScalar(readSecret, "whsec_ and base64 of 24 to 64 bytes");

function readSecret(text: string): KeyObject | undefined {
  const encoded = /^whsec_((?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?)$/.exec(text)?.[1];
  if (encoded === undefined) return undefined;
  const bytes = Buffer.from(encoded, "base64");
  return bytes.length >= 24 && bytes.length <= 64 ? createSecretKey(bytes) : undefined;
}

const authorization = textScalar(
  (value) => (/^[\x21-\x7e]([\x20-\x7e]{0,998}[\x21-\x7e])?$/.test(value) ? value : undefined),
  "a header value of up to 1000 characters of ASCII",
);

/** What a gateway delivers is for the file to say. */
export function webhookSchema(files: Files) {
  return z
    .strictObject({
      kind: z.literal("webhook"),
      url,
      secret,
      channels: listOf(choice(channels), { countMax: channels.length }).refine(
        (list) => new Set(list).size === list.length,
        { error: "must name each channel once" },
      ),
      authorization: authorization.exactOptional(),
      ...httpFields(files),
    })
    .transform((given, context): { readonly kind: "webhook" } & WebhookSettings =>
      withHttpSettings(given, context),
    );
}

/** The channels of a gateway that nothing has checked yet. */
export function channelsOfWebhook(given: unknown): readonly Channel[] {
  const list = fieldOf(given, "channels");
  return channels.filter((channel) => Array.isArray(list) && list.includes(channel));
}
