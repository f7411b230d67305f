import { readJson } from "../json.ts";
import type { Callback, PostedReports, Refused, Report } from "../provider.ts";
import { refused } from "../refused.ts";
import { callEventForm, reportOfCall } from "./call-event.ts";
import { messageStatusForm, reportOfMessage } from "./message-status.ts";
import type { WebhookSignature } from "./webhook-signature.ts";

type Reports = { kind: "reports"; reports: readonly Report[] };

/** The statuses of messages, and the events of calls. */
export class VonageReports implements PostedReports {
  readonly #signature: WebhookSignature;

  constructor(signature: WebhookSignature) {
    this.#signature = signature;
  }

  async read(callback: Callback): Promise<Reports | Refused> {
    const signed = await this.#signature.signedText(callback);
    return signed.kind === "refused" ? signed : reportsIn(signed.text, callback.reference);
  }
}

/** The signature does not cover the URL. A message says itself which one it is; of a call, the URL alone tells. */
function reportsIn(text: string, ofUrl: string | undefined): Reports | Refused {
  const message = readJson(text, messageStatusForm);
  if (message !== undefined) {
    const reference = message.client_ref ?? ofUrl;
    if (ofUrl !== undefined && reference !== ofUrl) return refused("of another message");
    return reference === undefined ? refused("of no message") : reports(reportOfMessage(message, reference));
  }
  const event = readJson(text, callEventForm);
  if (event === undefined) return refused("neither a message status nor a call event");
  return ofUrl === undefined ? refused("of no call") : reports(reportOfCall(event, ofUrl));
}

function reports(report: Report | undefined): Reports {
  return { kind: "reports", reports: report === undefined ? [] : [report] };
}
