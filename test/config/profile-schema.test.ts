import { describe, expect, test } from "vitest";
import { development, problemsOf, production } from "./configuration.ts";

/** A line of the profile, at 8:5, and what is wrong with it. */
const profileRules: [line: string, problem: string][] = [
  [
    "policy: {codeLength: 3}",
    "8:14: profiles.default.policy.codeLength: must be a whole number from 4 to 10, got 3",
  ],
  [
    "policy: {codeLength: 11}",
    "8:14: profiles.default.policy.codeLength: must be a whole number from 4 to 10, got 11",
  ],
  [
    "policy: {codeAlphabet: hex}",
    '8:14: profiles.default.policy.codeAlphabet: must be one of digits, letters, got "hex"',
  ],
  ["policy: {tries: 0}", "8:14: profiles.default.policy.tries: must be a whole number from 1 to 10, got 0"],
  ["policy: {tries: 50}", "8:14: profiles.default.policy.tries: must be a whole number from 1 to 10, got 50"],
  [
    "policy: {tries: 2.5}",
    "8:14: profiles.default.policy.tries: must be a whole number from 1 to 10, got 2.5",
  ],
  [
    "policy: {expiry: 29s}",
    '8:14: profiles.default.policy.expiry: must be a duration from 30s to 24h, such as 500ms, 90s, 10m or 1h, got "29s"',
  ],
  [
    "policy: {expiry: 25h}",
    '8:14: profiles.default.policy.expiry: must be a duration from 30s to 24h, such as 500ms, 90s, 10m or 1h, got "25h"',
  ],
  [
    "policy: {expiry: 600}",
    "8:14: profiles.default.policy.expiry: must be a duration from 30s to 24h, such as 500ms, 90s, 10m or 1h, got 600",
  ],
  [
    "policy: {cooldown: 25h}",
    '8:14: profiles.default.policy.cooldown: must be a duration from 0s to 24h, such as 500ms, 90s, 10m or 1h, got "25h"',
  ],
  [
    "policy: {cooldown: [10m, soon]}",
    '8:30: profiles.default.policy.cooldown[1]: must be a duration from 0s to 24h, such as 500ms, 90s, 10m or 1h, got "soon"',
  ],
  ["policy: {cooldown: []}", "8:14: profiles.default.policy.cooldown: must have 1 to 8 entries"],
  [
    "policy: {cooldown: [1m, 1m, 1m, 1m, 1m, 1m, 1m, 1m, 1m]}",
    "8:14: profiles.default.policy.cooldown: must have 1 to 8 entries",
  ],
  [
    "policy: {sendsPerMinute: 61}",
    "8:14: profiles.default.policy.sendsPerMinute: must be a whole number from 1 to 60, got 61",
  ],
  [
    "policy: {sendsPerMinute: 11}",
    "8:14: profiles.default.policy.sendsPerMinute: must be at most sendsPerHour, which is 10, got 11",
  ],
  [
    "policy: {sendsPerHour: 4}",
    "8:14: profiles.default.policy.sendsPerHour: must be at least sendsPerMinute, which is 5, got 4",
  ],
  [
    "policy: {sendsPerHour: 31}",
    "8:14: profiles.default.policy.sendsPerHour: must be at most sendsPerDay, which is 30, got 31",
  ],
  [
    "policy: {sendsPerDay: 101}",
    "8:14: profiles.default.policy.sendsPerDay: must be a whole number from 1 to 100, got 101",
  ],
  [
    "policy: {verifiesPerMinute: 0}",
    "8:14: profiles.default.policy.verifiesPerMinute: must be a whole number from 1 to 60, got 0",
  ],
  [
    "policy: {guessesPerDay: 4}",
    "8:14: profiles.default.policy.guessesPerDay: must be at least tries, which is 5, got 4",
  ],
  [
    "policy: {resend: never}",
    '8:14: profiles.default.policy.resend: must be one of same, fresh, got "never"',
  ],
  [
    "policy: {retention: 59s}",
    '8:14: profiles.default.policy.retention: must be a duration from 1m to 24h, such as 500ms, 90s, 10m or 1h, got "59s"',
  ],
  ["policy: {trys: 5}", "8:14: profiles.default.policy.trys: is not a setting"],
  [
    "policies: {Pay: {tries: 3}}",
    "8:16: profiles.default.policies.Pay: is not a name: up to 63 lower-case letters, digits and hyphens, the first a letter",
  ],
  ["locale: klingon!", "8:5: profiles.default.locale: must be a language tag of BCP 47, such as en or de-CH"],
  [
    "numbers: {allowCountries: []}",
    "8:15: profiles.default.numbers.allowCountries: must have 1 to 300 entries",
  ],
  [
    "numbers: {allowCountries: [CH, XX]}",
    '8:36: profiles.default.numbers.allowCountries[1]: must be a country code of ISO 3166-1 in capitals, such as CH, got "XX"',
  ],
  [
    "numbers: {denyCountries: [ch]}",
    '8:31: profiles.default.numbers.denyCountries[0]: must be a country code of ISO 3166-1 in capitals, such as CH, got "ch"',
  ],
  [
    "numbers: {allowCountries: [CH], denyCountries: [DE]}",
    "8:53: profiles.default.numbers.denyCountries[0]: is no territory of a country in allowCountries; beside those, only such can be denied",
  ],
  [
    "numbers: {allowCountries: [US, PR], denyCountries: [PR]}",
    "8:57: profiles.default.numbers.denyCountries[0]: is no territory of a country in allowCountries; beside those, only such can be denied",
  ],
  [
    "numbers: {allowKinds: [cellular]}",
    '8:28: profiles.default.numbers.allowKinds[0]: must be one of mobile, fixedLine, fixedLineOrMobile, voip, tollFree, premiumRate, sharedCost, personalNumber, uan, pager, voicemail, satellite, internationalNetwork, got "cellular"',
  ],
  [
    "autofill: {webHosts: [https://shop.example]}",
    "8:27: profiles.default.autofill.webHosts[0]: must be the host of a web page in lower case, such as shop.example",
  ],
  [
    "autofill: {androidHashes: [short]}",
    "8:32: profiles.default.autofill.androidHashes[0]: must be the 11-character hash of an Android app",
  ],
];

