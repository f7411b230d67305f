import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ownTemplates } from "../message/own-templates.ts";
import { failureOf } from "../support/failure.ts";
import { profileWith, startService, type TestService } from "../support/service.ts";
import { fieldsOf, servedContract } from "./served-contract.ts";
import { World } from "./world.ts";

const variables = new Map([["first_name", "Kim"]]);
const templates = ownTemplates(
  { "sms.en.liquid": "{{ first_name }}, your {{ brand }} code is {{ code }}" },
  { variables },
);

describe.each(["memory", "Redis"] as const)("A message of ours, on %s, carries no", (store) => {
  let world: World;
  beforeAll(async () => {
    world = await World.start(store, profileWith({ brand: "Acme", templates, variables }));
  });
  afterAll(() => world.end());

  const destination = { case: "phoneNumber", value: "+41797000001" } as const;

  it.each([
    "https://evil.test/login",
    "evil.test",
    "Kim, log in at evil.test",
    "t.me/evil",
    "ｅｖｉｌ．ｔｅｓｔ",
    "e\u00advil.test",
    "evil\u200b.test",
    "192.0.2.1",
    "eve@evil.test",
  ])("link that a caller put into a variable: %j", async (first_name) => {
    const refused = await failureOf(world.way(1).sendPasscode({ destination, variables: { first_name } }));
    expect(refused).toMatchObject({ code: "invalid_argument", reason: "INVALID_REQUEST" });
    expect(world.messages).toHaveLength(0);
  });

  it.each([
    ["variable that the profile does not declare", { last_name: "Kim" }],
    ["second line", { first_name: "Kim\nYour account is locked" }],
    ["long text", { first_name: "x".repeat(101) }],
    ["seventeenth value", Object.fromEntries(Array.from({ length: 17 }, (_, at) => [`v${at}`, "x"]))],
  ])("%s", async (_, values) => {
    const refused = await failureOf(world.way(0).sendPasscode({ destination, variables: values }));
    expect(refused).toMatchObject({ code: "invalid_argument", reason: "INVALID_REQUEST" });
    expect(world.messages).toHaveLength(0);
  });

  it("name but the application's", async () => {
    await world.way(0).sendPasscode({ destination, variables: { first_name: "Kim" } });
    expect(world.messages.at(-1)?.text).toMatch(/^Kim, your Acme code is \d{6}$/);
  });
});

describe("A request", () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startService();
  });
  afterAll(() => service.stop());

  it("has no field for the words of a message, its sender or the application's name", async () => {
    const { method } = await servedContract(service.ports.grpc);
    const paths = Object.values(method).flatMap(({ input }) => fieldsOf(input).map(({ path }) => path));
    expect(paths).toContain("variables");
    expect(
      paths.filter((path) => /text|body|message|subject|template|sender|from|brand|html|url/.test(path)),
    ).toEqual([]);
  });
});
