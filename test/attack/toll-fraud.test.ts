import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Channel } from "../../gen/passcode/v1/session_pb.ts";
import { failureOf } from "../support/failure.ts";
import { profileWith } from "../support/service.ts";
import { outcomeOf, tally } from "./outcome.ts";
import { World } from "./world.ts";

/** Where a message or a call earns somebody money, or costs many times the usual. */
const dear: readonly (readonly [what: string, number: string, kind: string])[] = [
  ["premium rate in the United States", "+19002345678", "premiumRate"],
  ["premium rate in Britain", "+449012345678", "premiumRate"],
  ["premium rate in France", "+33899123456", "premiumRate"],
  ["premium rate in Switzerland", "+41900123456", "premiumRate"],
  ["premium rate in Germany", "+499001234567", "premiumRate"],
  ["premium rate in Australia", "+611900654321", "premiumRate"],
  ["premium rate of no country", "+979123456789", "premiumRate"],
  ["shared cost in Switzerland", "+41840123456", "sharedCost"],
  ["shared cost of no country", "+80812345678", "sharedCost"],
  ["a personal number in Britain", "+447012345678", "personalNumber"],
  ["a personal number of no country", "+878101234567890", "personalNumber"],
  ["a pager in Britain", "+447600123456", "pager"],
  ["Inmarsat", "+870773111632", "satellite"],
  ["Iridium", "+881612345678", "satellite"],
  ["Globalstar", "+881812345678", "satellite"],
  ["an international network (882)", "+882161234567", "internationalNetwork"],
  ["an international network (883)", "+883510012345", "internationalNetwork"],
  ["toll free, which its owner pays for", "+80012345678", "tollFree"],
];

describe.each(["memory", "Redis"] as const)("By default, on %s,", (store) => {
  let world: World;
  beforeAll(async () => {
    world = await World.start(store);
  });
  afterAll(() => world.end());

  it.each(dear)("nothing is sent to %s, by SMS or by call", async (_, number, kind) => {
    const destination = { case: "phoneNumber", value: number } as const;
    for (const [step, channel] of [Channel.SMS, Channel.VOICE, Channel.UNSPECIFIED].entries()) {
      expect(await failureOf(world.way(step).sendPasscode({ destination, channel }))).toMatchObject({
        code: "invalid_argument",
        reason: "DESTINATION_NOT_ALLOWED",
        metadata: { kind },
      });
    }
    expect(world.messages).toHaveLength(0);
  });
});

describe.each(["memory", "Redis"] as const)("A run through numbers in a row, on %s,", (store) => {
  let world: World;
  beforeAll(async () => {
    const numbers = {
      allowKinds: new Set(["mobile"] as const),
      allowCountries: new Set(["CH"]),
      denyCountries: new Set<string>(),
    };
    world = await World.start(store, profileWith({ numbers }));
  });
  afterAll(() => world.end());

  /** A hundred numbers that follow one another. */
  function run(first: number): Promise<string>[] {
    return world.together(100, (client, index) =>
      outcomeOf(client.sendPasscode({ destination: { case: "phoneNumber", value: `+${first + index}` } })),
    );
  }

  it("reaches nobody in a country that the profile does not list", async () => {
    expect(await tally(run(2_348_031_234_000))).toEqual({ DESTINATION_NOT_ALLOWED: 100 });
    expect(world.messages).toHaveLength(0);
  });

  it("reaches nobody in a country that shares its code with one that is listed, or at a kind that is not", async () => {
    // Kazakhstan has the code of Russia; in Switzerland itself, landlines are not listed.
    expect(await tally(run(77_012_345_000))).toEqual({ DESTINATION_NOT_ALLOWED: 100 });
    expect(await tally(run(41_446_681_000))).toEqual({ DESTINATION_NOT_ALLOWED: 100 });
    expect(world.messages).toHaveLength(0);
  });
});
