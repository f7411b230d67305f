import fc from "fast-check";
import { type CountryCode, getCountries, getExampleNumber } from "libphonenumber-js/max";
import examples from "libphonenumber-js/mobile/examples";
import { describe, expect, test } from "vitest";
import {
  defaultNumberKinds,
  type NumberKind,
  numberKinds,
  type PhoneRules,
  parsePhone,
} from "../../src/ledger/destination.ts";

const defaults: PhoneRules = { allowKinds: new Set(defaultNumberKinds), denyCountries: new Set() };
const everyKind: PhoneRules = { allowKinds: new Set(numberKinds), denyCountries: new Set() };

function canonicalOf(text: string): string | undefined {
  const parsed = parsePhone(text, everyKind);
  return parsed.kind === "ok" ? parsed.destination.canonical : undefined;
}

describe("sends by default to", () => {
  const reached: [what: string, number: string, kind: NumberKind, country: string, masked: string][] = [
    ["a Swiss mobile", "+41791234567", "mobile", "CH", "+41 ******* 67"],
    ["a German mobile", "+4915112345678", "mobile", "DE", "+49 ******* 78"],
    ["a French mobile", "+33612345678", "mobile", "FR", "+33 ******* 78"],
    ["a British mobile", "+447400123456", "mobile", "GB", "+44 ******* 56"],
    [
      "a mobile of the Isle of Man, under the code of Britain",
      "+447624123456",
      "mobile",
      "IM",
      "+44 ******* 56",
    ],
    ["a number of the United States", "+12125551234", "fixedLineOrMobile", "US", "+1 ******* 34"],
    ["a Jamaican mobile, under the code of North America", "+18762345678", "mobile", "JM", "+1 ******* 78"],
    ["a mobile of Kazakhstan, under the code of Russia", "+77012345678", "mobile", "KZ", "+7 ******* 78"],
    ["a Mexican number", "+525512345678", "fixedLineOrMobile", "MX", "+52 ******* 78"],
    ["a landline in Rome, whose zero belongs to it", "+390612345678", "fixedLine", "IT", "+39 ******* 78"],
    ["an Italian mobile", "+393331234567", "mobile", "IT", "+39 ******* 67"],
    ["a mobile of Benin since its numbers grew", "+2290197123456", "mobile", "BJ", "+229 ******* 56"],
    ["a Japanese number over the Internet", "+815012345678", "voip", "JP", "+81 ******* 78"],
    ["an Icelandic mobile, of seven digits", "+3546111234", "mobile", "IS", "+354 ******* 34"],
    [
      "an Argentine number without its 9, which may be a mobile",
      "+541123456789",
      "fixedLineOrMobile",
      "AR",
      "+54 ******* 89",
    ],
    ["a landline of few digits, which shows none", "+29022158", "fixedLine", "SH", "+290 *******"],
  ];

  test.each(reached)("%s", (_, number, numberKind, country, masked) => {
    expect(parsePhone(number, defaults)).toEqual({
      kind: "ok",
      destination: { kind: "phone", address: number, canonical: number, masked, country, numberKind },
    });
  });
});

describe("refuses by default, and sends when the profile allows its kind, to", () => {
  const refused: [what: string, number: string, numberKind: NumberKind][] = [
    ["US premium rate", "+19002345678", "premiumRate"],
    ["French premium rate", "+33899123456", "premiumRate"],
    ["Swiss premium rate", "+41900123456", "premiumRate"],
    ["British premium rate", "+449012345678", "premiumRate"],
    ["international premium rate", "+979123456789", "premiumRate"],
    ["Swiss shared cost", "+41840123456", "sharedCost"],
    ["international shared cost", "+80812345678", "sharedCost"],
    ["a British personal number", "+447012345678", "personalNumber"],
    ["a Swiss personal number", "+41878123456", "personalNumber"],
    ["a universal personal number", "+878101234567890", "personalNumber"],
    ["a British company number", "+443031234567", "uan"],
    ["a Swiss company number", "+41586681800", "uan"],
    ["a British pager", "+447600123456", "pager"],
    ["a Swiss answering machine", "+41860791234567", "voicemail"],
    ["US toll free", "+18002345678", "tollFree"],
    ["international toll free", "+80012345678", "tollFree"],
    ["Inmarsat", "+870773111632", "satellite"],
    ["Iridium", "+881612345678", "satellite"],
    ["an international network (882)", "+882161234567", "internationalNetwork"],
    ["an international network (883)", "+883510012345", "internationalNetwork"],
    ["an international network (888)", "+88812345678901", "internationalNetwork"],
  ];

  test.each(refused)("%s", (_, number, numberKind) => {
    expect(parsePhone(number, defaults)).toEqual({
      kind: "notAllowed",
      why: `is a number of a kind that is not sent to: ${numberKind}`,
      numberKind,
    });
    expect(parsePhone(number, everyKind).kind).toBe("ok");
  });
});

