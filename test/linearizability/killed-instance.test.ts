import { afterAll, beforeAll, test } from "vitest";
import { replaceScript } from "../../src/store/redis-scripts.ts";
import { Relay } from "../attack/relay.ts";
import { type RedisServer, startRedis } from "../support/redis.ts";
import { ProcessInstances } from "./instances.ts";
import { again, type Fault, weather } from "./storm.ts";

const instances = new ProcessInstances();
let redis: RedisServer;
/** Only the instance to be killed goes by it. */
let relay: Relay;
let relayUrl: string;

beforeAll(async () => {
  redis = await startRedis();
  relay = await Relay.to(redis.port);
  relayUrl = `redis://127.0.0.1:${relay.port}`;
  await Promise.all([instances.start(relayUrl), instances.start(redis.url)]);
});
afterAll(async () => {
  await instances.stop();
  await relay?.close();
  await redis?.stop();
});

/** Kills an instance that has asked for a record to be replaced: it is replaced, and nobody hears of it. */
const killing: Fault = {
  begin: () =>
    new Promise((resolve) => {
      relay.before(replaceScript.sha, () => resolve(instances.kill(relayUrl)));
    }),
  end: () => instances.start(relayUrl),
};

test("Every destination's calls have one order that the rules explain while an instance is killed, and another takes its place", async () => {
  await again(() => weather(instances, killing, { unanswered: 1 }));
});
