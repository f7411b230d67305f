import { z } from "zod";
import type { Channel } from "../../ledger/channel.ts";
import { listOf } from "../collection-schema.ts";
import type { Files } from "../pem.ts";
import { text, textScalar } from "../scalar-schema.ts";
import { fieldOf } from "../unchecked.ts";
import { baseUrl, httpFields, sendersByCountry, withHttpSettings } from "./http-fields.ts";
import { e164, phoneNumber } from "./sender-schema.ts";

/** The ids that Twilio gives to things begin with two letters that tell their kind. */
function sid(prefix: "AC" | "MG" | "SK"): z.ZodType<string> {
  const pattern = new RegExp(`^${prefix}[0-9a-fA-F]{32}$`);
  return textScalar(
    (value) => (pattern.test(value) ? value : undefined),
    `${prefix} and 32 hexadecimal digits`,
  );
}

const secret = text({ lengthMax: 200 });

const shortCode = /^[0-9]{3,8}$/;
const senderName = /^(?=.*[A-Za-z])[A-Za-z0-9&+_-](?:[A-Za-z0-9 &+_-]{0,9}[A-Za-z0-9&+_-])?$/;

const smsSender = textScalar(
  (value) => ([e164, shortCode, senderName].some((form) => form.test(value)) ? value : undefined),
  "a number such as +41446681800 or a short code, in quotes, or a name of up to 11 letters, digits, spaces and &+_-",
);

/** An account with Twilio. For one in another region, `baseUrl` is such as https://api.dublin.ie1.twilio.com. */
export function twilioSchema(files: Files) {
  return z
    .strictObject({
      kind: z.literal("twilio"),
      accountSid: sid("AC"),
      authToken: secret.exactOptional(),
      // Two while one is replaced by the other.
      sharedKeys: listOf(secret, { countMax: 4 }).exactOptional(),
      apiKeySid: sid("SK").exactOptional(),
      apiKeySecret: secret.exactOptional(),
      from: smsSender.exactOptional(),
      messagingServiceSid: sid("MG").exactOptional(),
      fromByCountry: sendersByCountry(smsSender),
      voiceFrom: phoneNumber.exactOptional(),
      baseUrl: baseUrl.default("https://api.twilio.com"),
      ...httpFields(files),
    })
    .transform((given, context) => {
      const refuse = (path: string[], message: string) => context.addIssue({ code: "custom", path, message });
      const { apiKeySid, apiKeySecret, from, messagingServiceSid, fromByCountry, ...others } = given;
      const { authToken, voiceFrom } = others;
      if (apiKeySid === undefined && apiKeySecret !== undefined)
        refuse(["apiKeySid"], "is required with an apiKeySecret");
      if (apiKeySid !== undefined && apiKeySecret === undefined)
        refuse(["apiKeySecret"], "is required with an apiKeySid");
      if (authToken === undefined && apiKeySid === undefined && apiKeySecret === undefined)
        refuse(["authToken"], "is required without an API key");
      if (from !== undefined && messagingServiceSid !== undefined)
        refuse(["from"], "is of no use with a messagingServiceSid");
      const sender = from ?? messagingServiceSid;
      if (sender === undefined && voiceFrom === undefined)
        refuse(["from"], "is required without a messagingServiceSid or voiceFrom");
      if (sender === undefined && fromByCountry.size > 0)
        refuse(["fromByCountry"], "is of no use without from or messagingServiceSid");
      return {
        ...withHttpSettings(others, context),
        ...(apiKeySid !== undefined &&
          apiKeySecret !== undefined && { apiKey: { sid: apiKeySid, secret: apiKeySecret } }),
        ...(sender !== undefined && { sms: { from: sender, fromByCountry } }),
      };
    });
}

/** SMS need a sender, and calls a number of their own: not every number can do both, and a name can call nobody. */
export function channelsOfTwilio(given: unknown): readonly Channel[] {
  const has = (setting: string) => fieldOf(given, setting) !== undefined;
  return [
    ...(has("from") || has("messagingServiceSid") ? ["sms" as const] : []),
    ...(has("voiceFrom") ? ["voice" as const] : []),
  ];
}
