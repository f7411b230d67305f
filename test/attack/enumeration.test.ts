import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dayMs } from "../../src/ledger/policy.ts";
import { wrongCode } from "../support/service.ts";
import { rawAnswers } from "./raw-answer.ts";
import { profilesWith, World } from "./world.ts";

describe.each(["memory", "Redis"] as const)("Sessions that a caller has no right to, on %s,", (store) => {
  let world: World;
  let foreign: World;
  beforeAll(async () => {
    const profiles = profilesWith({ default: {}, other: {} });
    [world, foreign] = await Promise.all([World.start(store, profiles), World.start("memory")]);
  });
  afterAll(() => Promise.all([world.end(), foreign.end()]));

  it.each([
    ["verifying", "verifyPasscode", { code: "123456" }],
    ["reading", "getSession", {}],
    ["canceling", "cancelSession", {}],
    ["sending in", "sendPasscode", { destination: { case: "phoneNumber", value: "+41791234567" } }],
  ] as const)(
    "are told of like sessions that never were, to the byte, when %s them",
    async (_, method, rest) => {
      const own = Buffer.from((await world.open()).sessionId, "base64url");
      const ids = [
        (await world.open({ profile: "other" })).sessionId,
        (await foreign.open()).sessionId,
        Buffer.concat([own.subarray(0, 1), randomBytes(32)]).toString("base64url"),
        Buffer.concat([Buffer.from([own[0] === 9 ? 8 : 9]), randomBytes(32)]).toString("base64url"),
        Buffer.from(own.map((byte, at) => (at === own.length - 1 ? byte ^ 1 : byte))).toString("base64url"),
        "A",
      ];

      const answers = await Promise.all(
        ids.flatMap((sessionId) =>
          world.ports.map((ports) => rawAnswers(ports, method, { ...rest, sessionId })),
        ),
      );

      expect(new Set(answers.map((answer) => answer.join("\n\n"))).size).toBe(1);
      expect(answers[0]?.join("\n")).toContain("SESSION_NOT_FOUND");
    },
  );
});

describe("Whom codes were sent to before", () => {
  let nowMs = Date.UTC(2026, 0, 1);
  let world: World;
  beforeAll(async () => {
    world = await World.start("memory", {}, { instances: [{ clock: { nowMs: () => nowMs } }] });
  });
  afterAll(() => world.end());

  /** Numbers with the same last digits, which answers show. */
  let numbers = 0;
  function newNumber(): string {
    numbers += 1;
    return `+41791${String(numbers).padStart(4, "0")}67`;
  }

  async function approvedAt(phoneNumber: string): Promise<void> {
    const { sessionId, code } = await world.open({ phoneNumber });
    await world.way(0).verifyPasscode({ sessionId, code: wrongCode(code) });
    await world.way(0).verifyPasscode({ sessionId, code });
  }

  /** Everything that seven sends are told, but for the ids of the sessions. */
  async function toldOfSends(value: string): Promise<string> {
    const told: string[] = [];
    for (let send = 1; send <= 7; send += 1) {
      const ports = world.ports[0] ?? { grpc: 0, http: 0, callbacks: 0 };
      told.push(
        ...(await rawAnswers(ports, "sendPasscode", { destination: { case: "phoneNumber", value } })),
      );
    }
    return told.join("\n\n").replaceAll(/A[\w-]{43}/g, "<session>");
  }

  it("is told by no byte of an answer a day later, nor by when which limit refuses", async () => {
    const [known, unknown] = [newNumber(), newNumber()];
    await approvedAt(known);
    nowMs += dayMs;

    const toldOfKnown = await toldOfSends(known);
    const toldOfUnknown = await toldOfSends(unknown);

    expect(toldOfKnown).toBe(toldOfUnknown);
    expect(toldOfKnown).toContain("<session>");
    expect(toldOfKnown).toContain("SEND_LIMIT");
    expect(toldOfKnown).toMatch(/retry-after: \d+/);
  });
});

describe.each(["memory", "Redis"] as const)("A wrong code, on %s,", (store) => {
  let world: World;
  beforeAll(async () => {
    world = await World.start(store);
  });
  afterAll(() => world.end());

  it("is told of in the same words, whether the code, the purpose or the transaction is wrong", async () => {
    const opened = { purpose: "payment", transaction: { amount: "12.00 EUR" } };
    const session = await world.open(opened);
    const { sessionId, code } = session;
    const wrong = [
      { ...opened, code: wrongCode(code) },
      { ...opened, code, purpose: "login" },
      { ...opened, code, transaction: { amount: "120.00 EUR" } },
      { code: wrongCode(code) },
    ];

    const told = [];
    for (const claimed of wrong) told.push(await world.way(1).verifyPasscode({ sessionId, ...claimed }));

    const [first] = told;
    for (const [index, answer] of told.entries()) {
      expect(answer).toEqual({ ...first, attemptCount: index + 1, attemptsRemaining: 4 - index });
    }
  });
});
