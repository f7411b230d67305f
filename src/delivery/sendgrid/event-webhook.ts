import { type KeyObject, verify } from "node:crypto";
import { z } from "zod";
import { readJson } from "../json.ts";
import type { Callback, PostedReports, Refused, Report } from "../provider.ts";
import { refused } from "../refused.ts";
import { untimeliness } from "../signed-time.ts";
import { eventForm, reportOf } from "./event.ts";

/**
 * SendGrid posts events again for up to 24 hours, and does not say whether it signs them
 * afresh (https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/troubleshooting).
 * A report that is heard twice says nothing new.
 */
const ageMsMax = 24 * 60 * 60_000;

/**
 * The events of the signed Event Webhook, which posts those of all the mail of an account to one URL:
 * https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features
 */
export class EventWebhook implements PostedReports {
  readonly #key: KeyObject;

  /** The account's verification key, on the curve P-256. */
  constructor(key: KeyObject) {
    this.#key = key;
  }

  async read({ headers, body, nowMs }: Callback): Promise<{ kind: "reports"; reports: Report[] } | Refused> {
    const timestamp = headers["x-twilio-email-event-webhook-timestamp"] ?? "";
    const signature = headers["x-twilio-email-event-webhook-signature"] ?? "";
    if (!/^[0-9]{1,12}$/.test(timestamp)) return refused("no timestamp");
    const signed = Buffer.concat([Buffer.from(timestamp), body]);
    if (!verify("sha256", signed, this.#key, Buffer.from(signature, "base64"))) return refused("signature");

    const untimely = untimeliness(Number(timestamp) * 1_000, { nowMs, ageMsMax });
    if (untimely !== undefined) return refused(untimely);

    const events = readJson(body.toString("utf8"), z.array(eventForm));
    if (events === undefined) return refused("not a list of events");
    return { kind: "reports", reports: events.map(reportOf).filter((report) => report !== undefined) };
  }
}
