import { readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { codeIn } from "../support/service.ts";
import { type OpenSession, World } from "./world.ts";

const sources = readdirSync("src", { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".ts"))
  .map((path) => ({ path, text: readFileSync(`src/${path}`, "utf8") }));

function filesThatSay(pattern: RegExp): string[] {
  return sources.filter(({ text }) => pattern.test(text)).map(({ path }) => path);
}

describe("Chance that can be foreseen", () => {
  it.each([
    ["Math.random", /Math\s*(\.|\[["'`])\s*random/],
    [
      "a generator that was seeded",
      /\b(seedrandom|mersenne|mulberry|xorshift|lcg|pure-rand|chance)\b.*\bfrom\b/i,
    ],
    ["random bytes of pseudo quality", /pseudoRandomBytes|\bprng\b/],
  ])("is nowhere in the source: %s", (_, pattern) => {
    expect(filesThatSay(pattern)).toEqual([]);
  });

  it("cannot be passed in where the service is started from: it has the system's", () => {
    expect(filesThatSay(/\brandomBytes\b/)).toEqual(["random.ts"]);
    const given = sources
      .filter(({ path }) => /^(main|cli\/serve|server)\.ts$/.test(path))
      .flatMap(({ text }) => [...text.matchAll(/\brandom\s*:\s*([\w.]+)/g)].map(([, value]) => value ?? ""));
    expect(given.filter((value) => !/^(systemRandom|Random)$/.test(value))).toEqual([]);
    expect(given).toContain("systemRandom");
  });
});

describe.each(["memory", "Redis"] as const)(
  "With a Math.random and a clock that stand still, on %s,",
  (store) => {
    const opened: OpenSession[] = [];
    let world: World;
    beforeAll(async () => {
      const nowMs = Date.now();
      const clock = { nowMs: () => nowMs };
      world = await World.start(
        store,
        {},
        { instances: [{ clock }, ...(store === "Redis" ? [{ clock }] : [])] },
      );
      vi.spyOn(Math, "random").mockReturnValue(0.5);
      for (let index = 0; index < 200; index += 1)
        opened.push(await world.open({ client: world.way(index) }));
      vi.restoreAllMocks();
    });
    afterAll(() => world.end());

    it("codes are as different as codes are", () => {
      // Of 200 codes in a million, eleven pairs alike come once in more than 10^20 runs.
      const codes = new Set(opened.map(({ code }) => code));
      expect(codes.size).toBeGreaterThan(189);
    });

    it("no two sessions have an id alike", () => {
      const ids = new Set(opened.map(({ sessionId }) => sessionId.slice(2, 23)));
      expect(ids.size).toBe(opened.length);
    });

    it("one number is sent another code in each session", async () => {
      const phoneNumber = world.freshPhone();
      vi.spyOn(Math, "random").mockReturnValue(0.5);
      for (let index = 0; index < 5; index += 1) await world.open({ phoneNumber, client: world.way(index) });
      vi.restoreAllMocks();
      expect(new Set(world.messagesTo(phoneNumber).map(codeIn)).size).toBeGreaterThan(2);
    });
  },
);
