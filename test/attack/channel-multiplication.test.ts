import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Channel, Status, StatusReason } from "../../gen/passcode/v1/session_pb.ts";
import { wrongCode } from "../support/service.ts";
import { refusalOf } from "./outcome.ts";
import { stores, World } from "./world.ts";

describe.each(stores)("The channels of one destination, on %s", (store) => {
  let world: World;
  beforeAll(async () => {
    world = await World.start(store);
  });
  afterAll(() => world.end());

  it("share the tries of a session", async () => {
    const { sessionId, code, phoneNumber } = await world.open({ channel: Channel.SMS });
    for (const step of [1, 2, 3]) {
      await world.way(step).verifyPasscode({ sessionId, code: wrongCode(code, step) });
    }
    const destination = { case: "phoneNumber", value: phoneNumber } as const;
    await world.way(1).sendPasscode({ destination, sessionId, channel: Channel.VOICE });

    await world.way(2).verifyPasscode({ sessionId, code: wrongCode(code, 4) });
    const fifth = await world.way(3).verifyPasscode({ sessionId, code: wrongCode(code, 5) });

    expect(fifth.status).toBe(Status.REJECT);
    expect(fifth.reason).toBe(StatusReason.ATTEMPTS_EXHAUSTED);
  });

  it("share the send limit", async () => {
    const phoneNumber = world.freshPhone();
    await world.open({ phoneNumber, channel: Channel.SMS });
    await world.open({ phoneNumber, channel: Channel.VOICE });
    await world.open({ phoneNumber, channel: Channel.SMS });
    await world.open({ phoneNumber, channel: Channel.VOICE });
    await world.open({ phoneNumber, channel: Channel.SMS });

    expect(await world.open({ phoneNumber, channel: Channel.SMS }).catch(refusalOf)).toBe("SEND_LIMIT");
    expect(await world.open({ phoneNumber, channel: Channel.VOICE }).catch(refusalOf)).toBe("SEND_LIMIT");
  });

  it("share the cooldown", async () => {
    const { sessionId, code, phoneNumber } = await world.open({ channel: Channel.VOICE });
    for (const step of [1, 2, 3, 4, 5]) {
      await world.way(step).verifyPasscode({ sessionId, code: wrongCode(code, step) });
    }

    expect(await world.open({ phoneNumber, channel: Channel.SMS }).catch(refusalOf)).toBe("COOLDOWN");
    expect(await world.open({ phoneNumber, channel: Channel.VOICE }).catch(refusalOf)).toBe("COOLDOWN");
  });
});
