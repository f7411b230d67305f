import { type KeyObject, X509Certificate } from "node:crypto";
import type { Get } from "./get.ts";

/** Certificates kept. SNS has one or two at a time in a region, and a new one every year. */
const keptMax = 8;

/** Certificates fetched at the same time. A flood of forged messages must not become one of requests. */
const fetchedMax = 4;

/**
 * The certificates that SNS signs with.
 *
 * They are believed for where they come from, the host of SNS over https, and not for who
 * issued them: SNS does not send the chain.
 */
export class SnsCertificates {
  readonly #get: Get;
  readonly #kept = new Map<string, X509Certificate>();
  readonly #fetched = new Map<string, Promise<X509Certificate | undefined>>();

  constructor(get: Get) {
    this.#get = get;
  }

  /** The key of the certificate at the URL; undefined if there is none, or it is not valid at the time. */
  async keyAt(url: string, nowMs: number): Promise<KeyObject | undefined> {
    const certificate = this.#kept.get(url) ?? (await this.#fetch(url));
    if (certificate === undefined) return undefined;
    const { validFromDate, validToDate, publicKey } = certificate;
    const isValid = nowMs >= validFromDate.getTime() && nowMs <= validToDate.getTime();
    return isValid && publicKey.asymmetricKeyType === "rsa" ? publicKey : undefined;
  }

  #fetch(url: string): Promise<X509Certificate | undefined> {
    const underWay = this.#fetched.get(url);
    if (underWay !== undefined) return underWay;
    if (this.#fetched.size >= fetchedMax) return Promise.resolve(undefined);
    const fetched = this.#get(url)
      .then((pem) => this.#keep(url, parse(pem)))
      .finally(() => this.#fetched.delete(url));
    this.#fetched.set(url, fetched);
    return fetched;
  }

  #keep(url: string, certificate: X509Certificate | undefined): X509Certificate | undefined {
    if (certificate === undefined) return undefined;
    const [oldest] = this.#kept.keys();
    if (oldest !== undefined && this.#kept.size >= keptMax) this.#kept.delete(oldest);
    this.#kept.set(url, certificate);
    return certificate;
  }
}

function parse(pem: string | undefined): X509Certificate | undefined {
  try {
    return pem === undefined ? undefined : new X509Certificate(pem);
  } catch {
    return undefined;
  }
}
