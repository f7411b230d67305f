import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { MemoryStorage } from "../../src/store/memory-storage.ts";
import { SqliteStorage } from "../../src/store/sqlite-storage.ts";
import { codeIn, startService, type TestService } from "../support/service.ts";
import { outcomeOf, tally } from "./outcome.ts";
import { type OpenSession, World } from "./world.ts";

describe.each([
  ["memory", MemoryStorage],
  ["SQLite", SqliteStorage],
] as const)("While %s takes no writes", (store, Storage) => {
  let world: World;
  let live: OpenSession;
  const full = async () => {
    throw new Error("database or disk is full");
  };
  beforeEach(async () => {
    world = await World.start(store);
    live = await world.open();
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    await world.end();
  });

  it("nothing is sent and nothing compared, and all is well afterwards", async () => {
    const { sessionId, code, phoneNumber } = live;
    const destination = { case: "phoneNumber", value: phoneNumber } as const;
    vi.spyOn(Storage.prototype, "set").mockImplementation(full);

    const outcomes = await tally([
      ...world.together(4, (client) => outcomeOf(client.sendPasscode({ destination }))),
      ...world.together(4, (client) => outcomeOf(client.verifyPasscode({ sessionId, code }))),
    ]);
    const compared = await world.attempts(live);
    vi.restoreAllMocks();
    const verified = await outcomeOf(world.way(0).verifyPasscode({ sessionId, code }));

    expect(outcomes).toEqual({ STORE_UNAVAILABLE: 8 });
    expect(world.messages).toHaveLength(1);
    expect(compared).toBe(0);
    expect(verified).toBe("APPROVED");
  });

  it.each([
    ["the claim of the request", 0, "STORE_UNAVAILABLE", 0],
    ["the count of the send", 1, "STORE_UNAVAILABLE", 0],
    ["the fate of the message", 2, "PENDING", 1],
  ])("from %s on, a message leaves only if it was counted", async (_, writes, outcome, messages) => {
    const phoneNumber = world.freshPhone();
    const destination = { case: "phoneNumber", value: phoneNumber } as const;
    const original = Storage.prototype.set;
    const set = vi.spyOn(Storage.prototype, "set").mockImplementation(full);
    for (let write = 0; write < writes; write += 1) set.mockImplementationOnce(original);

    const sent = await outcomeOf(world.way(0).sendPasscode({ destination, requestId: randomUUID() }));

    expect(sent).toBe(outcome);
    expect(world.messagesTo(phoneNumber)).toHaveLength(messages);
  });
});

describe("A full memory store", () => {
  let service: TestService;
  beforeAll(async () => {
    // Room for what instances agree on, and then for whatever comes first.
    service = await startService({ store: { kind: "memory", bytesMax: 500, timeoutMs: 1_000 } });
  });
  afterAll(() => service.stop());

  it("refuses further destinations rather than forget one, and keeps serving what it has", async () => {
    const first = { case: "phoneNumber", value: "+41791000001" } as const;
    const second = { case: "phoneNumber", value: "+41791000002" } as const;
    const { sessionId } = await service.clients.grpc.sendPasscode({ destination: first });

    const refused = await outcomeOf(service.clients.connect.sendPasscode({ destination: second }));
    const code = codeIn(service.messages[0]);
    const verified = await outcomeOf(service.clients.connect.verifyPasscode({ sessionId, code }));

    expect(refused).toBe("STORE_UNAVAILABLE");
    expect(service.messages).toHaveLength(1);
    expect(verified).toBe("APPROVED");
  });
});
