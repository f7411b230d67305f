import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Channel } from "../../gen/passcode/v1/session_pb.ts";
import { outcomeOf, tally } from "./outcome.ts";
import { stores, World } from "./world.ts";

describe.each(stores)("100 sends to one destination released together, on %s", (store) => {
  let world: World;
  beforeAll(async () => {
    world = await World.start(store);
  });
  afterAll(() => world.end());

  it.each([1, 2, 3])("send five messages, in round %i", async () => {
    const phoneNumber = world.freshPhone();
    const destination = { case: "phoneNumber", value: phoneNumber } as const;

    const outcomes = world.together(100, (client) => outcomeOf(client.sendPasscode({ destination })));

    expect(await tally(outcomes)).toEqual({ PENDING: 5, SEND_LIMIT: 95 });
    expect(world.messagesTo(phoneNumber)).toHaveLength(5);
  });

  it("send five messages over all channels and purposes", async () => {
    const phoneNumber = world.freshPhone();
    const destination = { case: "phoneNumber", value: phoneNumber } as const;

    const outcomes = world.together(100, (client, index) =>
      outcomeOf(
        client.sendPasscode({
          destination,
          channel: [Channel.SMS, Channel.VOICE][index % 2] ?? Channel.SMS,
          purpose: `purpose-${index}`,
        }),
      ),
    );

    expect(await tally(outcomes)).toEqual({ PENDING: 5, SEND_LIMIT: 95 });
    expect(world.messagesTo(phoneNumber)).toHaveLength(5);
  });

  it("send five messages when half of them are resends", async () => {
    const { sessionId, phoneNumber } = await world.open();
    const destination = { case: "phoneNumber", value: phoneNumber } as const;

    const outcomes = world.together(100, (client, index) =>
      outcomeOf(client.sendPasscode({ destination, sessionId: ["", sessionId][(index >> 2) % 2] ?? "" })),
    );

    expect(await tally(outcomes)).toEqual({ PENDING: 4, SEND_LIMIT: 96 });
    expect(world.messagesTo(phoneNumber)).toHaveLength(5);
  });

  it("send five messages when the address is spelt in many ways", async () => {
    const spellings = [
      "victim@example.com",
      "Victim@Example.com",
      "victim+1@example.com",
      "VICTIM+x@EXAMPLE.COM",
    ];

    const outcomes = world.together(100, (client, index) =>
      outcomeOf(
        client.sendPasscode({
          destination: { case: "email", value: spellings[(index >> 2) % spellings.length] ?? "" },
        }),
      ),
    );

    expect(await tally(outcomes)).toEqual({ PENDING: 5, SEND_LIMIT: 95 });
    expect(world.messages.filter(({ channel }) => channel === "email")).toHaveLength(5);
  });
});
