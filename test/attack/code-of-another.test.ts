import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Status } from "../../gen/passcode/v1/session_pb.ts";
import type { Config } from "../../src/config/config.ts";
import { defaultPolicy } from "../../src/ledger/policy.ts";
import { profileWith } from "../support/service.ts";
import { outcomeOf, tally } from "./outcome.ts";
import { type OpenSession, stores, World } from "./world.ts";

/** Room for every try of the cross product. Codes of ten digits, so that no two are alike by chance. */
const base = {
  ...defaultPolicy,
  codeLength: 10,
  tries: 1_000,
  verifiesPerMinute: 1_000,
  guessesPerDay: 10_000,
  sendsPerMinute: 10,
  sendsPerHour: 10,
};

function twoProfiles(): Pick<Config, "profiles"> {
  const profile = profileWith({ policies: { base, named: new Map() } }).profiles.get("default");
  if (profile === undefined) throw new Error("there is a default profile");
  return {
    profiles: new Map(["shop", "bank"].map((name) => [name, { ...profile, name }])),
  };
}

describe.each(stores)("The cross product of profile, destination, purpose and session, on %s", (store) => {
  let world: World;
  const opened: (OpenSession & { profile: string; purpose: string })[] = [];
  beforeAll(async () => {
    world = await World.start(store, twoProfiles());
    for (const profile of ["shop", "bank"]) {
      for (const phoneNumber of ["+41791000001", "+41791000002"]) {
        for (const purpose of ["login", "login", "recovery", "recovery"]) {
          const client = world.way(opened.length);
          opened.push({ ...(await world.open({ phoneNumber, profile, purpose, client })), profile, purpose });
        }
      }
    }
  });
  afterAll(() => world.end());

  it("approves nowhere off the diagonal: not a session with the code of another", async () => {
    const outcomes = opened.flatMap((own) =>
      opened
        .filter((other) => other !== own)
        .map(({ code }, index) => {
          const { sessionId, profile, purpose } = own;
          return outcomeOf(world.way(index).verifyPasscode({ sessionId, code, profile, purpose }));
        }),
    );

    expect(await tally(outcomes)).toEqual({ WRONG_CODE: 16 * 15 });
  });

  it("approves nowhere off the diagonal: not a session for another purpose", async () => {
    const outcomes = opened.map(({ sessionId, code, profile, purpose }, index) => {
      const other = purpose === "login" ? "recovery" : "login";
      return outcomeOf(world.way(index).verifyPasscode({ sessionId, code, profile, purpose: other }));
    });

    expect(await tally(outcomes)).toEqual({ WRONG_CODE: 16 });
  });

  it("knows no session in another profile, whatever is asked of it", async () => {
    const outcomes = opened.flatMap(({ sessionId, code, profile, purpose, phoneNumber }, index) => {
      const elsewhere = { sessionId, profile: profile === "shop" ? "bank" : "shop" };
      const client = world.way(index);
      const destination = { case: "phoneNumber", value: phoneNumber } as const;
      const read = async () => (await client.getSession(elsewhere)).session ?? Promise.reject();
      const cancel = async () => (await client.cancelSession(elsewhere)).session ?? Promise.reject();
      return [
        outcomeOf(client.verifyPasscode({ ...elsewhere, code, purpose })),
        outcomeOf(client.sendPasscode({ ...elsewhere, destination, purpose })),
        outcomeOf(read()),
        outcomeOf(cancel()),
      ];
    });

    expect(await tally(outcomes)).toEqual({ SESSION_NOT_FOUND: 16 * 4 });
  });

  it("approves everywhere on the diagonal", async () => {
    const answers = await Promise.all(
      opened.map(({ sessionId, code, profile, purpose }, index) =>
        world.way(index).verifyPasscode({ sessionId, code, profile, purpose }),
      ),
    );

    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([Status.APPROVED]));
  });
});

describe.each(stores)("A session id with one character changed, on %s", (store) => {
  let world: World;
  beforeAll(async () => {
    world = await World.start(store);
  });
  afterAll(() => world.end());

  it("is not found, and costs the session nothing", async () => {
    const { sessionId, code } = await world.open();
    const forged = Array.from(sessionId, (character, at) => {
      const other = character === "A" ? "B" : "A";
      return `${sessionId.slice(0, at)}${other}${sessionId.slice(at + 1)}`;
    });

    const outcomes = forged.map((one, index) =>
      outcomeOf(world.way(index).verifyPasscode({ sessionId: one, code })),
    );

    expect(await tally(outcomes)).toEqual({ SESSION_NOT_FOUND: sessionId.length });
    expect(await world.attempts({ sessionId })).toBe(0);
  });
});
