import { describe, expect, test } from "vitest";
import { development, load, problemsOf } from "./configuration.ts";

function withPolicies(base: string, named: string): string {
  return `${development}    policy: ${base}\n    policies: {payment: ${named}}\n`;
}

describe("refuses a named policy that is looser than its profile's in", () => {
  const looser: [base: string, named: string, own: string, got: string][] = [
    ["{codeLength: 6}", "{codeLength: 5}", "6", "5"],
    ["{codeAlphabet: letters}", "{codeAlphabet: digits}", "letters", '"digits"'],
    ["{expiry: 10m}", "{expiry: 601s}", "10m", '"601s"'],
    ["{tries: 5}", "{tries: 6}", "5", "6"],
    ["{cooldown: 10m}", "{cooldown: 9m}", "10m", '"9m"'],
    ["{cooldown: [10m, 1h]}", "{cooldown: 10m}", "10m, 1h", '"10m"'],
    ["{sendsPerMinute: 5}", "{sendsPerMinute: 6}", "5", "6"],
    ["{sendsPerHour: 10}", "{sendsPerHour: 11}", "10", "11"],
    ["{sendsPerDay: 30}", "{sendsPerDay: 31}", "30", "31"],
    ["{verifiesPerMinute: 10}", "{verifiesPerMinute: 11}", "10", "11"],
    ["{guessesPerDay: 20}", "{guessesPerDay: 21}", "20", "21"],
    ["{retention: 1h}", "{retention: 2h}", "1h", '"2h"'],
    ["{transaction: required}", "{transaction: optional}", "required", '"optional"'],
  ];

  test.each(looser)("%s against %s", (base, named, own, got) => {
    const setting = /\w+/.exec(named)?.[0];

    expect(problemsOf(withPolicies(base, named))).toEqual([
      `passcode.yaml:9:26: profiles.default.policies.payment.${setting}: must not be looser than the profile's own, which is ${own}, got ${got}`,
    ]);
  });
});

test("takes a named policy that is as strict or stricter in everything", () => {
  const named =
    "{codeLength: 7, codeAlphabet: letters, expiry: 5m, tries: 5, cooldown: [10m, 2h], sendsPerMinute: 1}";

  expect(problemsOf(withPolicies("{cooldown: [10m, 1h]}", named))).toEqual([]);
});

test("lets a named policy resend either way", () => {
  expect(problemsOf(withPolicies("{resend: same}", "{resend: fresh}"))).toEqual([]);
  expect(problemsOf(withPolicies("{resend: fresh}", "{resend: same}"))).toEqual([]);
});

test("gives a named policy its profile's limits where it sets none", () => {
  const policies = load(withPolicies("{tries: 4, cooldown: 1h}", "{expiry: 5m}")).profiles.get(
    "default",
  )?.policies;

  expect(policies?.named.get("payment")).toEqual({ ...policies?.base, expiryMs: 300_000 });
});

test("judges a named policy together with what it inherits", () => {
  expect(problemsOf(withPolicies("{tries: 5}", "{guessesPerDay: 4}"))).toEqual([
    "passcode.yaml:9:26: profiles.default.policies.payment.guessesPerDay: must be at least tries, which is 5, got 4",
  ]);
});

test("judges policies even when the rest of the profile is broken", () => {
  const text = withPolicies("{tries: 5}", "{tries: 6}").replace("brand: Acme", "brand: ''");

  expect(problemsOf(text)).toHaveLength(2);
});
