import { describe, expect, test } from "vitest";
import { defaultPolicy } from "../../src/ledger/policy.ts";
import { development, load, problemsOf } from "./configuration.ts";

const withPolicy = (policy: string, more = "") => `${development}    policy: ${policy}\n${more}`;

function policiesOf(text: string) {
  const policies = load(text).profiles.get("default")?.policies;
  if (policies === undefined) throw new Error("the file has a default profile");
  return policies;
}

const minuteMs = 60_000;

describe("The preset psd2", () => {
  // Regulation (EU) 2018/389, Art. 4(3)(b), Art. 4(3)(d) and Art. 5(1).
  test("has five failed attempts, in a session and in a day, codes of five minutes, and a transaction shown", () => {
    expect(policiesOf(withPolicy("{preset: psd2}")).base).toEqual({
      ...defaultPolicy,
      tries: 5,
      guessesPerDay: 5,
      expiryMs: 5 * minuteMs,
      transaction: "required",
    });
  });

  test("leaves alone what is stricter", () => {
    const { base } = policiesOf(
      withPolicy("{preset: psd2, tries: 3, guessesPerDay: 4, expiry: 2m, cooldown: 1h}"),
    );
    expect(base).toMatchObject({
      tries: 3,
      guessesPerDay: 4,
      expiryMs: 2 * minuteMs,
      cooldownMs: [60 * minuteMs],
    });
  });

  const loosened: [setting: string, says: string, clause: string][] = [
    ["guessesPerDay: 6", "at most 5", "Art. 4(3)(b)"],
    ["cooldown: 0s", "longer than 0s", "Art. 4(3)(b)"],
    ["cooldown: [10m, 0s]", "longer than 0s", "Art. 4(3)(b)"],
    ["expiry: 301s", "at most 5m", "Art. 4(3)(d)"],
    ["transaction: optional", "required", "Art. 5(1)"],
    ["tries: 6", "at most 5", "Art. 4(3)(b)"],
  ];
  test.each(loosened)("is not loosened by %s", (setting, says, clause) => {
    const problems = problemsOf(withPolicy(`{preset: psd2, ${setting}}`));
    const [name] = setting.split(":");
    expect(problems.join("\n")).toContain(
      `profiles.default.policy.${name}: must be ${says} with the preset psd2 (${clause} of Regulation (EU) 2018/389)`,
    );
  });

  test("is for a named policy too, on top of a profile that is looser or stricter", () => {
    const named = "    policies: {payment: {preset: psd2}}\n";
    expect(policiesOf(withPolicy("{tries: 8}", named)).named.get("payment")).toMatchObject({
      tries: 5,
      guessesPerDay: 5,
      expiryMs: 5 * minuteMs,
      transaction: "required",
    });
    expect(policiesOf(withPolicy("{guessesPerDay: 3, tries: 3}", named)).named.get("payment")).toMatchObject({
      tries: 3,
      guessesPerDay: 3,
    });
  });
});

describe("The preset nist", () => {
  test("is met by the defaults", () => {
    expect(policiesOf(withPolicy("{preset: nist}")).base).toEqual(defaultPolicy);
  });

  test("takes five letters, which are more than six digits", () => {
    expect(problemsOf(withPolicy("{preset: nist, codeAlphabet: letters, codeLength: 5}"))).toEqual([]);
  });

  const loosened: [setting: string, says: string, section: string][] = [
    ["codeLength: 5", "at least six digits or their equivalent, five letters", "3.1.3.2"],
    [
      "codeAlphabet: letters, codeLength: 4",
      "at least six digits or their equivalent, five letters",
      "3.1.3.2",
    ],
    ["expiry: 601s", "at most 10m", "3.1.3.2"],
    ["guessesPerDay: 51", "at most 50, known devices having as many again,", "3.2.2"],
  ];
  test.each(loosened)("is not loosened by %s", (setting, says, section) => {
    expect(problemsOf(withPolicy(`{preset: nist, ${setting}}`)).join("\n")).toContain(
      `must be ${says} with the preset nist (NIST SP 800-63B-4, Sec. ${section})`,
    );
  });

  test.each(["    policy: {preset: nist}\n", "    policies: {strict: {preset: nist}}\n"])(
    "has no e-mail as a channel (%j)",
    (policy) => {
      const text = development.replace("{sms: dev}", "{sms: dev, email: dev}") + policy;
      expect(problemsOf(text)).toEqual([
        expect.stringContaining("profiles.default.channels.email: must not be offered with the preset nist"),
      ]);
    },
  );
});

test("a preset that is none is told with those that are", () => {
  expect(problemsOf(withPolicy("{preset: pci}"))).toEqual([
    'passcode.yaml:8:14: profiles.default.policy.preset: must be one of nist, psd2, got "pci"',
  ]);
});

test("a fallback waits for less than a preset's expiry", () => {
  const text = withPolicy("{preset: psd2}", "    fallback: {channels: [sms, voice], after: 5m}\n");
  expect(problemsOf(text.replace("{sms: dev}", "{sms: dev, voice: dev}")).join()).toContain(
    "fallback.after: must be less than policy.expiry",
  );
});
