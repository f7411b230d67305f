import { isSupportedCountry } from "libphonenumber-js/max";
import { z } from "zod";
import { defaultNumberKinds, numberKinds, type PhoneRules } from "../ledger/destination.ts";
import { listOf } from "./collection-schema.ts";
import { choice, textScalar } from "./scalar-schema.ts";

const country = textScalar(
  (value) => (isSupportedCountry(value) ? value : undefined),
  "a country code of ISO 3166-1 in capitals, such as CH",
  { showsValue: true },
);

/** Which phone numbers a profile sends to. */
export const numbersSchema = z
  .strictObject({
    allowCountries: listOf(country, { countMax: 300 }).exactOptional(),
    denyCountries: listOf(country, { countMin: 0, countMax: 300 }).default([]),
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
