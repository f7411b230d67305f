import type { DeliveryOutcome } from "../provider.ts";
import type { Answer, Session } from "./session.ts";
import { refusalOf, status } from "./status.ts";
import type { Submission } from "./submission.ts";

type Submitted = Extract<DeliveryOutcome, { kind: "accepted" }> | Failure;
type Failure = Extract<DeliveryOutcome, { detail: string }>;

/**
 * Submits the parts of a message, each once the one before it was accepted: so what is
 * refused at first is refused as a whole. Answers the id of the last one.
 */
export async function submit(
  session: Session,
  submissions: readonly Submission[],
  deadline: AbortSignal,
): Promise<Submitted> {
  let last: Submitted = { kind: "accepted" };
  for (const [index, submission] of submissions.entries()) {
    const answer = await session.request("submit_sm", submission, deadline);
    // It would refuse all that follow too, and answer enquire_link as if nothing was amiss.
    if (isUnbound(answer)) session.end("not bound any more");
    last = submittedBy(answer);
    if (last.kind === "accepted") continue;
    // The parts before it are on their way.
    return index === 0 ? last : { kind: "noAnswer", detail: `part ${index + 1}: ${last.detail}` };
  }
  return last;
}

function isUnbound(answer: Answer): boolean {
  return answer.kind === "answered" && answer.pdu.command_status === status.invalidBindStatus;
}

function submittedBy(answer: Answer): Submitted {
  if (answer.kind === "unsent") return { kind: "unreachable", detail: answer.detail };
  if (answer.kind === "unanswered") return { kind: "noAnswer", detail: answer.detail };
  if (isUnbound(answer)) return { kind: "unreachable", detail: "not bound any more" };
  const { command_status, message_id = "" } = answer.pdu;
  if (command_status !== status.ok) return refusalOf(command_status);
  // 64 characters are the most that SMPP allows. Without an id no receipt can be told from another.
  return /^[\x21-\x7e]{1,64}$/.test(message_id)
    ? { kind: "accepted", providerMessageId: message_id }
    : { kind: "accepted" };
}