describe("refuses as not E.164", () => {
  test.each([
    "",
    "+",
    "41791234567",
    "0041791234567",
    "+41 79 123 45 67",
    "+41-79-123-45-67",
    "+41(0)791234567",
    "+41791234567;ext=1",
    "+41791234567x1",
    "tel:+41791234567",
    "+41791234567\n",
    " +41791234567",
    "+41791234567\0",
    "++41791234567",
    "＋41791234567",
    "+４１７９１２３４５６７",
    "+٤١٧٩١٢٣٤٥٦٧",
    "+4179123456٧",
    "+०१२३४५६७८९",
    "+0791234567",
    "+123456",
    "+1234567890123456",
    "call +41791234567 now",
    "+1800FLOWERS",
  ])("%j", (text) => {
    expect(parsePhone(text, everyKind)).toEqual({
      kind: "invalid",
      why: "must be in E.164: a plus sign and 7 to 15 of the digits 0 to 9, nothing else",
    });
  });
});

describe("refuses what is not in the plan of its country:", () => {
  test.each([
    ["the 1 that Mexico dropped", "+5215512345678"],
    ["a Beninese number from before they grew", "+22997123456"],
    ["an Ivorian number from before they grew", "+22507123456"],
    ["a Brazilian mobile without its ninth digit", "+551187654321"],
    ["a Swiss number that is too short", "+4179123456"],
    ["an area of fiction", "+15551234567"],
    ["a country code nobody has", "+99912345678"],
    ["a range of an international network that is not in use", "+882000000"],
  ])("%s", (_, number) => {
    expect(parsePhone(number, everyKind)).toEqual({
      kind: "invalid",
      why:
        "is not a number of its country's numbering plan: its length is wrong, its range is not in use, " +
        "or it has a trunk zero or a prefix of former days (such as the 1 after +52)",
    });
  });
});

describe("refuses a second spelling of a number:", () => {
  test.each([
    ["a trunk zero in Switzerland", "+410791234567"],
    ["a trunk zero in Britain", "+4407400123456"],
    ["a trunk zero in Australia", "+610412345678"],
    ["the 15 of Argentina", "+54111512345678"],
  ])("%s", (_, number) => {
    expect(parsePhone(number, everyKind)).toEqual({
      kind: "invalid",
      why: "must leave out trunk zeros and dialling prefixes after the country code",
    });
  });
});

describe("countries", () => {
  const onlySwiss: PhoneRules = { ...everyKind, allowCountries: new Set(["CH"]) };
  const notSwiss: PhoneRules = { ...everyKind, denyCountries: new Set(["CH"]) };

  test("sends to a country that is allowed, and refuses the others by name", () => {
    expect(parsePhone("+41791234567", onlySwiss).kind).toBe("ok");
    expect(parsePhone("+4915112345678", onlySwiss)).toEqual({
      kind: "notAllowed",
      why: "is in a country that is not sent to: DE",
      country: "DE",
    });
  });

  test("refuses a country that is denied, and sends to the others", () => {
    expect(parsePhone("+41791234567", notSwiss)).toEqual({
      kind: "notAllowed",
      why: "is in a country that is not sent to: CH",
      country: "CH",
    });
    expect(parsePhone("+4915112345678", notSwiss).kind).toBe("ok");
  });

  test("refuses a number of no country where countries are listed", () => {
    expect(parsePhone("+881612345678", notSwiss).kind).toBe("ok");
    expect(parsePhone("+881612345678", onlySwiss)).toEqual({
      kind: "notAllowed",
      why: "belongs to no country, and only numbers of some countries are sent to",
    });
  });

  const [puertoRico, guernsey, unitedStates] = ["+17872345678", "+447911123456", "+12125551234"];
  const kindFor = (number: string, lists: Partial<PhoneRules>) =>
    parsePhone(number, { ...everyKind, ...lists }).kind;

  test("sends to the territories of a country that is allowed", () => {
    const lists = { allowCountries: new Set(["US", "GB"]) };

    expect([kindFor(puertoRico, lists), kindFor(guernsey, lists)]).toEqual(["ok", "ok"]);
    expect(kindFor("+18762345678", lists)).toBe("notAllowed");
  });

  test("refuses the territories of a country that is denied", () => {
    const lists = { denyCountries: new Set(["US"]) };

    expect(parsePhone(puertoRico, { ...everyKind, ...lists })).toEqual({
      kind: "notAllowed",
      why: "is in a country that is not sent to: PR",
      country: "PR",
    });
    expect(kindFor(guernsey, lists)).toBe("ok");
  });

  test("refuses a territory that is denied by its own name, and sends to its country and the others", () => {
    const lists = { allowCountries: new Set(["US"]), denyCountries: new Set(["PR"]) };

    expect(kindFor(puertoRico, lists)).toBe("notAllowed");
    expect([kindFor(unitedStates, lists), kindFor("+16712345678", lists)]).toEqual(["ok", "ok"]);
  });

  test("sends to a territory that is allowed by its own name, and not to its country", () => {
    const lists = { allowCountries: new Set(["PR"]) };

    expect([kindFor(puertoRico, lists), kindFor(unitedStates, lists)]).toEqual(["ok", "notAllowed"]);
  });

  test("tells neighbours under one country code apart", () => {
    const onlyGuernsey: PhoneRules = { ...everyKind, allowCountries: new Set(["GG"]) };

    expect(parsePhone("+447911123456", onlyGuernsey).kind).toBe("ok");
    expect(parsePhone("+447400123456", onlyGuernsey).kind).toBe("notAllowed");
  });
});

