import { z } from "zod";

/**
 * What an error is about: the rate at which messages come (`load`), a number that cannot be
 * reached by SMS (`destination`), a number that is shut off from such messages (`blocked`),
 * a message stopped for its sender, its words or a rule of the account (`filtered`), the
 * account or the request (`account`), or the way to a number in order (`delivery`).
 */
export type Fault = "load" | "destination" | "blocked" | "filtered" | "account" | "delivery";

/** The codes that SMS can meet: https://developer.vonage.com/en/api-errors/messages */
const codesOfFault: readonly (readonly [Fault, readonly number[]])[] = [
  ["load", [1000, 1030, 1241, 1331, 1472]],
  // 110 is not in the list, but the reference of the Messages API shows it for a wrong `to`.
  ["destination", [110, 1040, 1170, 1190, 1200, 1250, 1251, 1260, 1290, 1300, 1310, 1430]],
  ["blocked", [1050, 1210, 1240, 1270, 1280, 1473, 2001]],
  ["filtered", [1282, 1470, 1474, 1475, 1476, 1480, 1481, 1482, 1483, 1484]],
  ["account", [1010, 1020, 1060, 1070, 1080, 1100, 1110, 1120, 1130, 1140, 1150, 1160]],
  ["account", [1242, 1400, 1410, 1420, 1440, 1450, 1460]],
  ["delivery", [1180, 1220, 1230, 1320, 1330, 1340, 1360, 1490]],
];

const faultOfCode: ReadonlyMap<string, Fault> = new Map(
  codesOfFault.flatMap(([fault, codes]) => codes.map((code) => [String(code), fault] as const)),
);

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
}: z.infer<typeof problemForm>): { code: string; fault: Fault } | undefined {
  for (const code of [type?.split("#")[1] ?? "", String(title)]) {
    const fault = faultOfCode.get(code);
    if (fault !== undefined) return { code, fault };
  }
  return undefined;
}
