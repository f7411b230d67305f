import { hash } from "node:crypto";
import type { DescMethodUnary, MessageShape } from "@bufbuild/protobuf";
import { codeToString } from "@connectrpc/connect/protocol-connect";
import { ErrorReason } from "../../gen/passcode/v1/error_reason_pb.ts";
import type { PasscodeService } from "../../gen/passcode/v1/passcode_service_pb.ts";
import type { Clock } from "../clock.ts";
import { hasSessionIdForm } from "../ledger/session-id.ts";
import { StoreUnavailableError } from "../store/store.ts";
import type { Log, LogFields } from "../telemetry/log.ts";
import type { Authenticate } from "./authentication.ts";
import { decision, defaultProfile } from "./convert.ts";
import type { Failure } from "./failure.ts";
import type { Call, Decoded, Procedure } from "./procedure.ts";
import * as refuse from "./refuse.ts";
import { validate, warmUp } from "./validation.ts";

type Method = (typeof PasscodeService.method)[keyof typeof PasscodeService.method];

/** A handler answers its response, or a failure; it rejects for faults alone. */
type Handler<M extends DescMethodUnary> = (
  request: MessageShape<M["input"]>,
  call: Call,
  parts: {
    /** The name of whoever calls: that of the API key. */
    key: string;
    /** Adds to the call's log line what a failure does not tell. */
    note: (fields: LogFields) => void;
  },
) => Promise<MessageShape<M["output"]> | Failure>;

/**
 * What stands before every handler, the same for every transport: authentication, the
 * schema's constraints, the right to the profile; and behind it: the mapping of faults,
 * one log line, and the count of calls under way.
 */
export class Guard {
  readonly #authenticate: Authenticate;
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #profiles: ReadonlyMap<string, unknown>;
  #underWay = 0;
  #waiting: (() => void)[] = [];

  constructor(parts: {
    authenticate: Authenticate;
    log: Log;
    clock: Clock;
    profiles: ReadonlyMap<string, unknown>;
  }) {
    this.#authenticate = parts.authenticate;
    this.#log = parts.log;
    this.#clock = parts.clock;
    this.#profiles = parts.profiles;
  }

  /** Calls under way now. */
  get underWay(): number {
    return this.#underWay;
  }

  /** Settles once no call is under way; those whose caller has gone are under way until their work is done. */
  async idle(): Promise<void> {
    if (this.#underWay > 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  unary<M extends Method>(method: M, handle: Handler<M>): Procedure {
    warmUp(method.input);
    return {
      kind: "unary",
      method,
      admit: (authorization) =>
        this.#authenticate(authorization) === undefined ? refuse.credentialsInvalid : undefined,
      answer: async (request, call) => {
        const startedMs = this.#clock.nowMs();
        const line: LogFields = { rpc: method.name, protocol: call.protocol };
        this.#underWay++;
        const answer = await this.#answer(method, handle, { request, call, line });
        this.#underWay--;
        if (this.#underWay === 0) for (const resolve of this.#waiting.splice(0)) resolve();

        line.durationMs = this.#clock.nowMs() - startedMs;
        if ("$typeName" in answer) {
          this.#log.info("call", { ...line, code: "ok", ...answered(answer) });
          return { kind: "ok", message: answer };
        }
        this.#log.info("call", { ...line, code: codeToString(answer.code), reason: answer.reason });
        return { kind: "failed", failure: answer };
      },
    };
  }

  async #answer<M extends Method>(
    method: M,
    handle: Handler<M>,
    { request, call, line }: { request: Decoded; call: Call; line: LogFields },
  ): Promise<MessageShape<Method["output"]> | Failure> {
    try {
      const caller = this.#authenticate(call.authorization);
      if (caller === undefined) return refuse.credentialsInvalid;
      line.caller = caller.name;

      if (request.kind === "undecodable") return refuse.badRequest(ErrorReason.INVALID_REQUEST, [request]);
      const invalid = validate(method.input, request.message);
      if (invalid !== undefined) return invalid;

      // The transports decode with the method's own input schema.
      const message = request.message as MessageShape<M["input"]>;
      Object.assign(line, asked(message, this.#profiles));
      if (!caller.mayUse(message.profile || defaultProfile)) return refuse.profileForbidden;
      // Nobody would learn what was done or counted.
      if (call.gone()) return refuse.callExpired;
      const note = (fields: LogFields) => Object.assign(line, fields);
      return await handle(message, call, { key: caller.name, note });
    } catch (error) {
      this.#log.error("fault", { ...line, error });
      return error instanceof StoreUnavailableError ? refuse.storeUnavailable : refuse.internal;
    }
  }
}

/** Tells devices apart in the log. Whoever reads an id could send as the owner's device (R17), so it is not there. */
function deviceMark(deviceId: string): string {
  return hash("sha256", deviceId).slice(0, 16);
}

/** Of what the caller wrote, only what has the form of what it stands for: a code or a key may have got into any field. */
function asked(request: MessageShape<Method["input"]>, profiles: ReadonlyMap<string, unknown>): LogFields {
  const profile = request.profile || defaultProfile;
  return {
    ...(profiles.has(profile) && { profile }),
    ...("sessionId" in request && hasSessionIdForm(request.sessionId) && { sessionId: request.sessionId }),
    ...("endUser" in request &&
      request.endUser !== undefined && {
        endUserIp: request.endUser.ipAddress,
        ...(request.endUser.deviceId !== "" && { endUserDevice: deviceMark(request.endUser.deviceId) }),
      }),
  };
}

function answered(response: MessageShape<Method["output"]>): LogFields {
  const session = "session" in response ? response.session : response;
  if (session === undefined || !("status" in session)) return {};
  const { sessionId, maskedDestination } = session;
  return { sessionId, maskedDestination, ...decision(session) };
}
