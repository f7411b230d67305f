import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { codeIn } from "../support/service.ts";
import { outcomeOf } from "./outcome.ts";
import { World } from "./world.ts";

describe("A send whose provider took the message and never answers", () => {
  let nowMs = Date.UTC(2026, 0, 1);
  const taken = Promise.withResolvers<void>();
  let world: World;
  beforeAll(async () => {
    const clock = { nowMs: () => nowMs };
    world = await World.start("memory", {}, { instances: [{ clock, beforeAccepted: () => taken.promise }] });
  });
  afterAll(async () => {
    taken.resolve();
    await world.end();
  });

  it("is under way for 90 seconds, then failed without an answer, and never sent again", async () => {
    const request = {
      destination: { case: "phoneNumber", value: world.freshPhone() },
      requestId: randomUUID(),
    } as const;
    const first = world.way(0).sendPasscode(request);
    const [message] = await vi.waitUntil(() => world.messages.length > 0 && world.messages);

    const meanwhile = await outcomeOf(world.way(1).sendPasscode(request));
    nowMs += 90_000;
    const lastMoment = await outcomeOf(world.way(1).sendPasscode(request));
    nowMs += 1;
    const afterwards = await outcomeOf(world.way(1).sendPasscode(request));
    taken.resolve();
    const { sessionId } = await first;
    const settled = await world.way(1).sendPasscode(request);
    const verified = await outcomeOf(world.way(0).verifyPasscode({ sessionId, code: codeIn(message) }));

    expect([meanwhile, lastMoment, afterwards]).toEqual([
      "REQUEST_IN_PROGRESS",
      "REQUEST_IN_PROGRESS",
      "DELIVERY_FAILED",
    ]);
    expect(settled.sessionId).toBe(sessionId);
    expect(world.messages).toHaveLength(1);
    expect(verified).toBe("APPROVED");
  });
});