describe("refuses in a profile", () => {
  test.each(profileRules)("%s", (line, problem) => {
    expect(problemsOf(`${development}    ${line}\n`)).toEqual([`passcode.yaml:${problem}`]);
  });
});

describe("refuses as the start of a profile", () => {
  const refused: [fact: string, from: string, to: string, problem: string][] = [
    ["no brand", "    brand: Acme\n", "", "5:3: profiles.default.brand: is required"],
    [
      "a brand of two lines",
      "Acme",
      '"Ac\\nme"',
      "6:5: profiles.default.brand: must be 1 to 40 characters without line breaks, control characters or spaces at its ends",
    ],
    [
      "a brand of 41 characters",
      "Acme",
      "A".repeat(41),
      "6:5: profiles.default.brand: must be 1 to 40 characters without line breaks, control characters or spaces at its ends",
    ],
    [
      "a brand that turns the text around",
      "Acme",
      '"\\u202eemcA"',
      "6:5: profiles.default.brand: must be 1 to 40 characters without line breaks, control characters or spaces at its ends",
    ],
    [
      "no channels",
      "{sms: dev}",
      "{}",
      "7:5: profiles.default.channels: needs at least one of sms, voice, email",
    ],
    [
      "a channel there is not",
      "{sms: dev}",
      "{sms: dev, fax: dev}",
      "7:26: profiles.default.channels.fax: is not a setting",
    ],
    [
      "a provider there is not",
      "{sms: dev}",
      "{sms: vonage}",
      '7:16: profiles.default.channels.sms: must be the name of a provider that can send by sms: one of dev, got "vonage"',
    ],
    [
      "a name in capitals",
      "default",
      "Shop",
      "5:3: profiles.Shop: is not a name: up to 63 lower-case letters, digits and hyphens, the first a letter",
    ],
  ];

  test.each(refused)("%s", (_, from, to, problem) => {
    expect(problemsOf(development.replace(from, to))).toEqual([`passcode.yaml:${problem}`]);
  });

  test("SMS or voice by a provider of e-mail", () => {
    expect(problemsOf(production.replace("{email: mail}", "{sms: mail, email: mail}"))).toEqual([
      "passcode.yaml:11:16: profiles.default.channels.sms: cannot be mail, which does not send by sms",
    ]);
  });

  test("no profile at all", () => {
    expect(problemsOf("development: true\nprofiles: {}\n")).toEqual([
      "passcode.yaml:2:1: profiles: needs at least one profile",
    ]);
    expect(problemsOf("development: true\n")).toEqual(["passcode.yaml:1:1: profiles: is required"]);
  });
});
