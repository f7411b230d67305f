import { z } from "zod";
import { readJson } from "../json.ts";

/** In all fields but the message: with a line break in one, the text that is signed could be read in two ways. */
const line = z.string().regex(/^[^\r\n]*$/);

const common = {
  MessageId: line,
  TopicArn: line,
  Message: z.string(),
  Timestamp: line.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/),
  SignatureVersion: line,
  Signature: line.regex(/^[A-Za-z0-9+/]{1,2000}={0,2}$/),
  SigningCertURL: line,
};

const confirmation = { ...common, Token: line, SubscribeURL: line };

const schema = z.discriminatedUnion("Type", [
  z.object({ Type: z.literal("Notification"), ...common, Subject: line.optional() }),
  z.object({ Type: z.literal("SubscriptionConfirmation"), ...confirmation }),
  z.object({ Type: z.literal("UnsubscribeConfirmation"), ...confirmation }),
]);

/** What SNS posts. https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html */
export type SnsMessage = z.infer<typeof schema>;

/** Undefined if the body is nothing that SNS posts. */
export function parseSnsMessage(body: Buffer): SnsMessage | undefined {
  return readJson(body.toString("utf8"), schema);
}

/**
 * The text that SNS signs: name and value of each field, a line for each.
 * https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message-verify-message-signature.html
 */
export function signedTextOf(message: SnsMessage): string {
  const { Message, MessageId, Timestamp, TopicArn, Type } = message;
  const fields =
    message.Type === "Notification"
      ? { Message, MessageId, Subject: message.Subject, Timestamp, TopicArn, Type }
      : {
          ...{ Message, MessageId, SubscribeURL: message.SubscribeURL },
          ...{ Timestamp, Token: message.Token, TopicArn, Type },
        };
  return Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}\n${value}\n`)
    .join("");
}
