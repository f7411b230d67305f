import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import { defaultPolicy } from "../../src/ledger/policy.ts";
import { development, problemsOf } from "../config/configuration.ts";
import { connectBody } from "../rpc/wire.ts";
import { profileWith, startService, type TestService, wrongCode } from "../support/service.ts";
import { outcomeOf, tally } from "./outcome.ts";
import { fieldsOf, servedContract } from "./served-contract.ts";
import { stores, World } from "./world.ts";

describe("The requests that a service declares", () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startService();
  });
  afterAll(() => service.stop());

  it("have these fields, of which `policy` chooses among stricter limits and the others set none", async () => {
    const { method } = await servedContract(service.ports.grpc);
    const fields = Object.fromEntries(
      Object.values(method).map(({ name, input }) => [name, fieldsOf(input).map(({ path }) => path)]),
    );
    expect(fields).toEqual({
      SendPasscode: [
        "profile",
        "phone_number",
        "email",
        "channel",
        "session_id",
        "locale",
        "purpose",
        "transaction",
        "variables",
        "autofill_web_host",
        "autofill_android_hash",
        "policy",
        "request_id",
        "end_user",
        "end_user.ip_address",
        "end_user.device_id",
      ],
      VerifyPasscode: ["session_id", "code", "profile", "purpose", "transaction", "request_id"],
      GetSession: ["session_id", "profile"],
      CancelSession: ["session_id", "profile"],
    });
  });

  it.each([
    { code: "123456" },
    { otp: "123456" },
    { tries: 100 },
    { maxAttempts: 100 },
    { expiry: "24h" },
    { ttl: 86_400 },
    { codeLength: 4 },
    { sendsPerMinute: 1_000 },
    { skipDelete: true },
    { force: true },
    { test: true },
  ])("have none by which to choose a code or a limit: %j", async (more) => {
    const body = JSON.stringify({ phoneNumber: "+41791234567", ...more });
    const reply = await connectBody(service, "sendPasscode", body);
    expect(reply.code).toBe("invalid_argument");
    expect(service.messages).toHaveLength(0);
  });
});

const looser: readonly (readonly [limit: string, value: string])[] = [
  ["codeLength", "5"],
  ["codeAlphabet", "digits"],
  ["expiry", "11m"],
  ["tries", "6"],
  ["cooldown", "9m"],
  ["sendsPerMinute", "6"],
  ["sendsPerHour", "11"],
  ["sendsPerDay", "31"],
  ["verifiesPerMinute", "11"],
  ["guessesPerDay", "21"],
  ["retention", "2h"],
];

test.each(looser)(
  "no service starts with a policy to choose whose %s (%s) is looser than its profile's",
  (limit, value) => {
    const base = "    policy: {codeAlphabet: letters, retention: 1h}\n";
    const text = `${development}${base}    policies: {mine: {${limit}: ${value}}}\n`;
    expect(problemsOf(text).join("\n")).toContain(
      `policies.mine.${limit}: must not be looser than the profile's own`,
    );
  },
);

const strict = { ...defaultPolicy, tries: 2, sendsPerMinute: 2 };

describe.each(stores)("A stricter policy, on %s,", (store) => {
  let world: World;
  beforeAll(async () => {
    const policies = { base: defaultPolicy, named: new Map([["strict", strict]]) };
    world = await World.start(store, profileWith({ policies }));
  });
  afterAll(() => world.end());

  it("cannot be left again in its session", async () => {
    const phoneNumber = world.freshPhone();
    const destination = { case: "phoneNumber", value: phoneNumber } as const;
    const { sessionId } = await world.way(0).sendPasscode({ destination, policy: "strict" });
    expect(await outcomeOf(world.way(1).sendPasscode({ destination, sessionId, policy: "" }))).toBe(
      "PENDING",
    );
    expect(await outcomeOf(world.way(1).sendPasscode({ destination, sessionId, policy: "" }))).toBe(
      "SEND_LIMIT",
    );

    const code = /\d{6}/.exec(world.messagesTo(phoneNumber)[0]?.text ?? "")?.[0] ?? "";
    const guesses = world.together(4, (client, index) =>
      outcomeOf(client.verifyPasscode({ sessionId, code: wrongCode(code, index + 1) })),
    );
    expect(await tally(guesses)).toEqual({ WRONG_CODE: 1, ATTEMPTS_EXHAUSTED: 3 });
  });

  it("takes nothing from what others of the destination count", async () => {
    const destination = { case: "phoneNumber", value: world.freshPhone() } as const;
    for (const policy of ["", "strict", "", "", ""])
      await outcomeOf(world.way(0).sendPasscode({ destination, policy }));
    expect(await outcomeOf(world.way(1).sendPasscode({ destination, policy: "strict" }))).toBe("SEND_LIMIT");
    expect(await outcomeOf(world.way(1).sendPasscode({ destination }))).toBe("SEND_LIMIT");
  });

  it("that nobody has configured is not chosen", async () => {
    const destination = { case: "phoneNumber", value: world.freshPhone() } as const;
    for (const policy of ["lax", "base", "default", "constructor"]) {
      expect(await outcomeOf(world.way(0).sendPasscode({ destination, policy }))).toBe("POLICY_UNKNOWN");
    }
    expect(world.messagesTo(destination.value)).toHaveLength(0);
  });
});
