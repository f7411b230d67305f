import { expect, test } from "vitest";
import { piecesMax, portBounds } from "../../src/rpc/port-bounds.ts";

/** What the README promises of the ports. */
test("the ports' usual bounds are these", () => {
  expect(portBounds).toEqual({
    connectionsMax: 4_000,
    patienceMs: 10_000,
    idleMs: 300_000,
    keepAliveMs: 620_000,
    streamsMax: 250,
    requestsMax: 2_000,
    pipelinedMax: 10,
    headerBytesMax: 16_384,
    controlFramesMax: 10_000,
    bytesMax: 16_777_216,
    watchersMax: 500,
  });
  expect(piecesMax).toBe(1_024);
});
