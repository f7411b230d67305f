import { z } from "zod";
import { type ErrorMeaning, meaningsOf } from "../error-meaning.ts";

/**
 * The codes of the list that SMS can meet: https://developer.vonage.com/en/api-errors/messages
 *
 * 110 is not in it, but the reference of the Messages API shows it for a wrong `to`; nor
 * are 1110, 1242, 1474–1476 and 2001, which have been answered.
 */
const meaningOfCode = meaningsOf<number>({
  destinationRefused: [
    ...[110, 1170, 1430], // Not a valid number.
    1040, // A prefix that nobody knows.
    1190, // No longer in use.
    1200, // In trouble after a change of carrier.
    ...[1250, 1251, 1260], // No way to it.
    1290, // Without credit to receive.
    1300, // Not of the provider's network.
    1310, // A device that takes no such messages.
  ],
  blocked: [
    ...[1050, 1240, 2001], // Barred, or opted out.
    1210, // Taken for spam.
    1241, // Too many to the number: anybody can have one number sent many.
    ...[1270, 1280, 1282], // By the carrier or the provider.
    1461, // So that one person does not get too many.
    ...[1470, 1472, 1473, 1474, 1475, 1476], // By Vonage's guard against fraud.
  ],
  overloaded: [1000],
  failed: [
    1030, // An error in Vonage's platform.
    1180, // Out of reach for now.
    ...[1220, 1230, 1331], // The phone, the network or the provider is busy. It may be sent again.
    1320, // Sent already.
    1330, // Nobody knows why.
    1360, // Not delivered in time.
  ],
  accountRefused: [
    ...[1010, 1020, 1021, 1022, 1090, 1100, 1110, 1130, 1140, 1150], // The request.
    ...[1060, 1070, 1080, 1160, 1242], // Barred, out of credit, or on trial.
    1120, // The sender.
    ...[1340, 1350, 1370, 1380, 1381, 1382, 1400, 1410, 1420, 1440, 1450, 1451],
    1460, // The allowance of a day is used up.
    // What India's registry holds of the sender, the words and their consent does not fit.
    ...[1480, 1481, 1482, 1483, 1484],
  ],
});

/** An error as answers and reports have it. Only what is read here is of use: the words may quote the number. */
export const problemForm = z.object({
  type: z.string().optional().catch(undefined),
  title: z.union([z.string(), z.number()]).optional().catch(undefined),
  /** The names of the parameters: the Messages API lists objects with a `name`, the Voice API has them for its fields. */
  invalid_parameters: z
    .union([
      z.array(z.object({ name: z.string() })).transform((list) => list.map(({ name }) => name)),
      z.record(z.string(), z.unknown()).transform((fields) => Object.keys(fields)),
    ])
    .optional()
    .catch(undefined),
});

/** The code is the fragment of the type, and in reports the title too. Undefined for one that is not in the list. */
export function errorOf({
  type,
  title,
}: z.infer<typeof problemForm>): { code: string; meaning: ErrorMeaning } | undefined {
  for (const code of [type?.split("#")[1] ?? "", String(title)]) {
    const meaning = /^[0-9]{3,4}$/.test(code) ? meaningOfCode.get(Number(code)) : undefined;
    if (meaning !== undefined) return { code, meaning };
  }
  return undefined;
}
