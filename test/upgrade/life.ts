import { randomUUID } from "node:crypto";
import { codeIn, type TestService, wrongCode } from "../support/service.ts";

/** What whoever lived it knows of a session: nothing of it can be read out of the store. */
interface Known {
  readonly phoneNumber: string;
  readonly sessionId: string;
  readonly code: string;
}

/** Sessions in every state that a store can hold one in, by what they have been through. */
export interface Life {
  readonly untouched: Known;
  /** Four wrong codes of five. */
  readonly nearlyExhausted: Known;
  readonly exhausted: Known;
  readonly approved: Known;
  readonly canceled: Known;
  /** Sent again by voice, after a wrong code. */
  readonly resent: Known;
  /** Five sends within the minute. */
  readonly sentAtItsLimit: Known;
  /** Sent, and guessed at once, each with a request id. */
  readonly repeatable: Known & { readonly sendId: string; readonly verifyId: string };
}

/** Lives it all at a service whose store is then kept. */
export async function live({ clients: { grpc }, messages }: TestService): Promise<Life> {
  let phones = 0;
  const send = async (more: { requestId?: string } = {}): Promise<Known> => {
    phones += 1;
    const phoneNumber = `+41791234${String(500 + phones)}`;
    const destination = { case: "phoneNumber", value: phoneNumber } as const;
    const { sessionId } = await grpc.sendPasscode({ destination, ...more });
    return { phoneNumber, sessionId, code: codeIn(messages.at(-1)) };
  };
  const guess = async ({ sessionId, code }: Known, times: number, more: { requestId?: string } = {}) => {
    for (let step = 1; step <= times; step++) {
      await grpc.verifyPasscode({ sessionId, code: wrongCode(code, step), ...more });
    }
  };
  const again = async ({ phoneNumber, sessionId }: Known, more: object = {}) => {
    await grpc.sendPasscode({ destination: { case: "phoneNumber", value: phoneNumber }, sessionId, ...more });
  };

  const untouched = await send();
  const nearlyExhausted = await send();
  await guess(nearlyExhausted, 4);
  const exhausted = await send();
  await guess(exhausted, 5);
  const approved = await send();
  await grpc.verifyPasscode({ sessionId: approved.sessionId, code: approved.code });
  const canceled = await send();
  await grpc.cancelSession({ sessionId: canceled.sessionId });
  const resent = await send();
  await guess(resent, 1);
  await again(resent, { channel: 2 });
  const sentAtItsLimit = await send();
  for (let sends = 1; sends < 5; sends++) await again(sentAtItsLimit);
  const [sendId, verifyId] = [randomUUID(), randomUUID()];
  const repeatable = { ...(await send({ requestId: sendId })), sendId, verifyId };
  await guess(repeatable, 1, { requestId: verifyId });
  return {
    untouched,
    nearlyExhausted,
    exhausted,
    approved,
    canceled,
    resent,
    sentAtItsLimit,
    repeatable,
  };
}
