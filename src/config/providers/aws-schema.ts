import { z } from "zod";
import { snsHostOf } from "../../delivery/aws/sns-topic.ts";
import type { Channel } from "../../ledger/channel.ts";
import type { Files } from "../pem.ts";
import { text, textScalar } from "../scalar-schema.ts";
import { fieldOf } from "../unchecked.ts";
import { dlt } from "./dlt-schema.ts";
import { baseUrl, httpFields, sendersByCountry, withHttpSettings } from "./http-fields.ts";
import { mailSender, phoneNumber } from "./sender-schema.ts";

function matching(pattern: RegExp, expected: string): z.ZodType<string> {
  return textScalar((value) => (pattern.test(value) ? value : undefined), expected);
}

/** Settings of an account, whichever of its services is used. */
function accountFields(files: Files) {
  return {
    ...httpFields(files),
    // The SDK knows the usual address of a service in each region.
    baseUrl: baseUrl.exactOptional(),
    region: matching(/^[a-z]{2,5}(-[a-z]+)+-[0-9]{1,2}$/, "a region of AWS, such as eu-central-1"),
    credentials: z
      .strictObject({
        accessKeyId: text({ lengthMax: 200 }),
        secretAccessKey: text({ lengthMax: 1_000 }),
        sessionToken: text({ lengthMax: 10_000 }).exactOptional(),
      })
      .exactOptional(),
    reportTopicArn: textScalar(
      (value) => (snsHostOf(value) === undefined ? undefined : value),
      "the ARN of an SNS topic, such as arn:aws:sns:eu-central-1:123456789012:passcode",
    ).exactOptional(),
  };
}

/** A number, a sender id, a pool, or the id or ARN of one. */
const origin = matching(
  /^[A-Za-z0-9_:/+-]{1,256}$/,
  "a phone number (in quotes), a sender id, a pool, or the id or ARN of one",
);

export function awsMessagingSchema(files: Files) {
  return z
    .strictObject({
      kind: z.literal("aws-messaging"),
      ...accountFields(files),
      from: origin.exactOptional(),
      fromByCountry: sendersByCountry(origin),
      dlt: dlt.exactOptional(),
      voiceFrom: phoneNumber.exactOptional(),
      configurationSet: matching(
        /^[A-Za-z0-9_:/-]{1,256}$/,
        "the name or ARN of a configuration set",
      ).exactOptional(),
    })
    .transform((given, context) => {
      if (given.reportTopicArn !== undefined && given.configurationSet === undefined) {
        const message = "is required with reportTopicArn, for only its events come to the topic";
        context.addIssue({ code: "custom", path: ["configurationSet"], message });
      }
      return withHttpSettings(given, context);
    });
}

/** What an account of End User Messaging that nothing has checked yet can deliver: calls, if there is a number to call from. */
export function channelsOfAwsMessaging(given: unknown): readonly Channel[] {
  return fieldOf(given, "voiceFrom") === undefined ? ["sms"] : ["sms", "voice"];
}

export function awsSesSchema(files: Files) {
  return z
    .strictObject({
      kind: z.literal("aws-ses"),
      ...accountFields(files),
      from: mailSender,
      configurationSet: matching(/^[A-Za-z0-9_-]{1,64}$/, "the name of a configuration set").exactOptional(),
    })
    .transform(withHttpSettings);
}
