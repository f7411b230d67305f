import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { embeddedConfig } from "../../src/config/embedded.ts";
import { systemRandom } from "../../src/random.ts";
import { startService, type TestService } from "../support/service.ts";
import { outcomeOf } from "./outcome.ts";
import { stores, World } from "./world.ts";

const { keys } = embeddedConfig(systemRandom);

describe.each(stores)("A session id with its right code, from a service on %s,", (store) => {
  let world: World;
  let keysAlone: TestService;
  beforeAll(async () => {
    world = await World.start(store, { keys });
    keysAlone = await startService({ keys });
  });
  afterAll(async () => {
    await world.end();
    await keysAlone.stop();
  });

  it("proves nothing to a service that has the keys and not the record", async () => {
    const { sessionId, code, phoneNumber } = await world.open();
    const { grpc, connect } = keysAlone.clients;
    const destination = { case: "phoneNumber", value: phoneNumber } as const;

    expect(await outcomeOf(grpc.verifyPasscode({ sessionId, code }))).toBe("SESSION_NOT_FOUND");
    expect(await outcomeOf(connect.sendPasscode({ sessionId, destination }))).toBe("SESSION_NOT_FOUND");
    expect(await outcomeOf(world.way(1).verifyPasscode({ sessionId, code }))).toBe("APPROVED");
  });
});
