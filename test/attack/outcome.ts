import type { DescEnum } from "@bufbuild/protobuf";
import { ConnectError } from "@connectrpc/connect";
import { ErrorInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import {
  type Status,
  StatusReason,
  StatusReasonSchema,
  StatusSchema,
} from "../../gen/passcode/v1/session_pb.ts";

/**
 * What a call came to, in one word: the reason of its error, else the reason of its
 * status, else its status.
 */
export function outcomeOf(call: Promise<{ status: Status; reason: StatusReason }>): Promise<string> {
  return call.then(
    ({ status, reason }) =>
      reason === StatusReason.UNSPECIFIED ? nameIn(StatusSchema, status) : nameIn(StatusReasonSchema, reason),
    refusalOf,
  );
}

/** The reason of an error, which every error of the service has. */
export function refusalOf(error: unknown): string {
  const refused = ConnectError.from(error);
  return refused.findDetails(ErrorInfoSchema)[0]?.reason ?? `${refused.message} without a reason`;
}

/** How often each outcome came. */
export async function tally(outcomes: readonly Promise<string>[]): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const outcome of await Promise.all(outcomes)) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
}

function nameIn(schema: DescEnum, value: number): string {
  return schema.value[value]?.localName ?? `${schema.name} ${value}`;
}
