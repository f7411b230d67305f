import { createSecretKey, randomBytes, randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DeliveryState } from "../../gen/passcode/v1/session_pb.ts";
import type { Config, ProviderSettings } from "../../src/config/config.ts";
import { type Answer, type RecordingServer, startRecordingServer } from "../e2e/recording-server.ts";
import { failureOf } from "../support/failure.ts";
import type { SeenRequest } from "../support/faulty-http-server.ts";
import { profileWith } from "../support/service.ts";
import { outcomeOf } from "./outcome.ts";
import { World } from "./world.ts";

/** A provider's own patience in these tests, in milliseconds. */
const timeoutMs = 300;

/** Takes every message, and says so when nobody listens any more. */
let late: RecordingServer;
let prompt: RecordingServer;
beforeAll(async () => {
  late = await startRecordingServer(async () => undefined);
  prompt = await startRecordingServer(async (): Promise<Answer> => ({ status: 202 }));
});
afterAll(async () => {
  await Promise.all([late.close(), prompt.close()]);
});

function gatewayAt({ url }: RecordingServer): ProviderSettings {
  const secret = createSecretKey(randomBytes(32));
  return {
    kind: "webhook",
    url: `${url}/messages`,
    secret,
    channels: ["sms"],
    timeoutMs,
    connectTimeoutMs: timeoutMs,
  };
}

function lateThenPrompt(afterNoAnswer: "stop" | "next"): Partial<Config> {
  const steps = ["late", "prompt"].map((name) => ({ providers: [{ name, weight: 1 }] }));
  return {
    providers: new Map([
      ["late", gatewayAt(late)],
      ["prompt", gatewayAt(prompt)],
    ]),
    ...profileWith({ afterNoAnswer, channels: new Map([["sms", steps]]) }),
  };
}

interface Handed {
  readonly to: string;
  readonly reference: string;
  readonly code: string | undefined;
}

function handedTo({ requests }: RecordingServer, to: string): Handed[] {
  const messages = requests.map(
    ({ body }: SeenRequest) => JSON.parse(body) as { to: string; reference: string; text: string },
  );
  return messages
    .filter((message) => message.to === to)
    .map(({ to, reference, text }) => ({ to, reference, code: /\d{6}/.exec(text)?.[0] }));
}

let numbers = 0;
/** Nobody else is sent anything at it: the worlds share the gateways. */
function destinationOf(store: string) {
  numbers += 1;
  return {
    case: "phoneNumber",
    value: `+4179${store === "Redis" ? 8_100_000 + numbers : 8_000_000 + numbers}`,
  } as const;
}

describe.each(["memory", "Redis"] as const)(
  "A provider that takes a message and answers too late, on %s,",
  (store) => {
    it("is the only one to get it, and the send fails as one that may have arrived", async () => {
      const world = await World.start(store, lateThenPrompt("stop"));
      const request = { destination: destinationOf(store), requestId: randomUUID() };
      const failed = await failureOf(world.way(0).sendPasscode(request));
      const repeated = await Promise.all(
        world.together(8, (client) => failureOf(client.sendPasscode(request))),
      );
      const [handed, ...more] = handedTo(late, request.destination.value);
      const sessionId = failed.metadata["session_id"] ?? "";
      const { session } = await world.way(1).getSession({ sessionId });
      const verified = await outcomeOf(world.way(1).verifyPasscode({ sessionId, code: handed?.code ?? "" }));
      await world.end();

      expect(failed).toMatchObject({
        reason: "DELIVERY_FAILED",
        metadata: { failure: "NO_ANSWER", provider: "late" },
      });
      expect(new Set(repeated.map(({ reason }) => reason))).toEqual(new Set(["DELIVERY_FAILED"]));
      expect(more).toEqual([]);
      expect(handedTo(prompt, request.destination.value)).toEqual([]);
      expect(session?.deliveries).toMatchObject([{ provider: "late", state: DeliveryState.UNKNOWN }]);
      // What may have arrived has to be good.
      expect(verified).toBe("APPROVED");
    });

    it("is followed by the next where the profile says so: with the same code, and as the same send", async () => {
      const world = await World.start(store, lateThenPrompt("next"));
      const request = { destination: destinationOf(store), requestId: randomUUID() };
      const sent = await world.way(0).sendPasscode(request);
      const repeated = await Promise.all(world.together(8, (client) => client.sendPasscode(request)));
      const handed = [late, prompt].map((gateway) => handedTo(gateway, request.destination.value));
      const { session } = await world.way(1).getSession({ sessionId: sent.sessionId });
      const { sessionId } = sent;
      const [code = ""] = handed.flat().map(({ code }) => code);
      const verified = await outcomeOf(world.way(1).verifyPasscode({ sessionId, code }));
      await world.end();

      expect(sent.sendsRemaining).toBe(4);
      expect(repeated).toEqual(Array(8).fill(sent));
      expect(handed.map(({ length }) => length)).toEqual([1, 1]);
      expect(new Set(handed.flat().map(({ code }) => code)).size).toBe(1);
      // Each provider knows it by a name of its own, so that neither can report for the other.
      expect(new Set(handed.flat().map(({ reference }) => reference)).size).toBe(2);
      expect(session?.deliveries).toMatchObject([{ provider: "prompt", state: DeliveryState.ACCEPTED }]);
      expect(verified).toBe("APPROVED");
    });
  },
);
