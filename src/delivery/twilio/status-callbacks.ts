import { failureOf } from "../error-meaning.ts";
import type { Callback, PostedReports, Refused, Report } from "../provider.ts";
import { refused } from "../refused.ts";
import { meaningOfCode } from "./error-codes.ts";
import type { SignedForms } from "./signed-form.ts";

type Ending = Omit<Report, "reference">;

/** What becomes of messages and calls, as Twilio posts it to the `StatusCallback` of each. */
export class StatusCallbacks implements PostedReports {
  readonly #forms: SignedForms;

  constructor(forms: SignedForms) {
    this.#forms = forms;
  }

  async read(callback: Callback): Promise<{ kind: "reports"; reports: readonly Report[] } | Refused> {
    const signed = this.#forms.read(callback);
    if (signed.kind === "refused") return signed;
    const { form } = signed;
    const { reference } = callback;
    if (reference === undefined) return refused("no reference");
    const ofMessage = form.get("MessageStatus");
    const ofCall = form.get("CallStatus");
    if ((ofMessage === undefined) === (ofCall === undefined))
      return refused("not of one message or one call");
    const ending = ofMessage === undefined ? callEnding(form) : messageEnding(form);
    return { kind: "reports", reports: ending === undefined ? [] : [{ reference, ...ending }] };
  }
}

/** Undefined while the message is on its way. */
function messageEnding(form: ReadonlyMap<string, string>): Ending | undefined {
  switch (form.get("MessageStatus")) {
    case "delivered":
    // Of channels that know who has read what, and reading comes after delivery.
    case "read":
      return { state: "delivered" };
    case "undelivered":
    case "failed":
    case "canceled": {
      const code = form.get("ErrorCode") ?? "";
      if (!/^[0-9]{1,6}$/.test(code)) return { state: "failed", failure: "undelivered" };
      return { state: "failed", failure: failureOf(meaningOfCode.get(Number(code))), detail: code };
    }
    default:
      return undefined;
  }
}

/** A call is delivered when it was answered and lasted a second or more. Who or what answered is not known. */
function callEnding(form: ReadonlyMap<string, string>): Ending | undefined {
  const status = form.get("CallStatus");
  switch (status) {
    case "completed":
      if (/^[1-9][0-9]{0,5}$/.test(form.get("CallDuration") ?? "")) return { state: "delivered" };
      return { state: "failed", failure: "undelivered", detail: "completed at once" };
    case "busy":
    case "no-answer":
    case "failed":
    case "canceled": {
      const sip = form.get("SipResponseCode") ?? "";
      const detail = /^[1-6][0-9]{2}$/.test(sip) ? `${status} SIP ${sip}` : status;
      return { state: "failed", failure: "undelivered", detail };
    }
    default:
      return undefined;
  }
}
