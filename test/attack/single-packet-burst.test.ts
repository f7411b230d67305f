import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { effort } from "../proof/effort.ts";
import { wrongCode } from "../support/service.ts";
import { BurstConnection } from "./burst.ts";
import { tally } from "./outcome.ts";
import { type OpenSession, World } from "./world.ts";

const guessesPerConnection = 200;
const rounds = Array.from({ length: Math.min(50, 5 * effort) }, (_, index) => index + 1);

describe.each(["memory", "Redis"] as const)("Guesses that arrive in one packet, on %s", (store) => {
  let world: World;
  /** One to each port of each instance, for both servers speak gRPC. */
  let connections: BurstConnection[];
  beforeAll(async () => {
    world = await World.start(store);
    const ports = world.ports.flatMap(({ grpc, http }) => [grpc, http]);
    connections = await Promise.all(ports.map((port) => BurstConnection.to(port)));
  });
  afterAll(async () => {
    for (const connection of connections) connection.close();
    await world.end();
  });

  /** Has the guesses arrive at one instant, on each connection as many; the first has the code `firstStep` after the right one. */
  async function burst({ sessionId, code }: OpenSession, firstStep: number, on = connections) {
    const bursts = await Promise.all(
      on.map((connection, at) =>
        connection.prepare(
          Array.from({ length: guessesPerConnection }, (_, index) => ({
            sessionId,
            code: wrongCode(code, firstStep + at * guessesPerConnection + index),
          })),
        ),
      ),
    );
    for (const { release } of bursts) release();
    return await tally(bursts.flatMap(({ outcomes }) => outcomes));
  }

  async function expectFiveCounted(session: OpenSession): Promise<void> {
    expect(await world.attempts(session)).toBe(5);
    if (store !== "Redis") return;
    const stored = await world.storedLedger(session);
    expect(stored?.strange.failures).toHaveLength(5);
    const rights = stored?.sessions.map(({ comparisons }) => comparisons.map(({ right }) => right));
    expect(rights).toEqual([Array(5).fill(false)]);
  }

  it.each(rounds)("on one connection are compared five times, in round %i", async (round) => {
    const session = await world.open();
    const connection = connections.slice(round % connections.length).slice(0, 1);

    const outcomes = await burst(session, 1, connection);

    expect(outcomes).toEqual({ WRONG_CODE: 4, ATTEMPTS_EXHAUSTED: 6, VERIFY_LIMIT: 190 });
    await expectFiveCounted(session);
  });

  it.each(rounds)("on every port at once are compared five times, in round %i", async () => {
    const session = await world.open();

    const outcomes = await burst(session, 1);

    const refused = connections.length * guessesPerConnection - 10;
    expect(outcomes).toEqual({ WRONG_CODE: 4, ATTEMPTS_EXHAUSTED: 6, VERIFY_LIMIT: refused });
    await expectFiveCounted(session);
  });

  it.each(rounds)("and are all right are approved once, in round %i", async () => {
    const { sessionId, code } = await world.open();
    const right = Array.from({ length: 100 }, () => ({ sessionId, code }));
    const bursts = await Promise.all(connections.map((connection) => connection.prepare(right)));

    for (const { release } of bursts) release();

    const outcomes = await tally(bursts.flatMap(({ outcomes }) => outcomes));
    const refused = connections.length * 100 - 10;
    expect(outcomes).toEqual({ APPROVED: 1, SESSION_APPROVED: 9, VERIFY_LIMIT: refused });
    expect(await world.attempts({ sessionId })).toBe(1);
  });
});
