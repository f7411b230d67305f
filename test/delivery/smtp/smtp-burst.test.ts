import { expect, test } from "vitest";
import { systemClock } from "../../../src/clock.ts";
import { SmtpProvider } from "../../../src/delivery/smtp/smtp.ts";
import { answerMs, burst, sendBurst } from "../burst.ts";
import { startFaultySmtpServer } from "./faulty-smtp-server.ts";

test("a healthy mail server takes every message of a burst, over the connections that the account may have", async () => {
  const server = await startFaultySmtpServer({ end: { say: "250 taken", afterMs: answerMs } });
  const connectionsMax = 50;
  const provider = new SmtpProvider(
    {
      host: "127.0.0.1",
      port: server.port,
      security: "none",
      from: "codes@acme.test",
      timeoutMs: 10_000,
      connectionsMax,
    },
    systemClock,
  );
  const message = {
    channel: "email",
    to: "someone@example.test",
    senderName: "Acme",
    subject: "Your Acme code",
    text: "Your Acme code is 471902",
    html: "<p>Your Acme code is 471902</p>",
  } as const;
  await sendBurst(provider, { concurrency: connectionsMax, message });
  expect(server.texts).toHaveLength(burst);
  expect(server.connectionsPeak).toBeLessThanOrEqual(connectionsMax);
  await provider.close();
  await server.stop();
});
