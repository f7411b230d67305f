import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { defaultPolicy } from "../../src/ledger/policy.ts";
import { redisKeyPrefix } from "../../src/store/redis-scripts.ts";
import { effort } from "../proof/effort.ts";
import { profileWith } from "../support/service.ts";
import { outcomeOf, tally } from "./outcome.ts";
import { World } from "./world.ts";

/** Room for many guesses in one session. */
const base = {
  ...defaultPolicy,
  codeLength: 10,
  tries: 10_000,
  verifiesPerMinute: 10_000,
  guessesPerDay: 10_000,
};

const separators = [
  "",
  ":",
  ",",
  ";",
  "|",
  "/",
  "&",
  "=",
  "_",
  " ",
  '","',
  '":"',
  '"],["',
  "\\",
  "{",
  "}",
  "*",
  "%00",
];
const hostile = fc
  .string({ unit: fc.constantFrom(...separators, "a", "1"), minLength: 1, maxLength: 6 })
  .filter((text) => text !== "");
const transaction = fc.dictionary(fc.stringMatching(/^[a-b][a-b0-1_]{0,2}$/), hostile, {
  maxKeys: 3,
  noNullPrototype: true,
});
const purpose = fc.stringMatching(/^([ab][ab._-]{0,3})?$/);

describe.each(["memory", "Redis"] as const)("What is written with separators, on %s,", (store) => {
  let world: World;
  beforeAll(async () => {
    world = await World.start(store, profileWith({ policies: { base, named: new Map() } }));
  });
  afterAll(() => world.end());

  it("stays apart: a code is bound to no other purpose and transaction, however alike they are written", async () => {
    const own = { purpose: "a", transaction: { a: "1", b: "2" } };
    const { sessionId, code } = await world.open(own);
    const joined = separators.flatMap((between) =>
      separators.map((equals) => ({ purpose: "a", transaction: { a: `1${between}b${equals}2` } })),
    );
    const moved = [
      { purpose: "a.a", transaction: { b: "2" } },
      { purpose: "aa1b2", transaction: {} },
      { purpose: "", transaction: { a: "1", b: "2" } },
      { purpose: "a", transaction: { a: '1"],["b","2' } },
      { purpose: "a", transaction: { a: "2", b: "1" } },
    ];
    const random = fc.sample(fc.record({ purpose, transaction }), { numRuns: 40 * effort, seed: 1 });
    const other = [...joined, ...moved, ...random];

    const outcomes = other.map((binding, index) =>
      outcomeOf(world.way(index).verifyPasscode({ sessionId, code, ...binding })),
    );

    expect(await tally(outcomes)).toEqual({ WRONG_CODE: other.length });
    expect(await outcomeOf(world.way(1).verifyPasscode({ sessionId, code, ...own }))).toBe("APPROVED");
  });

  it("has a budget and a key of its own: no destination spends what is another's", async () => {
    const names = [
      "a{b}c",
      "{a}bc",
      "a*c",
      "a?c",
      "a|c",
      "a=c",
      "a/c",
      "a_c",
      "a-c",
      "a`c",
      "a'c",
      "a$c",
      "a^c",
    ];
    const addresses = names.map((name) => `${name}@example.com`);
    for (const [index, value] of addresses.entries()) {
      const sends = Array.from({ length: 6 }, () =>
        outcomeOf(world.way(index).sendPasscode({ destination: { case: "email", value } })),
      );
      expect(await tally(sends)).toEqual({ PENDING: 5, SEND_LIMIT: 1 });
    }
    for (const address of addresses) expect(world.messagesTo(address)).toHaveLength(5);
  });

  it("is looked for under no key that a caller wrote", async () => {
    const { sessionId, code } = await world.open();
    const hostileIds = [
      "ledger:*",
      "../ledger",
      "*",
      "{ledger}",
      "ledger\r\nFLUSHALL\r\n",
      "\0",
      "a b",
      "%2a",
      "[a]",
    ];

    const outcomes = hostileIds.map((id, index) =>
      outcomeOf(world.way(index).verifyPasscode({ sessionId: id, code })),
    );

    const { INVALID_REQUEST = 0, SESSION_NOT_FOUND = 0, ...others } = await tally(outcomes);
    expect(others).toEqual({});
    expect(INVALID_REQUEST + SESSION_NOT_FOUND).toBe(hostileIds.length);
    expect(await outcomeOf(world.way(1).verifyPasscode({ sessionId, code }))).toBe("APPROVED");
  });

  it("lies in Redis under keys of one form", async () => {
    const keys = (await world.redis?.command("KEYS", "*")) ?? [];
    const form = new RegExp(`^${redisKeyPrefix}((ledger|request):[A-Za-z0-9_-]{22}|settings:agreed)$`);
    expect([keys].flat().filter((key) => !form.test(String(key)))).toEqual([]);
  });
});
