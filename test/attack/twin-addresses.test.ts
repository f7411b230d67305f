import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Channel } from "../../gen/passcode/v1/session_pb.ts";
import { codeIn } from "../support/service.ts";
import { outcomeOf } from "./outcome.ts";
import { stores, World } from "./world.ts";

/** Addresses that share their limits with the first, and may be other people's. */
const twins: readonly (readonly [kind: "email" | "phoneNumber", opened: string, twin: string])[] = [
  ["email", "ann@corp.example", "ann+lee@corp.example"],
  ["email", "bob+lee@corp.example", "bob@corp.example"],
  ["email", "eve@corp.example", "Eve@corp.example"],
  ["email", "IDA@corp.example", "ida@corp.example"],
  ["email", "kim.lee@gmail.com", "kimlee@gmail.com"],
  ["email", "roylee@gmail.com", "roylee@googlemail.com"],
  ["phoneNumber", "+5491123456781", "+541123456781"],
  ["phoneNumber", "+541123456782", "+5491123456782"],
];

describe.each(stores)("The code of a session, on %s,", (store) => {
  let world: World;
  beforeAll(async () => {
    world = await World.start(store);
  });
  afterAll(() => world.end());

  it.each(twins)(
    "is not sent to a twin of its %s, and nothing is counted: %s to %s",
    async (kind, to, twin) => {
      // Of the number with and without the 9, at least calls reach both.
      const channel = kind === "email" ? Channel.EMAIL : Channel.VOICE;
      const opening = { destination: { case: kind, value: to } as const, channel };
      const { sessionId, sendsRemaining } = await world.way(0).sendPasscode(opening);
      const before = world.messages.length;

      const stolen = await outcomeOf(
        world.way(1).sendPasscode({ ...opening, sessionId, destination: { case: kind, value: twin } }),
      );

      expect(stolen).toBe("SESSION_MISMATCH");
      expect(world.messages).toHaveLength(before);
      const again = await world.way(1).sendPasscode({ ...opening, sessionId });
      expect(again.sendsRemaining).toBe(sendsRemaining - 1);
      const code = codeIn(world.messagesTo(to).at(-1));
      expect(await outcomeOf(world.way(1).verifyPasscode({ sessionId, code }))).toBe("APPROVED");
    },
  );

  it("is sent again to the same mailbox, however its domain is written", async () => {
    const destination = { case: "email", value: "Lee@Corp.example" } as const;
    const { sessionId } = await world.way(0).sendPasscode({ destination });
    const again = { case: "email", value: "Lee@corp.EXAMPLE" } as const;
    expect(await outcomeOf(world.way(1).sendPasscode({ destination: again, sessionId }))).toBe("PENDING");
    expect(world.messagesTo("Lee@corp.example")).toHaveLength(2);
  });
});
