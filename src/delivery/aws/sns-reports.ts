import { verify } from "node:crypto";
import { z } from "zod";
import { readJson } from "../json.ts";
import type { Callback, PostedReports, Refused, Report } from "../provider.ts";
import { refused } from "../refused.ts";
import { untimeliness } from "../signed-time.ts";
import type { Get } from "./get.ts";
import { SnsCertificates } from "./sns-certificates.ts";
import { parseSnsMessage, type SnsMessage, signedTextOf } from "./sns-message.ts";
import { pathAtHost, snsHostOf } from "./sns-topic.ts";

/**
 * SNS posts a message again, with the time it was first published, for up to an hour.
 * https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html
 */
const ageMsMax = 3_600_000;

const certificatePath = /^\/[A-Za-z0-9_-]{1,100}\.pem$/;

const subscriptionPath = /^\/\?[A-Za-z0-9&=:%._~+-]{1,2000}$/;

/** The reports in an event; undefined if it is no event of the service. */
type ReportsOfEvent = (event: unknown) => Report[] | undefined;

/**
 * Reports that come through a topic of SNS which posts to us.
 *
 * Believes only messages of the one topic, signed with SHA-256: a topic signs with SHA-1
 * until its attribute SignatureVersion is set to 2. Confirms the subscription by itself.
 * Raw delivery is not signed, so it must be off.
 */
export class SnsReports implements PostedReports {
  readonly #topicArn: string;
  readonly #host: string;
  readonly #reportsOf: ReportsOfEvent;
  readonly #get: Get;
  readonly #certificates: SnsCertificates;

  constructor(topicArn: string, reportsOf: ReportsOfEvent, get: Get) {
    const host = snsHostOf(topicArn);
    if (host === undefined) throw new Error("The topic of reports is given by its ARN.");
    this.#topicArn = topicArn;
    this.#host = host;
    this.#reportsOf = reportsOf;
    this.#get = get;
    this.#certificates = new SnsCertificates(get);
  }

  async read({ body, nowMs }: Callback): Promise<{ kind: "reports"; reports: readonly Report[] } | Refused> {
    const message = parseSnsMessage(body);
    if (message === undefined) return refused("not a message of SNS");
    const doubt = await this.#doubt(message, nowMs);
    if (doubt !== undefined) return doubt;
    if (message.Type === "SubscriptionConfirmation") return this.#confirm(message.SubscribeURL);
    // To visit the URL of the other confirmation would be to subscribe again.
    if (message.Type === "UnsubscribeConfirmation") return { kind: "reports", reports: [] };
    const reports = this.#reportsOf(readJson(message.Message, z.unknown()));
    return reports === undefined ? refused("not an event of the service") : { kind: "reports", reports };
  }

  /** Why the message is not to be believed. Nothing is fetched for one that gives itself away. */
  async #doubt(message: SnsMessage, nowMs: number): Promise<Refused | undefined> {
    if (message.TopicArn !== this.#topicArn) return refused("of another topic");
    if (message.SignatureVersion !== "2") return refused("not signed with SignatureVersion 2");
    const untimely = untimeliness(Date.parse(message.Timestamp), { nowMs, ageMsMax });
    if (untimely !== undefined) return refused(untimely);
    const { SigningCertURL: url } = message;
    if (!certificatePath.test(pathAtHost(url, this.#host) ?? ""))
      return refused("its certificate is not of SNS");
    const key = await this.#certificates.keyAt(url, nowMs);
    if (key === undefined) return { ...refused("no valid certificate"), again: true };
    const signature = Buffer.from(message.Signature, "base64");
    const isSigned = verify("sha256", Buffer.from(signedTextOf(message)), key, signature);
    return isSigned ? undefined : refused("wrong signature");
  }

  async #confirm(subscribeUrl: string): Promise<{ kind: "reports"; reports: [] } | Refused> {
    if (!subscriptionPath.test(pathAtHost(subscribeUrl, this.#host) ?? "")) {
      return refused("its subscription is not of SNS");
    }
    const confirmed = await this.#get(subscribeUrl);
    if (confirmed === undefined) return { ...refused("subscription not confirmed"), again: true };
    return { kind: "reports", reports: [] };
  }
}
