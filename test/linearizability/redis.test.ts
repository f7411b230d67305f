import { afterAll, beforeAll, describe, test } from "vitest";
import { replaceScript } from "../../src/store/redis-scripts.ts";
import { Relay } from "../attack/relay.ts";
import { type RedisServer, startRedis } from "../support/redis.ts";
import { type Instances, startInstances } from "./instances.ts";
import { again, type Fault, weather } from "./storm.ts";

let redis: RedisServer;
let relay: Relay;
let instances: Instances;

beforeAll(async () => {
  redis = await startRedis(["appendonly yes", "appendfsync always"]);
  relay = await Relay.to(redis.port);
  const url = `redis://127.0.0.1:${relay.port}`;
  instances = await startInstances({ kind: "single", url });
});
afterAll(async () => {
  await instances?.stop();
  await relay?.close();
  await redis?.stop();
});

/** Runs commands of an operator. */
function told(...commands: string[]): () => Promise<void> {
  return async () => {
    for (const command of commands) await redis.command(...command.split(" "));
  };
}

const nothing = () => {};

/** Some callers are left without an answer in these. */
const outages: [string, Fault][] = [
  ["Redis is frozen", { begin: () => redis.pause(), end: () => redis.resume() }],
  ["Redis lets its clients wait", { begin: told("CLIENT PAUSE 60000 WRITE"), end: told("CLIENT UNPAUSE") }],
  [
    "Redis is killed, and started again with what it had",
    { begin: () => redis.kill(), end: () => redis.restart() },
  ],
  ["the network to Redis is cut", { begin: () => relay.cut(), end: () => relay.mend() }],
  ["the answers of Redis are lost", { begin: () => relay.loseAnswers(), end: () => relay.mend() }],
  [
    "connections break at the answer to a replacement, again and again",
    { begin: nothing, again: () => relay.breakAtAnswerTo(replaceScript.sha), end: () => relay.mend() },
  ],
  [
    "Redis cuts its connections, again and again",
    { begin: nothing, again: told("CLIENT KILL TYPE normal"), end: nothing },
  ],
  [
    "Redis is made a replica, and a primary again",
    { begin: told("REPLICAOF 127.0.0.1 1"), end: told("REPLICAOF NO ONE") },
  ],
  [
    "Redis wants replicas it does not have",
    { begin: told("CONFIG SET min-replicas-to-write 1"), end: told("CONFIG SET min-replicas-to-write 0") },
  ],
  [
    "Redis has no memory left",
    { begin: told("CONFIG SET maxmemory 1"), end: told("CONFIG SET maxmemory 0") },
  ],
];

describe("Every destination's calls have one order that the rules explain", () => {
  test.each(outages)("while %s", async (_, fault) => {
    await again(() => weather(instances, fault, { unanswered: 6 }));
  });

  test("while Redis forgets its scripts, again and again", async () => {
    const fault = { begin: nothing, again: told("SCRIPT FLUSH"), end: nothing };
    await again(() => weather(instances, fault, { unanswered: 0 }));
  });

  test("while callers give up after a few milliseconds", async () => {
    const none = { begin: nothing, end: nothing };
    await again(() => weather(instances, none, { unanswered: 1, hurries: true }));
  });
});
