import { ConnectError } from "@connectrpc/connect";
import { codeToString } from "@connectrpc/connect/protocol-connect";
import { BadRequestSchema, ErrorInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";

/** What a call that must fail failed with. */
export interface Failed {
  readonly code: string;
  readonly reason: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** The fields at fault, with what is wrong with each. */
  readonly fields: Readonly<Record<string, string>>;
}

export async function failureOf(call: Promise<unknown>): Promise<Failed> {
  const answer = await call.then(
    (answer) => ({ answer }),
    (error: unknown) => ConnectError.from(error),
  );
  if (!(answer instanceof ConnectError)) throw new Error("the call did not fail");
  const info = answer.findDetails(ErrorInfoSchema)[0];
  const violations = answer.findDetails(BadRequestSchema)[0]?.fieldViolations ?? [];
  return {
    code: codeToString(answer.code),
    reason: info?.reason ?? "",
    metadata: info?.metadata ?? {},
    fields: Object.fromEntries(violations.map(({ field, description }) => [field, description])),
  };
}
