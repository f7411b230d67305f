import { createHash, type KeyObject, timingSafeEqual } from "node:crypto";
import { errors, type JWTPayload, jwtVerify } from "jose";
import type { Callback, Refused } from "../provider.ts";
import { refused } from "../refused.ts";
import { aheadMsMax } from "../signed-time.ts";

/** How old a signature may be, in seconds. Vonage's have no expiry of their own. */
const ageSecondsMax = 5 * 60;

const aheadSecondsMax = aheadMsMax / 1_000;

/**
 * Signed webhooks: a JWT in the `authorization` header, made with the account's signature
 * secret, that holds a hash of the body
 * (https://developer.vonage.com/en/getting-started/concepts/webhooks#decoding-signed-webhooks).
 */
export class WebhookSignature {
  readonly #secret: KeyObject;
  readonly #applicationId: string;

  constructor(secret: KeyObject, applicationId: string) {
    this.#secret = secret;
    this.#applicationId = applicationId;
  }

  /** The body, once it is known that Vonage has signed it for this application, lately. */
  async signedText({ headers, body, nowMs }: Callback): Promise<{ kind: "signed"; text: string } | Refused> {
    const token = /^Bearer ([\w.-]+)$/i.exec(headers["authorization"] ?? "")?.[1];
    if (token === undefined) return refused("no bearer token");
    const claims = await this.#verify(token, nowMs);
    if (typeof claims === "string") return refused(claims);
    if (!isHashOf(claims["payload_hash"], body)) return refused("signed for another body");
    const application = claims["application_id"];
    if (application !== undefined && !this.#isOurs(application)) {
      return refused("signed for another application");
    }
    return { kind: "signed", text: body.toString("utf8") };
  }

  /** The claims, or why they are not believed: a name of the library's. */
  async #verify(token: string, nowMs: number): Promise<JWTPayload | string> {
    try {
      const { payload } = await jwtVerify(token, this.#secret, {
        algorithms: ["HS256"],
        currentDate: new Date(nowMs),
        // The tolerance is added to the age.
        maxTokenAge: ageSecondsMax - aheadSecondsMax,
        clockTolerance: aheadSecondsMax,
      });
      return payload;
    } catch (error) {
      if (error instanceof errors.JOSEError) return error.code;
      throw error;
    }
  }

  #isOurs(application: unknown): boolean {
    return typeof application === "string" && application.toLowerCase() === this.#applicationId;
  }
}

/** SHA-256 in hexadecimal, over the bytes as they came. */
function isHashOf(claim: unknown, body: Buffer): boolean {
  if (typeof claim !== "string" || !/^[0-9a-f]{64}$/i.test(claim)) return false;
  return timingSafeEqual(Buffer.from(claim, "hex"), createHash("sha256").update(body).digest());
}
