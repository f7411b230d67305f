import { createHash } from "node:crypto";
import { afterEach, describe, expect, test } from "vitest";
import type { Config, ProviderSettings } from "../../src/config/config.ts";
import { startService, type TestService } from "../support/service.ts";
import { transports } from "./wire.ts";

const started: TestService[] = [];
afterEach(async () => {
  await Promise.all(started.splice(0).map((service) => service.stop()));
});

/** A service whose outbox takes messages and says so only once `accept` is called; `reached` waits for one. */
async function slowService(changes: Partial<Config>) {
  const gate = Promise.withResolvers<void>();
  const first = Promise.withResolvers<void>();
  const service = await startService(changes, {
    beforeAccepted: () => {
      first.resolve();
      return gate.promise;
    },
  });
  started.push(service);
  return { service, accept: gate.resolve, reached: first.promise };
}

const sendTo = (number: string) => ({ destination: { case: "phoneNumber", value: number } }) as const;
const [one, other] = [sendTo("+41791234567"), sendTo("+41791234568")];

describe.each(transports)("over %s", (_, call) => {
  test("more sends in hand than an API key may have are refused before they count, and its alone", async () => {
    const keys = ["ann", "ben"].map((name) => ({
      name,
      sha256: createHash("sha256").update(name).digest("hex"),
      ...(name === "ann" && { sendsInHandMax: 1 }),
    }));
    const { service, accept, reached } = await slowService({ apiKeys: keys, sendsInHandMax: 2 });
    const by = (name: string) => ({ headers: { authorization: `Bearer ${name}` } });
    const inHand = call(service, "sendPasscode", one, by("ann"));
    await reached;
    const refused = await call(service, "sendPasscode", other, by("ann"));
    expect(refused).toMatchObject({
      code: "resource_exhausted",
      reason: "BUSY",
      metadata: { scope: "apiKey" },
      retryDelayMs: 1_000,
      retryAfter: "1",
    });
    const others = call(service, "sendPasscode", other, by("ben"));
    accept();
    expect((await inHand).code).toBe("ok");
    // What was refused is not among the sends of this destination.
    expect((await others).response).toMatchObject({ sendsRemaining: 4 });
    expect((await call(service, "sendPasscode", other, by("ann"))).code).toBe("ok");
    expect(service.messages).toHaveLength(3);
  });

  test("without API keys all callers have the one bound", async () => {
    const { service, accept, reached } = await slowService({ sendsInHandMax: 1 });
    const inHand = call(service, "sendPasscode", one);
    await reached;
    expect(await call(service, "sendPasscode", other)).toMatchObject({
      reason: "BUSY",
      metadata: { scope: "apiKey" },
    });
    accept();
    await inHand;
  });

  test("a send for which no provider has room was not sent, does not count, and is tried again when repeated", async () => {
    const queue = { concurrency: 1, queueMax: 0 };
    const outbox: ProviderSettings = { kind: "outbox", queue };
    const { service, accept, reached } = await slowService({ providers: new Map([["outbox", outbox]]) });
    const inHand = call(service, "sendPasscode", one);
    await reached;
    const request = { ...other, requestId: "6f9619ff-8b86-4011-b42d-00c04fc964ff" };
    for (let times = 0; times < 6; times++) {
      const refused = await call(service, "sendPasscode", request);
      expect(refused).toMatchObject({
        code: "resource_exhausted",
        reason: "BUSY",
        retryDelayMs: 1_000,
        retryAfter: "1",
      });
      // No session is left behind that it could name.
      expect(refused.metadata).toEqual({ scope: "provider" });
    }
    accept();
    await inHand;
    expect((await call(service, "sendPasscode", request)).response).toMatchObject({ sendsRemaining: 4 });
    expect(service.messages).toHaveLength(2);
  });
});
