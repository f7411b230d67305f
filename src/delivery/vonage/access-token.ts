import type { KeyObject } from "node:crypto";
import { SignJWT } from "jose";
import type { Clock } from "../../clock.ts";
import type { Random } from "../../random.ts";

/** How long a token is good for, in seconds. Vonage allows a day. */
const lifetimeSeconds = 300;

/** A token is used for less than its lifetime, so that none runs out on its way or by a clock a little ahead of ours. */
const usedForMs = (lifetimeSeconds - 60) * 1_000;

/**
 * What the requests of an application are authorized by: a JWT that it signs itself
 * (https://developer.vonage.com/en/getting-started/concepts/authentication).
 */
export class AccessToken {
  readonly #applicationId: string;
  readonly #privateKey: KeyObject;
  readonly #clock: Clock;
  readonly #random: Random;
  #latest: { token: Promise<string>; sinceMs: number } | undefined;

  /** The key is an RSA key of 2048 bits or more. */
  constructor(
    { applicationId, privateKey }: { applicationId: string; privateKey: KeyObject },
    clock: Clock,
    random: Random,
  ) {
    this.#applicationId = applicationId;
    this.#privateKey = privateKey;
    this.#clock = clock;
    this.#random = random;
  }

  get(): Promise<string> {
    const nowMs = this.#clock.nowMs();
    const ageMs = nowMs - (this.#latest?.sinceMs ?? Number.NEGATIVE_INFINITY);
    // After a clock was set back, the latest token is of the future.
    if (this.#latest === undefined || ageMs >= usedForMs || ageMs < 0) {
      this.#latest = { token: this.#sign(Math.floor(nowMs / 1_000)), sinceMs: nowMs };
    }
    return this.#latest.token;
  }

  #sign(issuedAt: number): Promise<string> {
    return new SignJWT({ application_id: this.#applicationId })
      .setProtectedHeader({ alg: "RS256", typ: "JWT" })
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + lifetimeSeconds)
      .setJti(this.#random.bytes(16).toString("hex"))
      .sign(this.#privateKey);
  }
}
