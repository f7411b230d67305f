import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import type { Config } from "../../src/config/config.ts";
import { defaultPolicy } from "../../src/ledger/policy.ts";
import { problemsOf, production } from "../config/configuration.ts";
import { profileWith, routeBy } from "../support/service.ts";
import { outcomeOf, refusalOf, tally } from "./outcome.ts";
import { World } from "./world.ts";

const realProvider = "mail: {kind: smtp, host: mail.example, from: codes@acme.example}";
const withTrial = production.replace(realProvider, `${realProvider}\n  trial: {kind: test}`);
const profileOf = (settings: string) => `${withTrial}  trial: {brand: Acme, ${settings}}\n`;

/** Each would put codes that somebody knows before people that are real. */
const unsafe: readonly (readonly [what: string, text: string, complaint: string])[] = [
  [
    "the outbox, which shows codes",
    production.replace("providers:", "providers:\n  dev: {kind: outbox}"),
    "providers.dev.kind: must not be outbox without `development: true`",
  ],
  [
    "codes that are always right beside a real provider",
    profileOf("test: true, channels: {email: mail}"),
    "profiles.trial.channels.email: must not use mail, a real provider, in a test profile",
  ],
  [
    "a provider that sends nothing in a profile for real people",
    profileOf("channels: {email: trial}"),
    "profiles.trial.channels.email: can use trial only in a profile with `test: true`",
  ],
  ["a fixed code", profileOf("code: '123456', channels: {email: mail}"), "profiles.trial"],
  ["a master code", `${production}masterCode: '123456'\n`, "masterCode"],
  ["a code of no length", profileOf("policy: {codeLength: 0}, channels: {email: mail}"), "policy.codeLength"],
];

test.each(unsafe)("outside development, nothing starts with %s", (_, text, complaint) => {
  expect(problemsOf(production)).toEqual([]);
  expect(problemsOf(text).join("\n")).toContain(complaint);
});

const alwaysRight = "+12025550101";

function realAndTrial(): Partial<Config> {
  const real = profileWith({}).profiles.get("default");
  if (real === undefined) throw new Error("there is a default profile");
  const policies = { base: { ...defaultPolicy, sendsPerMinute: 10, sendsPerHour: 10 }, named: new Map() };
  const trial = {
    ...real,
    name: "trial",
    isTest: true,
    policies,
    channels: new Map([["sms", routeBy("trial")] as const]),
  };
  return {
    providers: new Map([
      ["outbox", { kind: "outbox" }],
      ["trial", { kind: "test" }],
    ]),
    profiles: new Map([
      ["default", { ...real, policies }],
      ["trial", trial],
    ]),
  };
}

describe.each(["memory", "Redis"] as const)("Beside a profile for tests, on %s,", (store) => {
  let world: World;
  beforeAll(async () => {
    world = await World.start(store, realAndTrial());
  });
  afterAll(() => world.end());

  const destination = { case: "phoneNumber", value: alwaysRight } as const;

  it("the number whose codes are always right there has codes like any other in a real one", async () => {
    const { sessionId, code } = await world.open({ phoneNumber: alwaysRight });
    const guesses = ["000000", "123456", "111111", "999999"].filter((guess) => guess !== code);
    const outcomes = guesses.map((guess, index) =>
      outcomeOf(world.way(index).verifyPasscode({ sessionId, code: guess })),
    );
    expect(await tally(outcomes)).toEqual({ WRONG_CODE: guesses.length });
  });

  it("a session approved there says nothing in a real one", async () => {
    const { sessionId } = await world.way(0).sendPasscode({ destination, profile: "trial" });
    const elsewhere = { sessionId, profile: "default", code: "000000" };
    expect(await outcomeOf(world.way(1).verifyPasscode(elsewhere))).toBe("SESSION_NOT_FOUND");
    expect(await outcomeOf(world.way(1).verifyPasscode({ ...elsewhere, profile: "trial" }))).toBe("APPROVED");
    const read = world.way(1).getSession({ sessionId, profile: "default" });
    expect(await read.catch(refusalOf)).toBe("SESSION_NOT_FOUND");
  });

  it("nobody is sent anything from there", async () => {
    const before = world.messages.length;
    await world.way(0).sendPasscode({ destination, profile: "trial" });
    const other = { case: "phoneNumber", value: world.freshPhone() } as const;
    expect(await world.way(1).sendPasscode({ destination: other, profile: "trial" }).catch(refusalOf)).toBe(
      "DELIVERY_FAILED",
    );
    expect(world.messages).toHaveLength(before);
  });

  it("each approval of a fixed code is in the log, with the name of its profile", async () => {
    const { sessionId } = await world.way(0).sendPasscode({ destination, profile: "trial" });
    await world.way(1).verifyPasscode({ sessionId, profile: "trial", code: "000000" });
    const lines = world.logLines.filter(
      (line) => line.includes('"VerifyPasscode"') && line.includes(sessionId),
    );
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([{ profile: "trial", status: "APPROVED" }]);
  });
});
