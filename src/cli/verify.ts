import { parseArgs } from "node:util";
import type { DescEnum } from "@bufbuild/protobuf";
import { Status, StatusReason, StatusReasonSchema, StatusSchema } from "../../gen/passcode/v1/session_pb.ts";
import { clientOptions, clientUsage, connectTo, describeFailure, pairsOf, table } from "./client.ts";
import { type Command, UsageError } from "./command.ts";

const usage = `passcode verify SESSION CODE [--request-id UUID] ${clientUsage}`;

/** `passcode verify`: has a running service compare a code. Exits with 0 for approved, 1 for any other answer, 2 for an error. */
export const verify: Command = async (args, terminal) => {
  const { positionals, values } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { ...clientOptions, "request-id": { type: "string" } },
  });
  const [sessionId, code] = positionals;
  if (sessionId === undefined || code === undefined) throw new UsageError(usage);

  const client = connectTo(values, terminal);
  try {
    const answer = await client.verifyPasscode({
      sessionId,
      code,
      requestId: values["request-id"] ?? "",
      profile: values.profile ?? "",
      purpose: values.purpose ?? "",
      transaction: pairsOf(values.transaction),
    });
    const rows: [string, string][] = [["status", nameIn(StatusSchema, answer.status)]];
    if (answer.reason !== StatusReason.UNSPECIFIED) {
      rows.push(["reason", nameIn(StatusReasonSchema, answer.reason)]);
    }
    rows.push(["attempts", String(answer.attemptCount)], ["tries left", String(answer.attemptsRemaining)]);
    terminal.out.write(table(rows));
    return answer.status === Status.APPROVED ? 0 : 1;
  } catch (error) {
    terminal.err.write(describeFailure(error));
    return 2;
  }
};

function nameIn(schema: DescEnum, value: number): string {
  return schema.value[value]?.localName ?? String(value);
}