describe("one number has one canonical form", () => {
  const examplesOf = (countries: CountryCode[]) =>
    countries.flatMap((country) => getExampleNumber(country, examples) ?? []);
  const mobiles = examplesOf(getCountries()).map(({ number }) => number);

  test("the example mobile of every country is a destination, delivered to as it is", () => {
    const refused = mobiles.filter((number) => parsePhone(number, everyKind).kind !== "ok");

    expect(mobiles.length).toBeGreaterThan(200);
    expect(refused).toEqual([]);
  });

  const twins: [what: string, ...spellings: string[]][] = [
    ["an Argentine mobile with its 9 and without", "+5491123456789", "+541123456789"],
    ["a mobile of Palestine, also under the code of Israel", "+970592345678", "+972592345678"],
    ["another", "+970562345678", "+972562345678"],
    ["a landline of Palestine, also under the code of Israel", "+97022345678", "+97222345678"],
    ["a Gabonese mobile before and after 2019", "+24106234567", "+2416234567", "+24166234567"],
    ["another", "+24102234567", "+24162234567"],
    ["another", "+24105234567", "+24165234567"],
    ["another", "+24104234567", "+24174234567"],
    ["another", "+24107234567", "+24177234567"],
    ["one of a range that was not renumbered", "+24103234567", "+2413234567"],
    ["a Gabonese landline before and after 2019", "+24101234567", "+24111234567"],
    ["a mobile of Kosovo, once under the code of Monaco", "+38344123456", "+37744123456"],
    ["a mobile of Kosovo, once under the code of Slovenia", "+38343123456", "+38643123456"],
    ["a landline of San Marino, also an area of Italy", "+3780549886377", "+390549886377"],
    ["a landline of Northern Ireland, also an area of Ireland", "+442890123456", "+3534890123456"],
  ];

  test.each(twins)("%s", (_, ...spellings) => {
    expect(new Set(spellings.map(canonicalOf)).size).toBe(1);
    // Each is delivered to as it was given: which one works, the carrier knows.
    for (const spelling of spellings) {
      expect(parsePhone(spelling, everyKind)).toMatchObject({ destination: { address: spelling } });
    }
  });

  test.each([
    ["an Israeli mobile", "+972502345678"],
    ["an Israeli landline", "+97231234567"],
    ["a Monegasque mobile", "+377612345678"],
    ["a Slovenian mobile", "+38631234567"],
    ["a landline of Rome", "+390612345678"],
  ])("%s keeps its own", (_, number) => {
    expect(canonicalOf(number)).toBe(number);
  });

  test("no two example mobiles of the world share one", () => {
    expect(new Set(mobiles.map(canonicalOf)).size).toBe(new Set(mobiles).size);
  });

  test("a zero after the country code makes no second spelling of any mobile", () => {
    // In Italy, the Vatican and Ascension the zero makes another number, and a landline.
    const others = ["AC", "IT", "VA"];
    const spellings = examplesOf(getCountries().filter((country) => !others.includes(country))).map(
      ({ countryCallingCode, nationalNumber }) => `+${countryCallingCode}0${nationalNumber}`,
    );

    expect(spellings.filter((spelling) => parsePhone(spelling, everyKind).kind !== "invalid")).toEqual([]);
  });

  test("no punctuation, space or other digit inside a number is taken", () => {
    const noise = fc.constantFrom(
      " ",
      "-",
      ".",
      "(",
      ")",
      "/",
      "\u00a0",
      "\u200b",
      "\u202a",
      "\t",
      "\n",
      "\0",
      "x",
      ";",
    );
    fc.assert(
      fc.property(fc.constantFrom(...mobiles), fc.nat(16), noise, (number, position, added) => {
        const spelling = number.slice(0, position) + added + number.slice(position);
        expect(parsePhone(spelling, everyKind).kind).toBe("invalid");
      }),
    );
  });

  test("digits of other scripts are not digits", () => {
    const zeros = fc.constantFrom(0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xff10, 0x1d7ce);
    fc.assert(
      fc.property(fc.constantFrom(...mobiles), zeros, (number, zero) => {
        const spelling = number.replace(/[0-9]/g, (digit) => String.fromCodePoint(zero + Number(digit)));
        expect(parsePhone(spelling, everyKind).kind).toBe("invalid");
      }),
    );
  });
});

test("never repeats the number, or more than its last two digits", () => {
  fc.assert(
    fc.property(fc.stringMatching(/^\+[1-9][0-9]{6,14}$/), (number) => {
      const parsed = parsePhone(number, defaults);
      const shown = parsed.kind === "ok" ? parsed.destination.masked : parsed.why;
      expect(shown).not.toContain(number.slice(-3));
    }),
  );
});

test("refuses 64 KB of anything at once", () => {
  for (const junk of ["+", "1", "+1", " ", "٣"]) {
    expect(parsePhone(junk.repeat(65_536), everyKind).kind).toBe("invalid");
  }
});
