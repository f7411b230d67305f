import { Relay } from "../attack/relay.ts";
import { type RedisServer, startRedis } from "../support/redis.ts";
import { areInStep, isAlone, isOnline } from "./replication.ts";

/**
 * A primary and a replica, and an address that leads to whichever is the primary: how
 * Redis is often run, and where a test says itself when the replica takes over.
 */
export class ReplicatedRedis {
  /** Where the service finds the primary. */
  readonly url: string;
  readonly #primary: RedisServer;
  readonly #replica: RedisServer;
  readonly #address: Relay;
  /** What the replica is told of the primary's changes goes by it. */
  readonly #link: Relay;

  /** Resolves when the replica has all that the primary has. */
  static async start(primarySettings: readonly string[] = []): Promise<ReplicatedRedis> {
    const primary = await startRedis(["repl-diskless-sync-delay 0", ...primarySettings]);
    const address = await Relay.to(primary.port);
    const link = await Relay.to(primary.port);
    const replica = await startRedis([`replicaof 127.0.0.1 ${link.port}`]);
    const redis = new ReplicatedRedis({ primary, replica, address, link });
    await redis.isInStep();
    return redis;
  }

  private constructor(parts: { primary: RedisServer; replica: RedisServer; address: Relay; link: Relay }) {
    this.#primary = parts.primary;
    this.#replica = parts.replica;
    this.#address = parts.address;
    this.#link = parts.link;
    this.url = `redis://127.0.0.1:${parts.address.port}`;
  }

  /** Resolves when the replica has all that the primary has, and the primary counts on it. */
  async isInStep(): Promise<void> {
    await isOnline(this.#primary);
    await areInStep(this.#primary, this.#replica);
  }

  /** The replica hears nothing from now on, and is not heard. Neither knows. */
  silenceReplica(): void {
    this.#link.silence();
  }

  /** The connection between the two is broken, as both know. */
  cutReplicaOff(): void {
    this.#link.cut();
  }

  /** Resolves when the primary, which wants a replica to write, has noticed that it has none. */
  async replicaIsMissed(): Promise<void> {
    await isAlone(this.#primary);
  }

  /** The primary is gone for good, and the replica takes its place with what it has. */
  async failOver(): Promise<void> {
    await this.#primary.kill();
    await this.#replica.command("REPLICAOF", "NO", "ONE");
    this.#address.leadTo(this.#replica.port);
  }

  async stop(): Promise<void> {
    await Promise.all([this.#address.close(), this.#link.close()]);
    await Promise.all([this.#primary.stop(), this.#replica.stop()]);
  }
}
