import { getCountries, getCountryCallingCode, isSupportedCountry } from "libphonenumber-js/max";
import { describe, expect, test } from "vitest";
import { nearestListed } from "../../src/ledger/territories.ts";

const allCountries = new Set<string>(getCountries());

/** Those it belongs to, the nearest first. */
function ownersOf(territory: string): string[] {
  const others = new Set(allCountries);
  others.delete(territory);
  const owner = nearestListed(territory, others);
  return owner === undefined ? [] : [owner, ...ownersOf(owner)];
}

describe("a country in a list stands for", () => {
  test.each([
    ["US", "PR GU VI AS MP"],
    ["GB", "GG JE IM GI BM SH AC TA"],
    ["FR", "GP MQ RE GF YT PM BL MF NC PF WF"],
    ["NL", "BQ CW SX AW"],
    ["DK", "GL FO"],
    ["FI", "AX"],
    ["NO", "SJ"],
    ["AU", "CX CC NF"],
    ["NZ", "TK CK NU"],
    ["MA", "EH"],
    ["SH", "AC TA"],
  ])("%s and %s", (country, territories) => {
    for (const territory of territories.split(" ")) {
      expect(isSupportedCountry(territory)).toBe(true);
      expect(nearestListed(territory, new Set([country]))).toBe(country);
    }
  });

  test("no state, and no region that carriers take for one", () => {
    const listed = (country: string, list: string) => nearestListed(country, new Set([list]));

    expect([listed("KZ", "RU"), listed("VA", "IT"), listed("CA", "US")]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect([listed("HK", "CN"), listed("MO", "CN"), listed("JM", "US")]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(listed("US", "PR")).toBeUndefined();
  });
});

test("the nearest name in a list counts", () => {
  expect(nearestListed("AC", new Set(["GB", "SH"]))).toBe("SH");
  expect(nearestListed("AC", new Set(["GB", "SH", "AC"]))).toBe("AC");
});

test("whoever shares a calling code with a country is its territory, or a state", () => {
  const states = "AG BB BS CA DM DO GD JM KN LC TT VC KZ VA".split(" ");
  const sharing = [...allCountries].filter((country) => {
    const code = getCountryCallingCode(country as never);
    return [...allCountries].filter((other) => getCountryCallingCode(other as never) === code).length > 1;
  });
  const main = ["US", "RU", "IT", "GB", "NO", "AU", "MA", "FI"];

  expect(sharing.filter((country) => ownersOf(country).length === 0).sort()).toEqual(
    [...states, ...main].sort(),
  );
});
