import { parseArgs } from "node:util";
import { timestampDate } from "@bufbuild/protobuf/wkt";
import { Channel } from "../../gen/passcode/v1/session_pb.ts";
import { clientOptions, clientUsage, connectTo, describeFailure, pairsOf, table } from "./client.ts";
import { type Command, UsageError } from "./command.ts";

const usage = `passcode send PHONE_OR_EMAIL [--channel sms|voice|email] [--session ID] [--locale TAG]
                   [--policy NAME] [--request-id UUID] ${clientUsage}`;

const channels = new Map([
  ["sms", Channel.SMS],
  ["voice", Channel.VOICE],
  ["email", Channel.EMAIL],
]);

function nameOf(channel: Channel): string {
  return [...channels].find(([, one]) => one === channel)?.[0] ?? "";
}

/** `passcode send`: has a running service send a code. Exits with 0 when it was sent, 2 when not. */
export const send: Command = async (args, terminal) => {
  const { positionals, values } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      ...clientOptions,
      channel: { type: "string" },
      session: { type: "string" },
      locale: { type: "string" },
      policy: { type: "string" },
      "request-id": { type: "string" },
    },
  });
  const [address] = positionals;
  const channel = values.channel === undefined ? Channel.UNSPECIFIED : channels.get(values.channel);
  if (address === undefined || channel === undefined) throw new UsageError(usage);

  const client = connectTo(values, terminal);
  try {
    const answer = await client.sendPasscode({
      destination: address.includes("@")
        ? { case: "email", value: address }
        : { case: "phoneNumber", value: address },
      channel,
      sessionId: values.session ?? "",
      locale: values.locale ?? "",
      policy: values.policy ?? "",
      requestId: values["request-id"] ?? "",
      profile: values.profile ?? "",
      purpose: values.purpose ?? "",
      transaction: pairsOf(values.transaction),
    });
    const rows: [string, string][] = [
      ["session", answer.sessionId],
      ["sent to", answer.maskedDestination],
      ["sent by", nameOf(answer.channel)],
      ["tries left", String(answer.attemptsRemaining)],
      ["sends left", String(answer.sendsRemaining)],
    ];
    if (answer.expireTime !== undefined) {
      rows.push(["expires", timestampDate(answer.expireTime).toISOString()]);
    }
    if (answer.nextSendTime !== undefined) {
      rows.push(["next send", timestampDate(answer.nextSendTime).toISOString()]);
    }
    terminal.out.write(table(rows));
    return 0;
  } catch (error) {
    terminal.err.write(describeFailure(error));
    return 2;
  }
};
