import type { Channel } from "../ledger/channel.ts";
import { composeMessage, type MessageRequest } from "./compose-message.ts";
import { smsParts } from "./segments.ts";
import { leftOut } from "./shown-transaction.ts";
import type { Templates } from "./templates.ts";

/** Why a message would not do, and the field of the request that is the reason. */
export interface Misfit {
  readonly field: "transaction" | "variables" | "purpose" | "autofill_web_host" | "autofill_android_hash";
  /** Completes a sentence that the field begins, and repeats nothing of its value. */
  readonly why: string;
}

/**
 * What about a caller's words would make a message too long, or have its receiver approve
 * what it does not show. Undefined if nothing does.
 *
 * A template without a word of the caller's has been tried at the start. The built-in ones
 * show every transaction, and take two segments with the longest brand. Throws TemplateError.
 */
export function misfitOf(
  templates: Templates,
  channel: Channel,
  request: MessageRequest,
  { segmentsMax }: { segmentsMax: number },
): Misfit | undefined {
  const { transaction, variables, purpose, autofill } = request;
  const isOwn = templates.own(channel) !== undefined;
  const mayHide = isOwn && transaction.size > 0;
  const mayBeLong =
    channel === "sms" &&
    (transaction.size > 0 || variables.size > 0 || autofill !== undefined || (isOwn && purpose !== ""));
  if (!mayHide && !mayBeLong) return undefined;

  const message = composeMessage(templates, channel, request);
  const hidden = mayHide ? leftOut(message, transaction) : undefined;
  if (hidden !== undefined) {
    const why = `has values, such as that of ${hidden}, that this profile's own template for ${channel} does not show in full, and nobody can approve what is not shown`;
    return { field: "transaction", why };
  }
  const segments = segmentsOf(message);
  if (segments <= segmentsMax) return undefined;
  const why = `makes an SMS of ${segments} segments, and this profile sends ${segmentsMax} at most`;
  return { field: longest(templates, request, segmentsMax), why };
}

/** The field without which the SMS would fit; where there is no such one, the first that is given. */
function longest(templates: Templates, request: MessageRequest, segmentsMax: number): Misfit["field"] {
  const { autofill, ...unfilled } = request;
  const none = new Map<string, string>();
  const without: { field: Misfit["field"]; rest: MessageRequest }[] = [];
  if (request.transaction.size > 0)
    without.push({ field: "transaction", rest: { ...request, transaction: none } });
  if (request.variables.size > 0) without.push({ field: "variables", rest: { ...request, variables: none } });
  if (autofill !== undefined) without.push({ field: autofillFields[autofill.kind], rest: unfilled });
  without.push({ field: "purpose", rest: { ...request, purpose: "" } });
  const fitting = without.find(
    ({ rest }) => segmentsOf(composeMessage(templates, "sms", rest)) <= segmentsMax,
  );
  return (fitting ?? without[0])?.field ?? "purpose";
}

const autofillFields = { web: "autofill_web_host", android: "autofill_android_hash" } as const;

function segmentsOf(message: ReturnType<typeof composeMessage>): number {
  return message.channel === "sms" ? smsParts(message.text).parts.length : 0;
}
