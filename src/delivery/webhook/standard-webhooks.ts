import { createHmac, type KeyObject, timingSafeEqual } from "node:crypto";

/**
 * The symmetric signatures of Standard Webhooks:
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export interface Signed {
  /** Without a full stop, which would let it be split elsewhere. */
  readonly id: string;
  /** Seconds since the Unix epoch, in digits. */
  readonly timestamp: string;
  readonly body: string | Buffer;
}

/** The value of the `webhook-signature` header. */
export function signatureOf(signed: Signed, secret: KeyObject): string {
  return `v1,${macOf(signed, secret).toString("base64")}`;
}

/** Whether one of the signatures, which spaces set apart, is made with the secret. */
export function isSigned(signed: Signed, signatures: string, secret: KeyObject): boolean {
  const expected = macOf(signed, secret);
  return signatures.split(" ").some((signature) => {
    const given = Buffer.from(/^v1,(.+)$/.exec(signature)?.[1] ?? "", "base64");
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
}

function macOf({ id, timestamp, body }: Signed, secret: KeyObject): Buffer {
  return createHmac("sha256", secret).update(`${id}.${timestamp}.`).update(body).digest();
}
