import { getCountries, getCountryCallingCode, isSupportedCountry } from "libphonenumber-js/max";
import { describe, expect, test } from "vitest";
import { nearestListed } from "../../src/ledger/territories.ts";

const allCountries = getCountries();
const listed = (country: string, ...list: string[]) => nearestListed(country, new Set(list));

describe("a country in a list stands for", () => {
  test.each([
    ["US", "PR GU VI AS MP"],
    ["GB", "GG JE IM"],
    ["FR", "GP MQ RE GF YT BL MF"],
    ["FI", "AX"],
    ["NO", "SJ"],
    ["AU", "CX CC"],
    ["MA", "EH"],
    ["SH", "TA"],
  ])("%s and %s", (country, territories) => {
    for (const territory of territories.split(" ")) {
      expect(isSupportedCountry(territory)).toBe(true);
      expect(listed(territory, country)).toBe(country);
    }
  });

  test("no state that shares its calling code", () => {
    expect([listed("KZ", "RU"), listed("VA", "IT"), listed("CA", "US"), listed("JM", "US")]).toEqual(
      Array(4).fill(undefined),
    );
  });

  test("no dependency with a calling code and operators of its own", () => {
    const own = "AC BM FK GI IO KY SH TC VG".split(" ").map((code) => listed(code, "GB"));
    const others = [listed("NC", "FR"), listed("CW", "NL"), listed("GL", "DK"), listed("HK", "CN")];

    expect([...own, ...others]).toEqual(Array(13).fill(undefined));
  });

  test("no country that it belongs to", () => {
    expect(listed("US", "PR")).toBeUndefined();
  });
});

test("a territory that is listed counts by its own name", () => {
  expect(listed("PR", "US", "PR")).toBe("PR");
});

test("whoever shares a calling code is a territory of the country, or known to stand for itself", () => {
  const states = "AG BB BS CA DM DO GD JM KN LC TT VC KZ VA".split(" ");
  const dependencies = "AI BM KY MS TC VG SX BQ CW".split(" ");
  const main = "US RU IT GB NO AU MA FI SH".split(" ");
  const codes = allCountries.map((country) => getCountryCallingCode(country));
  const sharing = allCountries.filter((_, at) => codes.filter((code) => code === codes[at]).length > 1);
  const alone = sharing.filter(
    (country) => listed(country, ...main, "FR") === undefined || main.includes(country),
  );

  expect(alone.sort()).toEqual([...states, ...dependencies, ...main].sort());
});
