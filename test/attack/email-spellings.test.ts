import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { effort } from "../proof/effort.ts";
import { outcomeOf, tally } from "./outcome.ts";
import { World } from "./world.ts";

const spellingsEach = 150 * effort;

/** Mailboxes, each with the spellings of its name and of its domain that reach it. */
const mailboxes = [
  {
    what: "at a company",
    address: "victim@example.com",
    local: fc.mixedCase(fc.constant("victim")),
    domain: fc.mixedCase(fc.constant("example.com")),
  },
  {
    what: "at Gmail",
    address: "victimname@gmail.com",
    local: fc
      .tuple(fc.mixedCase(fc.constant("victimname")), fc.uniqueArray(fc.integer({ min: 1, max: 9 })))
      .map(([name, dots]) =>
        [...name].map((letter, at) => (dots.includes(at) ? `.${letter}` : letter)).join(""),
      ),
    domain: fc.mixedCase(fc.constantFrom("gmail.com", "googlemail.com")),
  },
  {
    what: "at Proton",
    address: "victimname@proton.me",
    local: fc
      .tuple(
        fc.mixedCase(fc.constant("victimname")),
        fc.array(fc.constantFrom("", "", ".", "-", "_"), { minLength: 9, maxLength: 9 }),
      )
      .map(([name, between]) => [...name].map((letter, at) => `${letter}${between[at] ?? ""}`).join("")),
    domain: fc.mixedCase(fc.constantFrom("proton.me", "protonmail.com", "protonmail.ch", "pm.me")),
  },
  {
    what: "at iCloud",
    address: "victim@icloud.com",
    local: fc.mixedCase(fc.constant("victim")),
    domain: fc.mixedCase(fc.constantFrom("icloud.com", "me.com", "mac.com")),
  },
  {
    what: "at a domain with other letters",
    address: "victim@bücher.example",
    local: fc.mixedCase(fc.constant("victim")),
    domain: fc.oneof(
      fc.mixedCase(fc.constantFrom("xn--bcher-kva.example", "bücher.example")),
      fc.constantFrom("bu\u0308cher.example", "BU\u0308CHER.example", "bücher。example", "bücher.example."),
    ),
  },
] as const;

const suffix = fc.oneof(
  fc.constant(""),
  fc.stringMatching(/^\+[a-z0-9+]{0,8}$/),
  fc.constantFrom("(comment)", " ", "\u200b", "\0"),
);
const around = fc.constantFrom(
  ...["{}", "{}", "{}", "{}", "<{}>", " {}", "{} ", "V <{}>", "{},{}", "{}\r\nBcc: x@example.org", '"{}"'],
);

describe.each(["memory", "Redis"] as const)("A mailbox whose sends are spent, on %s,", (store) => {
  let world: World;
  beforeAll(async () => {
    world = await World.start(store);
  });
  afterAll(() => world.end());

  const mailTo = (value: string, index = 0) =>
    outcomeOf(world.way(index).sendPasscode({ destination: { case: "email", value } }));

  it.each(mailboxes)("$what, is sent nothing more in any spelling", async ({ address, local, domain }) => {
    for (let sent = 0; sent < 5; sent += 1) expect(await mailTo(address, sent)).toBe("PENDING");
    const before = world.messages.length;
    const spelling = fc
      .tuple(local, suffix, domain, around)
      .map(([local, suffix, domain, around]) => around.replaceAll("{}", () => `${local}${suffix}@${domain}`));
    const spellings = fc.sample(spelling, { numRuns: spellingsEach, seed: 1 });

    const counts = await tally(spellings.map(mailTo));

    const { SEND_LIMIT = 0, ...refused } = counts;
    expect(SEND_LIMIT).toBeGreaterThan(spellings.length / 10);
    const refusals = ["INVALID_REQUEST", "DESTINATION_INVALID"];
    expect(Object.keys(refused).filter((outcome) => !refusals.includes(outcome))).toEqual([]);
    expect(world.messages.length).toBe(before);
  });

  it("takes nothing from others, whose names fold at Gmail alone or not at all", async () => {
    const others = [
      "a.b@example.org",
      "ab@example.org",
      "a-b@example.org",
      "a_b@example.org",
      "b.a@example.org",
    ];
    for (const [index, address] of others.entries()) {
      for (let sent = 0; sent < 5; sent += 1) expect(await mailTo(address, index)).toBe("PENDING");
      expect(world.messagesTo(address)).toHaveLength(5);
    }
  });

  it.each([
    ["Vic.Tim+Shop@Example.NET", "Vic.Tim+Shop@example.net"],
    ["V.I.P+x@GoogleMail.com", "V.I.P+x@googlemail.com"],
    ["X@Bücher.example", "X@xn--bcher-kva.example"],
  ])("was sent to as it was given: %s", async (given, delivered) => {
    await mailTo(given);
    expect(world.messagesTo(delivered)).toHaveLength(1);
  });
});
