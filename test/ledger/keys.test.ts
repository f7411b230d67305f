import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Keys, sortedPairs } from "../../src/ledger/keys.ts";
import { fixedKeys, fixedSecret } from "./ledgers.ts";

const keys = fixedKeys();
const phone = { kind: "phone", canonical: "+4915112345678" };

/** Names made of what separates, quotes and escapes, where a joined key would collide. */
const hostile = fc.string({ unit: fc.constantFrom(..."ab:,[]{}*\"'\\|/_ \n\0\u2028é"), maxLength: 6 });

describe("A ledger's name", () => {
  it("is 128 bits that do not show the destination", () => {
    const name = keys.ledgerOf("shop", phone);
    expect(name).toHaveLength(16);
    expect(name.toString("latin1")).not.toContain("4915");
  });

  it("is the same each time", () => {
    expect(fixedKeys().ledgerOf("shop", phone)).toEqual(keys.ledgerOf("shop", phone));
  });

  it("is this one, in every version, or all limits would start anew", () => {
    expect(keys.ledgerOf("shop", phone).toString("base64url")).toBe("kODdrTGISaeWZPwif2E9YQ");
  });

  it("does not depend on the code keys, which rotate", () => {
    expect(fixedKeys({ codes: [2, 1] }).ledgerOf("shop", phone)).toEqual(keys.ledgerOf("shop", phone));
  });

  it("is another one in another profile, of another kind, of another destination, and under another secret", () => {
    const names = [
      keys.ledgerOf("shop", phone),
      keys.ledgerOf("bank", phone),
      keys.ledgerOf("shop", { ...phone, kind: "email" }),
      keys.ledgerOf("shop", { ...phone, canonical: "+4915112345679" }),
      fixedKeys({ index: "other" }).ledgerOf("shop", phone),
    ];
    expect(new Set(names.map((name) => name.toString("hex"))).size).toBe(5);
  });
});

describe("Two lists", () => {
  it.each<[one: string[], other: string[]]>([
    [
      ["ab", "c"],
      ["a", "bc"],
    ],
    [["a:b"], ["a", "b"]],
    [["a,b"], ["a", "b"]],
    [['a","b'], ["a", "b"]],
    [["a", ""], ["a"]],
    [
      ["", "a"],
      ["a", ""],
    ],
    [[""], []],
    [["a\\"], ['a\\"']],
    [["\u00e9"], ["e\u0301"]],
    [["\ud800"], ["\udbff"]],
    [["\ud800"], ["\ufffd"]],
  ])("never share a digest: %j and %j", (one, other) => {
    expect(keys.requestDigest(one)).not.toBe(keys.requestDigest(other));
  });

  it("never share a digest, whatever separators they contain", () => {
    const list = fc.array(fc.oneof(hostile, fc.array(hostile, { maxLength: 2 })), { maxLength: 4 });
    const property = fc.property(list, list, (one, other) => {
      const alike = keys.requestDigest(one) === keys.requestDigest(other);
      expect(alike).toBe(JSON.stringify(one) === JSON.stringify(other));
    });
    fc.assert(property, { seed: 1, numRuns: 2_000 });
  });

  it("of a profile and a destination never share a ledger, whatever separators they contain", () => {
    const place = fc.tuple(hostile, hostile, hostile);
    const property = fc.property(place, place, (one, other) => {
      const [a, b] = [one, other].map(([profile, kind, canonical]) =>
        keys.ledgerOf(profile, { kind, canonical }),
      );
      expect(a?.equals(b as Buffer)).toBe(one.every((part, index) => part === other[index]));
    });
    fc.assert(property, { seed: 1, numRuns: 2_000 });
  });

  it("have different digests in different uses", () => {
    const digests = [
      keys.requestDigest(["login", []]),
      keys.bindingOf("login", {}),
      keys.ledgerOf("login", { kind: "", canonical: "" }).toString("base64url"),
      keys.requestDigest(["login", "", ""]),
    ];
    expect(new Set(digests).size).toBe(4);
  });
});

