import { z } from "zod";
import { defaultNumberKinds, numberKinds, type PhoneRules } from "../ledger/destination.ts";
import { listOf } from "./collection-schema.ts";
import { countryCode } from "./route-schema.ts";
import { choice } from "./scalar-schema.ts";

/** Which phone numbers a profile sends to. */
export const numbersSchema = z
  .strictObject({
    allowCountries: listOf(countryCode, { countMax: 300 }).exactOptional(),
    denyCountries: listOf(countryCode, { countMin: 0, countMax: 300 }).default([]),
    allowKinds: listOf(choice(numberKinds), { countMax: numberKinds.length }).default([
      ...defaultNumberKinds,
    ]),
  })
  .transform(({ allowCountries, denyCountries, allowKinds }, context): PhoneRules => {
    if (allowCountries !== undefined && denyCountries.length > 0) {
      context.addIssue({
        code: "custom",
        path: ["denyCountries"],
        message: "cannot be combined with allowCountries",
      });
    }
    return {
      allowKinds: new Set(allowKinds),
      denyCountries: new Set(denyCountries),
      ...(allowCountries !== undefined && { allowCountries: new Set(allowCountries) }),
    };
  });
