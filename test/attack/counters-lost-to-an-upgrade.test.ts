import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { redisKeyPrefix } from "../../src/store/redis-scripts.ts";
import { fixedSecret } from "../ledger/ledgers.ts";
import { type RedisServer, startRedis } from "../support/redis.ts";
import { codeIn, startService, type TestService, wrongCode } from "../support/service.ts";
import { outcomeOf } from "./outcome.ts";

/*
 * With other keys in Redis, a new release would find no counters, and everybody would
 * begin anew. So the keys that these secrets make of this destination are written down.
 */

const keys = { index: fixedSecret("index"), codes: [{ id: 1, secret: fixedSecret("code 1") }] };
const destination = { case: "phoneNumber", value: "+4915112345678" } as const;
const requestId = "9b2f6f0e-3c52-4b87-9d3a-6a1f6e7d2c10";

describe("What a service keeps in Redis", () => {
  let redis: RedisServer;
  let service: TestService;
  const start = () => {
    const topology = { kind: "single", url: redis.url } as const;
    return startService({ keys, store: { kind: "redis", topology, tls: false, timeoutMs: 5_000 } });
  };
  beforeAll(async () => {
    redis = await startRedis();
    service = await start();
  });
  afterAll(async () => {
    await service?.stop();
    await redis?.stop();
  });

  it("is under these keys, release after release", async () => {
    await service.clients.grpc.sendPasscode({ destination, requestId });
    const found = (await redis.command("KEYS", "*")) as string[];
    expect(found.sort()).toEqual([
      "passcode:1:ledger:luksDEQ0ifvwCPQrRX-0PQ",
      "passcode:1:request:yOQb599Ycf4PZHdFWfUC0Q",
      "passcode:1:settings:agreed",
    ]);
    expect(found.every((key) => key.startsWith(redisKeyPrefix))).toBe(true);
  });

  it("counts on when the service starts again", async () => {
    const { sessionId } = await service.clients.grpc.sendPasscode({ destination });
    const code = codeIn(service.messages.at(-1));
    for (const step of [1, 2, 3, 4]) {
      await service.clients.grpc.verifyPasscode({ sessionId, code: wrongCode(code, step) });
    }
    await service.stop();
    service = await start();
    const fifth = service.clients.connect.verifyPasscode({ sessionId, code: wrongCode(code, 5) });
    expect(await outcomeOf(fifth)).toBe("ATTEMPTS_EXHAUSTED");
    expect(await outcomeOf(service.clients.grpc.sendPasscode({ destination }))).toBe("COOLDOWN");
  });
});
