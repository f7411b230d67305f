import { create } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { ErrorReason } from "../../gen/passcode/v1/error_reason_pb.ts";
import {
  CancelSessionResponseSchema,
  GetSessionResponseSchema,
  PasscodeService,
  type SendPasscodeRequest,
  SendPasscodeResponseSchema,
  VerifyPasscodeResponseSchema,
} from "../../gen/passcode/v1/passcode_service_pb.ts";
import { StatusReason } from "../../gen/passcode/v1/session_pb.ts";
import type { Caller } from "../delivery/deliveries.ts";
import { cancelSession } from "../passcode/cancel-session.ts";
import { getSession } from "../passcode/get-session.ts";
import type { Passcodes } from "../passcode/passcodes.ts";
import { sendPasscode } from "../passcode/send-passcode.ts";
import { verifyPasscode } from "../passcode/verify-passcode.ts";
import { answerFields, defaultProfile, sendRequest, sessionMessage, statusReasonName } from "./convert.ts";
import { failure } from "./failure.ts";
import type { Guard } from "./guard.ts";
import type { Call, Procedure } from "./procedure.ts";
import * as refuse from "./refuse.ts";

/** The procedures of PasscodeService: translate in, ask the use case, translate out. */
export function passcodeProcedures(passcodes: Passcodes, guard: Guard): Procedure[] {
  const { method } = PasscodeService;
  return [
    guard.unary(method.sendPasscode, async (request, call, { key, note }) => {
      const answer = await sendPasscode(passcodes, sendRequest(request), callerOf(call, key));
      switch (answer.kind) {
        case "sent":
          return create(SendPasscodeResponseSchema, answerFields(answer.sessionId, answer.view));
        case "profileUnknown":
          return refuse.profileUnknown;
        case "invalid":
          return refuse.invalidField(answer.invalid);
        case "refused":
          note({ maskedDestination: answer.masked });
          return refuse.limitReached(answer.refusal);
        case "sessionNotFound":
          return refuse.sessionNotFound;
        case "sessionEnded":
          return answer.reason === "approved"
            ? refuse.sessionApproved
            : sessionEnded(statusReasonName(answer.reason));
        case "sessionMismatch":
          return refuse.badRequest(ErrorReason.SESSION_MISMATCH, [
            answer.field === "destination" ? otherDestination(request) : mismatches[answer.field],
          ]);
        case "requestIdReused":
          return refuse.requestIdReused;
        case "inProgress":
          return refuse.requestInProgress();
        case "busy":
          return refuse.busy("apiKey");
        case "deliveryFailed":
          if (answer.sessionId !== undefined) note({ sessionId: answer.sessionId });
          return answer.failure === "busy" && !answer.counts
            ? refuse.busy("provider", { sessionId: answer.sessionId, waitMs: answer.retryAfterMs })
            : refuse.deliveryFailed(answer);
      }
    }),

    guard.unary(method.verifyPasscode, async (request) => {
      const profile = request.profile || defaultProfile;
      const answer = await verifyPasscode(passcodes, { ...request, profile });
      switch (answer.kind) {
        case "compared": {
          const fields = answerFields(request.sessionId, answer.view);
          const wrong = answer.view.status === "pending";
          return create(
            VerifyPasscodeResponseSchema,
            wrong ? { ...fields, reason: StatusReason.WRONG_CODE } : fields,
          );
        }
        case "ended":
          return create(VerifyPasscodeResponseSchema, answerFields(request.sessionId, answer.view));
        case "profileUnknown":
          return refuse.profileUnknown;
        case "alreadyApproved":
          return refuse.sessionApproved;
        case "malformed":
          return codeMalformed(answer.codeLength);
        case "refused":
          return refuse.limitReached(answer.refusal);
        case "sessionNotFound":
          return refuse.sessionNotFound;
        case "requestIdReused":
          return refuse.requestIdReused;
      }
    }),

    guard.unary(method.getSession, async (request) => {
      const profile = request.profile || defaultProfile;
      const answer = await getSession(passcodes, { ...request, profile });
      switch (answer.kind) {
        case "session":
          return create(GetSessionResponseSchema, {
            session: sessionMessage(request.sessionId, answer.view),
          });
        case "profileUnknown":
          return refuse.profileUnknown;
        case "sessionNotFound":
          return refuse.sessionNotFound;
      }
    }),

    guard.unary(method.cancelSession, async (request) => {
      const profile = request.profile || defaultProfile;
      const answer = await cancelSession(passcodes, { ...request, profile });
      switch (answer.kind) {
        case "session":
          return create(CancelSessionResponseSchema, {
            session: sessionMessage(request.sessionId, answer.view),
          });
        case "profileUnknown":
          return refuse.profileUnknown;
        case "alreadyApproved":
          return refuse.sessionApproved;
        case "sessionNotFound":
          return refuse.sessionNotFound;
      }
    }),
  ];
}

function callerOf(call: Call, key: string): Caller {
  return {
    key,
    get signal() {
      return call.signal;
    },
    gone: () => call.gone(),
    remainingMs: () => call.remainingMs(),
  };
}

const mismatches = {
  transaction: { field: "transaction", why: "with the purpose, must be what the session was opened for" },
  policy: { field: "policy", why: "must be the one the session was opened under" },
};

/** Also one whose limits it shares: the code goes to whom it was first sent to, letter by letter. */
function otherDestination({ destination }: SendPasscodeRequest) {
  const field = destination.case === "email" ? "email" : "phone_number";
  return { field, why: "must be the very one the session was opened for, in the same spelling" };
}

function sessionEnded(statusReason: string) {
  return failure(
    Code.FailedPrecondition,
    ErrorReason.SESSION_ENDED,
    "the session has ended; open a new one",
    { metadata: { status_reason: statusReason } },
  );
}

function codeMalformed(length: number) {
  return refuse.badRequest(
    ErrorReason.CODE_MALFORMED,
    [{ field: "code", why: `must have the ${length} characters of this session's alphabet` }],
    { length: String(length) },
  );
}
