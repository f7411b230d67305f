import { z } from "zod";
import { defaultNumberKinds, numberKinds, type PhoneRules } from "../ledger/destination.ts";
import { nearestListed } from "../ledger/territories.ts";
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
    const allowed = new Set(allowCountries);
    for (const [index, country] of denyCountries.entries()) {
      if (allowCountries === undefined) break;
      const owner = nearestListed(country, allowed);
      if (owner !== undefined && owner !== country) continue;
      context.addIssue({
        code: "custom",
        path: ["denyCountries", index],
        message: "is no territory of a country in allowCountries; beside those, only such can be denied",
      });
    }
    return {
      allowKinds: new Set(allowKinds),
      denyCountries: new Set(denyCountries),
      ...(allowCountries !== undefined && { allowCountries: allowed }),
    };
  });
