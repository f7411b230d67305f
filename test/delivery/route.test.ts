import { describe, expect, test } from "vitest";
import { providersFor, type Route } from "../../src/delivery/route.ts";
import { type Destination, numberKinds, parseEmail, parsePhone } from "../../src/ledger/destination.ts";
import { systemRandom } from "../../src/random.ts";

function destination(address: string): Destination {
  const rules = { allowKinds: new Set(numberKinds), denyCountries: new Set<string>() };
  const parsed = address.includes("@") ? parseEmail(address) : parsePhone(address, rules);
  if (parsed.kind !== "ok") throw new Error("not a destination");
  return parsed.destination;
}

const swissMobile = destination("+41791234567");
const germanMobile = destination("+4915123456789");
const swissLandline = destination("+41442345678");

function one(name: string) {
  return { providers: [{ name, weight: 1 }] };
}

/** Chance that always gives the same number, of 2^32. */
function chance(point: number) {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(point);
  return { bytes: () => bytes };
}

function names(route: Route, to = swissMobile, random = chance(0)) {
  return providersFor(route, to, random);
}

describe("A route", () => {
  test("is tried in its order", () => {
    expect(names([one("first"), one("second"), one("third")])).toEqual(["first", "second", "third"]);
  });

  test("passes over steps for other countries", () => {
    const route = [{ ...one("german"), countries: new Set(["DE", "AT"]) }, one("rest")];
    expect(names(route, germanMobile)).toEqual(["german", "rest"]);
    expect(names(route, swissMobile)).toEqual(["rest"]);
  });

  test("takes the territories of a country that a step is for", () => {
    const route = [{ ...one("american"), countries: new Set(["US"]) }, one("rest")];
    expect(names(route, destination("+17872345678"))).toEqual(["american", "rest"]);
  });

  test("leaves a territory to the step that names it", () => {
    const route = [
      { ...one("american"), countries: new Set(["US"]) },
      { ...one("puertoRican"), countries: new Set(["PR"]) },
    ];
    expect(names(route, destination("+17872345678"))).toEqual(["puertoRican"]);
    expect(names(route, destination("+16712345678"))).toEqual(["american"]);
    expect(names(route, destination("+12125551234"))).toEqual(["american"]);
  });

  test("passes over steps for other kinds of numbers", () => {
    const route = [{ ...one("mobile"), kinds: new Set(["mobile" as const]) }, one("rest")];
    expect(names(route, swissMobile)).toEqual(["mobile", "rest"]);
    expect(names(route, swissLandline)).toEqual(["rest"]);
  });

  test("takes no number without a country, and no address, where a step wants a country", () => {
    const route = [{ ...one("swiss"), countries: new Set(["CH"]) }];
    expect(names(route, destination("+883510012345678"))).toEqual([]);
    expect(names(route, destination("kim@example.com"))).toEqual([]);
    expect(
      names([{ ...one("mobile"), kinds: new Set(["mobile" as const]) }], destination("kim@example.com")),
    ).toEqual([]);
  });

  test("names each provider once", () => {
    expect(names([one("a"), { ...one("b"), countries: new Set(["CH"]) }, one("a")])).toEqual(["a", "b"]);
  });

  test("begins a spread step with whichever chance names, and keeps the others in reserve", () => {
    const route = [
      {
        providers: [
          { name: "heavy", weight: 3 },
          { name: "light", weight: 1 },
        ],
      },
      one("last"),
    ];
    expect(names(route, swissMobile, chance(0))).toEqual(["heavy", "light", "last"]);
    expect(names(route, swissMobile, chance(0xbfff_ffff))).toEqual(["heavy", "light", "last"]);
    expect(names(route, swissMobile, chance(0xc000_0000))).toEqual(["light", "heavy", "last"]);
    expect(names(route, swissMobile, chance(0xffff_ffff))).toEqual(["light", "heavy", "last"]);
  });

  test("spreads messages by weight", () => {
    const route = [
      {
        providers: [
          { name: "heavy", weight: 3 },
          { name: "light", weight: 1 },
        ],
      },
    ];
    const runs = 10_000;
    const first = Array.from({ length: runs }, () => names(route, swissMobile, systemRandom as never)[0]);
    const heavy = first.filter((name) => name === "heavy").length;
    // Eight standard deviations either side: never seen by chance.
    const deviation = Math.sqrt(runs * 0.75 * 0.25);
    expect(Math.abs(heavy - runs * 0.75)).toBeLessThan(8 * deviation);
  });
});