describe("A binding", () => {
  it("is the same for the same pairs in any order", () => {
    const pairs = fc.uniqueArray(fc.tuple(hostile, hostile), { selector: ([name]) => name, maxLength: 5 });
    const property = fc.property(pairs, (given) => {
      const reversed = Object.fromEntries([...given].reverse());
      expect(keys.bindingOf("p", reversed)).toBe(keys.bindingOf("p", Object.fromEntries(given)));
    });
    fc.assert(property, { seed: 1, numRuns: 500 });
  });

  it("binds every pair, whatever it is called", () => {
    const named = JSON.parse('{"__proto__":"a"}');
    expect(keys.bindingOf("p", named)).not.toBe(keys.bindingOf("p", {}));
    expect(keys.bindingOf("p", { constructor: "a" })).not.toBe(keys.bindingOf("p", {}));
    expect(keys.bindingOf("p", { 2: "a", 10: "b" })).toBe(keys.bindingOf("p", { 10: "b", 2: "a" }));
  });

  it("has its pairs in the order of their names", () => {
    expect(sortedPairs({ payee: "Alice", amount: "1", Zebra: "z" })).toEqual([
      ["Zebra", "z"],
      ["amount", "1"],
      ["payee", "Alice"],
    ]);
  });
});

describe("What stands for an address", () => {
  it("tells spellings apart that share their limits", () => {
    const [one, other] = ["ann@corp.example", "Ann@corp.example"].map((address) =>
      keys.addressOf({ kind: "email", address }),
    );
    expect(one).not.toBe(other);
    expect(one).toBe(fixedKeys().addressOf({ kind: "email", address: "ann@corp.example" }));
  });

  it("is under the session's key, and outlives a change of the others", () => {
    const changed = fixedKeys({ index: "another index", codes: [2, 1] });
    const ann = { kind: "email", address: "ann@corp.example" };
    expect(changed.addressOf(ann, 1)).toBe(keys.addressOf(ann));
    expect(changed.addressOf(ann)).not.toBe(keys.addressOf(ann));
    expect(() => changed.addressOf(ann, 3)).toThrow("no code key has the id 3");
  });
});

describe("Keys", () => {
  it("are not made of no code key", () => {
    expect(() => new Keys({ index: fixedSecret("index"), codes: [] })).toThrow(
      "at least one code key is needed",
    );
  });

  it("differ between the uses of one secret", () => {
    const made = [
      keys.codes.get(1),
      keys.sessionIdKey(1, "shop"),
      keys.deliveryKey(1),
      keys.callKey(1),
      fixedSecret("code 1"),
    ].map((key) => key?.export().toString("hex"));
    expect(new Set(made).size).toBe(made.length);
    for (const key of made) expect(key).toHaveLength(64);
  });

  it("are these, in every version, or what is under way would end with an upgrade", () => {
    const made = [keys.codes.get(1), keys.sessionIdKey(1, "shop"), keys.deliveryKey(1), keys.callKey(1)];
    expect(made.map((key) => key?.export().toString("base64url"))).toEqual([
      "0mZ1Lr7bxQTjILUwcz3quK1020wsqN1uEePy-IYJTN0",
      "6xCm11SIHhJV7M76B3IHcUFOOH4bhLOyiCmA0Y10NJs",
      "REKH-2oSHrqfPGWAvnYtYyKLnUVVKQpCc3PQRJUGBfQ",
      "nyRKyQuHynUCDxj9GWm7LR1IC0BXTg9r6No_Uhf0x5Q",
    ]);
    expect([
      keys.bindingOf("login", { amount: "1" }),
      keys.requestDigest(["shop", "id"]),
      keys.profileTag("shop").toString("base64url"),
    ]).toEqual(["aRaeAglkzbyelsOg_sRt9w", "JXmpPsara3bqo6D4ZMmlyA", "eLMB2Q"]);
  });

  it("of a session's profile are made once", () => {
    expect(keys.sessionIdKey(1, "shop")).toBe(keys.sessionIdKey(1, "shop"));
  });

  it("differ between the ids and the profiles, and are the same every time", () => {
    const two = fixedKeys({ codes: [1, 2] });
    const seal = (id: number, profile: string) => two.sessionIdKey(id, profile)?.export().toString("hex");
    expect(two.codes.get(1)?.equals(two.codes.get(2) as never)).toBe(false);
    expect(seal(1, "shop")).not.toBe(seal(2, "shop"));
    expect(seal(1, "shop")).not.toBe(seal(1, "bank"));
    expect(seal(1, "shop")).toBe(seal(1, "shop"));
    expect(seal(3, "shop")).toBeUndefined();
  });
});
