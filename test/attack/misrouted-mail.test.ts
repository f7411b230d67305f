import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connectBody } from "../rpc/wire.ts";
import { failureOf } from "../support/failure.ts";
import { startService, type TestService } from "../support/service.ts";
import { World } from "./world.ts";

/** Addresses that one parser reads as the owner's and another as an attacker's, or as several. */
const misread = [
  '"kim"@example.com',
  '"kim, eve"@example.com',
  '"eve@evil.test"@example.com',
  '"eve@evil.test x"@example.com',
  "eve@evil.test(@example.com)",
  "(kim@example.com)eve@evil.test",
  "kim@example.com,eve@evil.test",
  "kim@example.com;eve@evil.test",
  "kim@example.com eve@evil.test",
  "kim@example.com <eve@evil.test>",
  "<eve@evil.test> kim@example.com",
  "Kim <eve@evil.test>",
  "<kim@example.com>",
  "friends: kim@example.com, eve@evil.test;",
  "undisclosed-recipients:;",
  "@evil.test:kim@example.com",
  "kim%example.com@evil.test@example.com",
  "evil.test!kim@example.com@example.com",
  "eve%evil.test@example.com",
  "evil.test!eve@example.com",
  "kim@example.com@evil.test",
  "kim@[192.0.2.1]",
  "kim@[IPv6:::1]",
  "kim@192.0.2.1",
  "kim@localhost",
  "kim@example.com.",
  "kim@example..com",
  ".kim@example.com",
  "kim.@example.com",
  "k..im@example.com",
  "kim@exam ple.com",
  " kim@example.com",
  "kim@example.com\t",
  "kim\\@evil.test@example.com",
  "kim@example.com#@evil.test",
  "kim@example.com?cc=eve@evil.test",
  "mailto:kim@example.com",
  "kim＠example.com",
  "kim@example。com",
  "kim@ｅｘａｍｐｌｅ.com",
  "kim@ex\u00adample.com",
  "kim@ex%61mple.com",
  "kim@еxample.com", // A Cyrillic е among Latin letters.
  "kim\u202e@example.com",
];

describe.each(["memory", "Redis"] as const)("An address, on %s,", (store) => {
  let world: World;
  beforeAll(async () => {
    world = await World.start(store);
  });
  afterAll(() => world.end());

  it.each(misread)("that can be read in two ways is refused: %j", async (value) => {
    for (const client of world.clients) {
      expect(await failureOf(client.sendPasscode({ destination: { case: "email", value } }))).toMatchObject({
        code: "invalid_argument",
        fields: { email: expect.any(String) },
      });
    }
    expect(world.messages).toHaveLength(0);
  });

  it.each([
    ["comments in comments", `kim@example.com${"(".repeat(32_000)}${")".repeat(32_000)}`],
    ["quotes", `"${'\\"'.repeat(32_000)}"@example.com`],
    ["dots", `${"a.".repeat(32_000)}a@example.com`],
    ["labels", `kim@${"a.".repeat(32_000)}com`],
    ["at signs", "@".repeat(64_000)],
    ["letters to compose", `kim@${"e\u0301".repeat(20_000)}.com`],
  ])("of 64 KB of %s is refused for its length, before anything reads it", async (_, value) => {
    for (const client of world.clients) {
      const failed = await failureOf(client.sendPasscode({ destination: { case: "email", value } }));
      expect(failed).toMatchObject({ code: "invalid_argument", reason: "INVALID_REQUEST" });
      expect(failed.fields["email"]).toContain("254");
    }
  });

  it.each(["kim+code@example.com", "o'kim_1/2=x@example.com", "kim@bücher.example"])(
    "that can be read in one way is sent to as it is: %s",
    async (value) => {
      await world.way(0).sendPasscode({ destination: { case: "email", value } });
      expect(world.messages.at(-1)?.to).toBe(value.replace("bücher", "xn--bcher-kva"));
    },
  );
});

describe("A destination", () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startService();
  });
  afterAll(() => service.stop());

  it("is one: a request that names two destinations is refused", async () => {
    const body = JSON.stringify({ email: "kim@example.com", phoneNumber: "+41791234567" });
    const reply = await connectBody(service, "sendPasscode", body);
    expect(reply.code).toBe("invalid_argument");
    expect(service.messages).toHaveLength(0);
  });
});
