import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { effort } from "../proof/effort.ts";
import { outcomeOf, tally } from "./outcome.ts";
import { World } from "./world.ts";

/** Latin letters, each with one of another script that looks like it. */
const lookalikes = new Map(
  Object.entries({
    a: "а",
    c: "с",
    e: "е",
    i: "і",
    o: "о",
    p: "р",
    x: "х",
    y: "у",
    s: "ѕ",
    l: "ӏ",
    v: "ν",
    n: "п",
  }),
);
const domains = ["paypal", "apple", "scope", "example", "epic", "coop"] as const;

/** What NFKC, or the eye, takes for the ASCII letter, and IDNA would map to it. */
const compatible = [
  "ｅxample",
  "𝐞xample",
  "ⅇxample",
  "ex\u00adample",
  "ex\u200bample",
  "exampl℮",
  "ﬁnal",
  "①two",
] as const;

describe.each(["memory", "Redis"] as const)("An address made to look like another, on %s,", (store) => {
  let world: World;
  beforeAll(async () => {
    world = await World.start(store);
  });
  afterAll(() => world.end());

  const mailTo = (value: string, index = 0) =>
    outcomeOf(world.way(index).sendPasscode({ destination: { case: "email", value } }));

  it("by some letters of another script in its domain, is refused", async () => {
    const mixed = fc
      .tuple(fc.constantFrom(...domains), fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }))
      .map(([domain, swapped]) =>
        [...domain].map((letter, at) => (swapped[at] ? (lookalikes.get(letter) ?? letter) : letter)).join(""),
      )
      .filter((label) => /[a-z]/.test(label) && /[^a-z]/.test(label));
    const labels = [...new Set(fc.sample(mixed, { numRuns: 60 * effort, seed: 1 }))];
    expect(labels.length).toBeGreaterThan(30);

    const outcomes = labels.map((label, index) => mailTo(`a@${label}.com`, index));

    expect(await tally(outcomes)).toEqual({ DESTINATION_INVALID: labels.length });
    expect(world.messages).toEqual([]);
  });

  it.each(compatible)("by letters that are mapped to plain ones, is refused: %s", async (label) => {
    expect(await mailTo(`a@${label}.com`)).toBe("DESTINATION_INVALID");
  });

  it.each([
    ["another script", "аdmin@example.com"],
    ["full width", "ａdmin@example.com"],
    ["a mark upon a letter", "a\u0301dmin@example.com"],
    ["nothing to see", "admin\u200b@example.com"],
    ["the direction reversed", "\u202enimda@example.com"],
  ])("by its name before the @, in %s, is refused", async (_, address) => {
    expect(await mailTo(address)).toBe("DESTINATION_INVALID");
  });

  it("by all letters of another script, is a domain of its own: it is written to there, and spends nothing of the other", async () => {
    for (let sent = 0; sent < 5; sent += 1) expect(await mailTo("a@аррӏе.com", sent)).toBe("PENDING");
    expect(await mailTo("a@аррӏе.com")).toBe("SEND_LIMIT");
    expect(await mailTo("a@apple.com")).toBe("PENDING");

    expect(world.messagesTo("a@xn--80ak6aa92e.com")).toHaveLength(5);
    expect(world.messagesTo("a@apple.com")).toHaveLength(1);
  });

  it("by the same letters composed in another way, is the same address", async () => {
    const label = fc.stringMatching(/^[a-zäöüéèñç]{3,12}$/).filter((text) => /[^a-z]/.test(text));
    for (const one of fc.sample(label, { numRuns: 10 * effort, seed: 2 })) {
      const domain = `${one}.example`;
      const spellings = ["NFC", "NFD", "NFC", "NFD", "NFC"].map((form) => domain.normalize(form));
      for (const spelling of spellings) expect(await mailTo(`b@${spelling}`)).toBe("PENDING");
      expect(await mailTo(`b@${domain.normalize("NFD")}`)).toBe("SEND_LIMIT");
      const address = world.messages.findLast(({ to }) => to.startsWith("b@"))?.to ?? "";
      expect(address).toMatch(/^b@xn--[a-z0-9-]+\.example$/);
      expect(await mailTo(address)).toBe("SEND_LIMIT");
    }
  });
});
