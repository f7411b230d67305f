import type { KeyObject } from "node:crypto";
import { z } from "zod";
import { readJson } from "../json.ts";
import type { Callback, PostedReports, Refused, Report } from "../provider.ts";
import { refused } from "../refused.ts";
import { untimeliness } from "../signed-time.ts";
import { isSigned } from "./standard-webhooks.ts";

/** As long as the libraries of Standard Webhooks allow; a report that is posted again is signed again. */
const ageMsMax = 5 * 60_000;

/**
 * The reports that a gateway posts: a JSON object, signed with the secret that the message
 * was signed with. `reference` is the message's, for the signature does not cover the URL.
 * `state` is "delivered" or "failed". For one that failed, `failure` may say why:
 * "destination", "blocked", "account" or "undelivered". `detail` may be a code for the log, of up to 64
 * letters, digits and `_ . : -`; with more than five digits it is left out, lest it be a
 * number that somebody is called by.
 */
export class SignedReports implements PostedReports {
  readonly #secret: KeyObject;

  constructor(secret: KeyObject) {
    this.#secret = secret;
  }

  async read(callback: Callback): Promise<{ kind: "reports"; reports: Report[] } | Refused> {
    const { headers, body, nowMs } = callback;
    const id = headers["webhook-id"] ?? "";
    const timestamp = headers["webhook-timestamp"] ?? "";
    if (!/^[^.]{1,200}$/.test(id)) return refused("no id");
    if (!/^[0-9]{1,12}$/.test(timestamp)) return refused("no timestamp");
    if (!isSigned({ id, timestamp, body }, headers["webhook-signature"] ?? "", this.#secret)) {
      return refused("signature");
    }
    const untimely = untimeliness(Number(timestamp) * 1_000, { nowMs, ageMsMax });
    if (untimely !== undefined) return refused(untimely);

    const report = reportIn(body.toString("utf8"));
    if (report === undefined) return refused("not a report");
    const isOfTheUrl = callback.reference === undefined || callback.reference === report.reference;
    return isOfTheUrl ? { kind: "reports", reports: [report] } : refused("of another message");
  }
}

const failures = {
  destination: "destinationRefused",
  blocked: "blocked",
  account: "accountRefused",
  undelivered: "undelivered",
} as const;

const form = z.object({
  reference: z.string().regex(/^[\w-]{1,100}$/),
  state: z.enum(["delivered", "failed"]),
  failure: z.enum(["destination", "blocked", "account", "undelivered"]).optional(),
  detail: z.unknown().optional(),
});

function reportIn(text: string): Report | undefined {
  const { reference, state, failure, detail } = readJson(text, form) ?? {};
  if (reference === undefined || state === undefined) return undefined;
  if (state === "delivered") return { reference, state };
  return {
    reference,
    state,
    ...(failure !== undefined && { failure: failures[failure] }),
    ...(typeof detail === "string" && isCode(detail) && { detail }),
  };
}

function isCode(detail: string): boolean {
  return /^[A-Za-z0-9_.:-]{1,64}$/.test(detail) && detail.replace(/[^0-9]/g, "").length <= 5;
}
