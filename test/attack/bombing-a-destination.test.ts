import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Channel } from "../../gen/passcode/v1/session_pb.ts";
import { defaultPolicy } from "../../src/ledger/policy.ts";
import { failureOf } from "../support/failure.ts";
import { profileWith } from "../support/service.ts";
import { outcomeOf, tally } from "./outcome.ts";
import { World } from "./world.ts";

// Written out here: with the numbers of the product, a wrong one would go unseen.
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** A phone is reached by both, a mailbox by the third. */
const channels = [Channel.SMS, Channel.VOICE];

/** A different person each, on a device of their own. */
function endUser(index: number) {
  const ipAddress =
    index % 2 === 0 ? `2001:db8:${index.toString(16)}::1` : `192.0.${index >> 8}.${index & 255}`;
  return { ipAddress, deviceId: `device ${index}` };
}

/** The most instants that lie in any span of the length; the span is open at one end. */
function mostWithin(instants: readonly number[], spanMs: number): number {
  return Math.max(
    0,
    ...instants.map((from) => instants.filter((at) => at >= from && at < from + spanMs).length),
  );
}

describe.each(["memory", "Redis"] as const)(
  "A thousand people who ask for codes to one destination at once, on %s,",
  (store) => {
    let world: World;
    beforeAll(async () => {
      world = await World.start(store);
    });
    afterAll(() => world.end());

    it("have it called and written to five times in all", async () => {
      const destination = { case: "phoneNumber", value: world.freshPhone() } as const;
      const asked = world.together(1_000, (client, index) => {
        const purpose = ["login", "transfer", "recovery"][index % 3] ?? "";
        const channel = channels[index % 2] ?? Channel.SMS;
        return outcomeOf(client.sendPasscode({ destination, channel, purpose, endUser: endUser(index) }));
      });
      expect(await tally(asked)).toEqual({ PENDING: 5, SEND_LIMIT: 995 });
      expect(world.messagesTo(destination.value)).toHaveLength(5);
    });

    it("have it written to five times in all however its address is spelt", async () => {
      const asked = world.together(200, (client, index) => {
        const value = `${index % 2 === 0 ? "K.i.m" : "kim"}+${index}@${index % 3 === 0 ? "GMAIL" : "gmail"}.com`;
        return outcomeOf(
          client.sendPasscode({ destination: { case: "email", value }, endUser: endUser(index) }),
        );
      });
      expect(await tally(asked)).toEqual({ PENDING: 5, SEND_LIMIT: 195 });
      expect(world.messages.filter(({ channel }) => channel === "email")).toHaveLength(5);
    });
  },
);

describe.each(["memory", "SQLite"] as const)(
  "Somebody who asks at every instant that is free, on %s,",
  (store) => {
    let nowMs = Date.UTC(2026, 0, 1);
    let world: World;
    beforeAll(async () => {
      world = await World.start(store, {}, { instances: [{ clock: { nowMs: () => nowMs } }] });
    });
    afterAll(() => world.end());

    it("has no minute, hour or day of three hold more messages than its limit", async () => {
      const destination = { case: "phoneNumber", value: world.freshPhone() } as const;
      const endMs = nowMs + 3 * dayMs;
      for (let step = 0; nowMs < endMs; step++) {
        const ask = () => {
          const channel = channels[step % 2] ?? Channel.SMS;
          return world.way(step).sendPasscode({ destination, channel, endUser: endUser(step) });
        };
        if ((await outcomeOf(ask())) === "PENDING") continue;
        const { metadata } = await failureOf(ask());
        const freeMs = Date.parse(metadata["retry_time"] ?? "");
        nowMs = freeMs - 1;
        expect(await outcomeOf(ask())).toBe("SEND_LIMIT");
        nowMs = freeMs;
      }

      const messages = world.messagesTo(destination.value).map(({ time }) => Date.parse(time));
      expect(mostWithin(messages, minuteMs)).toBe(5);
      expect(mostWithin(messages, hourMs)).toBe(10);
      expect(mostWithin(messages, dayMs)).toBe(30);
      expect(messages).toHaveLength(90);
    });
  },
);

describe("On Redis, whose clock nobody sets,", () => {
  // Sessions that nobody has tried keep a guess of the budget each, which is not what this is about.
  const cap = { sendsPerMinute: 30, sendsPerHour: 30, sendsPerDay: 30, guessesPerDay: 100 };

  it.each([
    ["hour", { ...cap, sendsPerHour: 10 }, 10],
    ["day", cap, 30],
  ])("a burst is cut off at the limit of the %s", async (_, limits, limit) => {
    const policies = { base: { ...defaultPolicy, ...limits }, named: new Map() };
    const world = await World.start("Redis", profileWith({ policies }));
    try {
      const destination = { case: "phoneNumber", value: world.freshPhone() } as const;
      const asked = world.together(100, (client, index) => {
        const channel = channels[index % 2] ?? Channel.SMS;
        return outcomeOf(client.sendPasscode({ destination, channel, endUser: endUser(index) }));
      });
      expect(await tally(asked)).toEqual({ PENDING: limit, SEND_LIMIT: 100 - limit });
      expect(world.messagesTo(destination.value)).toHaveLength(limit);
    } finally {
      await world.end();
    }
  });
});
