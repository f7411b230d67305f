import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { systemClock } from "../../src/clock.ts";
import { Deliveries } from "../../src/delivery/deliveries.ts";
import type { Handover, Message, Provider } from "../../src/delivery/provider.ts";
import { createLog } from "../../src/telemetry/log.ts";
import {
  type Behaviour,
  type FaultyHttpServer,
  startFaultyHttpServer,
} from "../support/faulty-http-server.ts";
import { anybody } from "../support/passcodes.ts";

export interface HttpProviderCase {
  /** Names the provider and what it sends. */
  readonly name: string;
  /** A client whose vendor is at `baseUrl` (http, without a slash at its end); its timeouts are at least 500 ms. */
  open(baseUrl: string): Provider | Promise<Provider>;
  /** What is sent: `to` and the code in it must come up in no outcome. */
  readonly message: Message;
  readonly code: string;
  /** How the vendor accepts. */
  readonly accepts: Extract<Behaviour, { kind: "answer" }>;
  /** The message id in that answer, where the vendor gives one. */
  readonly providerMessageId?: string;
}

export const handover: Handover = {
  reference: "AbCd-1234_reference",
  reportUrl: "https://otp.example/reports/vendor/AbCd-1234_reference",
  withinMs: 500,
  connectWithinMs: 300,
};

/** What every client of a vendor's HTTP API does, whatever that API does to it. */
export function httpProviderContract({
  name,
  open,
  message,
  code,
  accepts,
  providerMessageId,
}: HttpProviderCase): void {
  describe(`${name}, whatever the vendor does`, () => {
    let server: FaultyHttpServer;
    let provider: Provider;

    beforeEach(async () => {
      server = await startFaultyHttpServer();
      provider = await open(server.url);
    });
    afterEach(async () => {
      await server.close();
      await provider.close();
    });

    async function sendWhen(behaviour: Behaviour) {
      server.behave(behaviour);
      const outcome = await provider.send(message, handover);
      expect(server.requests).toHaveLength(1);
      const told = JSON.stringify(outcome);
      expect(told).not.toContain(message.to);
      expect(told).not.toContain(code);
      return outcome;
    }

    test("is accepted when the vendor says so", async () => {
      expect(await sendWhen(accepts)).toEqual({
        kind: "accepted",
        ...(providerMessageId !== undefined && { providerMessageId }),
      });
    });

    test("has no answer from a vendor that stays silent", async () => {
      expect(await sendWhen({ kind: "silence" })).toMatchObject({ kind: "noAnswer" });
    });

    test("has no answer from a vendor that closes the connection", async () => {
      expect(await sendWhen({ kind: "reset" })).toMatchObject({ kind: "noAnswer" });
    });

    test("has no answer from a vendor that does not speak HTTP", async () => {
      expect(await sendWhen({ kind: "garbage" })).toMatchObject({ kind: "noAnswer" });
    });

    test("has no answer in a success that says nothing of the vendor's", async () => {
      const body = "<html>Welcome to the Wi-Fi</html>";
      expect(
        await sendWhen({ kind: "answer", status: 200, headers: { "content-type": "text/html" }, body }),
      ).toMatchObject({
        kind: "noAnswer",
      });
    });

    // Of the vendor, of a gateway whose server broke down over the message, of Cloudflare.
    test.each([500, 502, 504, 520, 522, 524])(
      "does not know what became of a message that is answered with %i",
      async (status) => {
        expect(await sendWhen({ kind: "answer", status, body: "<html>error</html>" })).toMatchObject({
          kind: "noAnswer",
        });
      },
    );

    test("finds a vendor overloaded that answers 503", async () => {
      expect(await sendWhen({ kind: "answer", status: 503, body: "<html>error</html>" })).toMatchObject({
        kind: "overloaded",
      });
    });

    test("keeps off for as long as a vendor that throttles asks for", async () => {
      const behaviour: Behaviour = { kind: "answer", status: 429, headers: { "retry-after": "7" }, body: "" };
      expect(await sendWhen(behaviour)).toMatchObject({ kind: "overloaded", retryAfterMs: 7_000 });
    });

    test.each([401, 403])("takes %i for a refusal of the account", async (status) => {
      expect(await sendWhen({ kind: "answer", status, body: "{}" })).toMatchObject({
        kind: "accountRefused",
      });
    });

    test("takes a refusal for one although its text broke off", async () => {
      expect(await sendWhen({ kind: "resetInBody", status: 503, body: "{" })).toMatchObject({
        kind: "overloaded",
      });
    });

    test("follows no redirect", async () => {
      const elsewhere = await startFaultyHttpServer();
      elsewhere.behave(accepts);
      const location = `${elsewhere.url}/elsewhere`;
      const outcome = await sendWhen({ kind: "answer", status: 307, headers: { location } });
      expect(outcome.kind).not.toBe("accepted");
      expect(elsewhere.requests).toEqual([]);
      await elsewhere.close();
    });

    describe("with another account to fail over to", () => {
      let others: FaultyHttpServer;
      let other: Provider;

      beforeEach(async () => {
        others = await startFaultyHttpServer();
        others.behave(accepts);
        other = await open(others.url);
      });
      afterEach(async () => {
        await others.close();
        await other.close();
      });

      /** What became of one message for the two of them. */
      async function deliver() {
        const accounts = new Map([
          ["first", provider],
          ["second", other],
        ]);
        const log = createLog("error", { write: () => {} });
        return await new Deliveries(accounts, { clock: systemClock, log }).send({
          providers: [...accounts.keys()],
          message: () => message,
          handover: () => handover,
          caller: anybody,
          afterNoAnswer: "stop",
          onAttempt: () => {},
        });
      }

      test.each<[string, Behaviour]>([
        ...[500, 501, 502, 504, 520, 527].map((status): [string, Behaviour] => [
          `answers ${status}`,
          { kind: "answer", status, body: "<html>error</html>" },
        ]),
        ["closes after the request", { kind: "reset" }],
        ["breaks off its answer", { kind: "resetInBody", status: 500, body: "{" }],
      ])("sends one message in all when the vendor %s", async (_, behaviour) => {
        server.behave(behaviour);
        expect(await deliver()).toMatchObject({ provider: "first", outcome: { kind: "noAnswer" } });
        expect([server.requests.length, others.requests.length]).toEqual([1, 0]);
      });

      test.each([429, 503])("has the second deliver when the vendor answers %i", async (status) => {
        server.behave({ kind: "answer", status, body: "" });
        expect(await deliver()).toMatchObject({ provider: "second", outcome: { kind: "accepted" } });
        expect([server.requests.length, others.requests.length]).toEqual([1, 1]);
      });

      test("has the second deliver when the connection is refused", async () => {
        await server.close();
        expect(await deliver()).toMatchObject({ provider: "second", outcome: { kind: "accepted" } });
        server = await startFaultyHttpServer();
      });
    });

    test("cannot reach a vendor that does not listen", async () => {
      await server.close();
      expect(await provider.send(message, handover)).toMatchObject({ kind: "unreachable" });
      server = await startFaultyHttpServer();
    });
  });
}
