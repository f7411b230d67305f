import { createHash, createHmac, createSecretKey, generateKeyPairSync } from "node:crypto";
import type { DltSettings } from "../../../src/delivery/dlt.ts";
import type { Callback } from "../../../src/delivery/provider.ts";
import { VonageProvider, type VonageSettings } from "../../../src/delivery/vonage/vonage.ts";
import { systemRandom } from "../../../src/random.ts";

export const applicationId = "aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab";

export const secret = "fmsNZ9rmrmJnUDUQm2SFV5Ok6y7dmZbJ";

export const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2_048 });

export const nowMs = Date.parse("2026-10-08T12:00:00Z");

/** A UUID, as Vonage names its messages and calls. */
export const vendorId = "63f61863-4a51-4f6b-86e1-46edebcf9356";

/** An account that can do all there is, but for what it is told to be without. */
export function accountAt(
  url: string,
  {
    sms = true,
    voice = true,
    signed = true,
    voiceBaseUrl = url,
    dlt,
  }: { sms?: boolean; voice?: boolean; signed?: boolean; voiceBaseUrl?: string; dlt?: DltSettings } = {},
): VonageProvider {
  const settings: VonageSettings = {
    applicationId,
    privateKey,
    ...(signed && { signatureSecret: createSecretKey(Buffer.from(secret)) }),
    ...(sms && { sms: { from: "Acme", fromByCountry: new Map([["US", "14155550100"]]) } }),
    ...(dlt !== undefined && { dlt }),
    ...(voice && { voiceFrom: "447700900001" }),
    baseUrl: url,
    voiceBaseUrl,
    timeoutMs: 2_000,
    connectTimeoutMs: 2_000,
  };
  return new VonageProvider(settings, { nowMs: () => nowMs }, systemRandom);
}

/** What Vonage's documentation shows in the claims of a signed webhook. */
export function claimsOf(body: string | Buffer): Record<string, unknown> {
  return {
    iat: nowMs / 1_000,
    jti: "c5ba8f24-1a14-4c10-bfdf-3fbe8ce511b5",
    iss: "Vonage",
    payload_hash: createHash("sha256").update(body).digest("hex"),
    api_key: "a1b2c3d4",
    application_id: applicationId,
  };
}

export function tokenOf(claims: object, header: object = { alg: "HS256", typ: "JWT" }, key = secret): string {
  const signed = [header, claims].map((part) => encoded(JSON.stringify(part))).join(".");
  return `${signed}.${createHmac("sha256", key).update(signed).digest("base64url")}`;
}

export function encoded(text: string): string {
  return Buffer.from(text).toString("base64url");
}

/** A webhook as Vonage posts it, signed for its body unless another token is given. */
export function webhook(
  body: object | string | Buffer,
  changes: Partial<Callback & { token: string }> = {},
): Callback {
  const bytes = Buffer.isBuffer(body)
    ? body
    : Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
  const { token = tokenOf(claimsOf(bytes)), ...callback } = changes;
  return {
    method: "POST",
    url: "https://otp.example/reports/vonage/AbCd-1234_reference",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: bytes,
    reference: "AbCd-1234_reference",
    nowMs,
    ...callback,
  };
}
