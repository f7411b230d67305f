import { afterEach, describe, test } from "vitest";
import { type RedisServer, startRedisCluster, startRedisSentinels } from "../support/redis.ts";
import { startInstances } from "./instances.ts";
import { areInStep, isPrimary } from "./replication.ts";
import { again, type Fault, weather } from "./storm.ts";

const ends: (() => Promise<void>)[] = [];
const endAll = async () => {
  for (const end of ends.splice(0).reverse()) await end();
};
afterEach(endAll);

/** How the primary goes, and what comes of it once it is replaced. */
interface Loss {
  lose(primary: RedisServer): Promise<void>;
  comeBack?(primary: RedisServer): Promise<void>;
}

const killed: Loss = { lose: (primary) => primary.kill() };
const frozen: Loss = {
  lose: async (primary) => primary.pause(),
  comeBack: async (primary) => {
    primary.resume();
    await primary.command("CLIENT", "UNPAUSE");
  },
};

/** The primary is lost when its replica has everything that it has acknowledged. */
function replaced(primary: RedisServer, replica: RedisServer, { lose, comeBack }: Loss): Fault {
  return {
    begin: async () => {
      await primary.command("CLIENT", "PAUSE", "60000", "WRITE");
      await areInStep(primary, replica);
      await lose(primary);
    },
    end: async () => {
      await isPrimary(replica);
      await comeBack?.(primary);
    },
  };
}

async function inCluster(loss: Loss): Promise<void> {
  const cluster = await startRedisCluster();
  ends.push(() => cluster.stop());
  const [primary] = cluster.servers;
  const replica = await cluster.addReplica(primary);
  const instances = await startInstances({ kind: "cluster", urls: cluster.urls });
  ends.push(() => instances.stop());
  await weather(instances, replaced(primary, replica, loss), { unanswered: 6 });
}

async function underSentinel(loss: Loss): Promise<void> {
  const { primary, replica, sentinel, name, stop } = await startRedisSentinels();
  ends.push(stop);
  const nodes = [{ host: "127.0.0.1", port: sentinel.port }];
  const instances = await startInstances({ kind: "sentinel", name, nodes });
  ends.push(() => instances.stop());
  await weather(instances, replaced(primary, replica, loss), { unanswered: 6 });
}

describe("Every destination's calls have one order that the rules explain while a primary that its replica is in step with", () => {
  test.each<[string, (loss: Loss) => Promise<void>, Loss]>([
    ["is killed in a Redis Cluster", inCluster, killed],
    ["is killed under Sentinel", underSentinel, killed],
    ["is frozen under Sentinel, replaced, and awakes", underSentinel, frozen],
  ])("%s", async (_, run, loss) => {
    await again(() => run(loss).finally(endAll));
  });
});
