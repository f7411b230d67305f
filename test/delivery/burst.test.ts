import { createSecretKey } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { systemClock } from "../../src/clock.ts";
import { Deliveries } from "../../src/delivery/deliveries.ts";
import type { Message, Provider } from "../../src/delivery/provider.ts";
import { SmtpProvider } from "../../src/delivery/smtp/smtp.ts";
import { WebhookProvider } from "../../src/delivery/webhook/webhook.ts";
import { createLog } from "../../src/telemetry/log.ts";
import { anybody } from "../support/passcodes.ts";
import { boundAccount, smsTo } from "./smpp/account.ts";
import { startFaultySmtpServer } from "./smtp/faulty-smtp-server.ts";

/** A mail is ten times the work of the others for this process, which plays both ends. */
const bursts: Record<string, number> = { HTTP: 1_500, SMPP: 1_500, SMTP: 600 };
const takesMs = 300;
const times = { timeoutMs: 10_000, connectTimeoutMs: 3_000 };

/** Every provider of these is at a vendor of its own that takes 300 ms over a message. */
const vendors: Record<string, () => Promise<{ provider: Provider; message: Message; concurrency: number }>> =
  {
    HTTP: async () => {
      const server = createServer((request, response) => {
        request.resume();
        setTimeout(() => response.writeHead(202).end(), takesMs);
      }).listen(0, "127.0.0.1");
      await once(server, "listening");
      onTestFinished(() => {
        server.closeAllConnections();
        server.close();
      });
      // The address of a server that listens by TCP is not a text.
      const { port } = server.address() as AddressInfo;
      const secret = createSecretKey(Buffer.alloc(32, 1));
      const settings = { url: `http://127.0.0.1:${port}/`, secret, channels: ["sms"] as const, ...times };
      return {
        provider: new WebhookProvider({ ...settings, channels: ["sms"] }, systemClock),
        message: smsTo("+41791234567"),
        concurrency: 64,
      };
    },
    SMPP: async () => {
      const { provider, smsc } = await boundAccount();
      await smsc.tell({ do: "delay", ms: takesMs });
      return { provider, message: smsTo("+41791234567"), concurrency: 200 };
    },
    SMTP: async () => {
      const server = await startFaultySmtpServer({ end: { say: "250 taken", afterMs: takesMs } });
      onTestFinished(() => server.stop());
      const settings = {
        host: "127.0.0.1",
        port: server.port,
        security: "none",
        from: "a@acme.example",
      } as const;
      const provider = new SmtpProvider({ ...settings, timeoutMs: 10_000, connectionsMax: 100 }, systemClock);
      const message: Message = {
        channel: "email",
        to: "someone@b.example",
        senderName: "Acme",
        subject: "Code",
        text: "471902",
        html: "<p>471902</p>",
      };
      return { provider, message, concurrency: 100 };
    },
  };

test.each(Object.entries(vendors))(
  "hundreds of messages at once are all taken by a healthy vendor reached by %s, within their callers' time",
  async (name, open) => {
    const burst = bursts[name] ?? 0;
    const { provider, message, concurrency } = await open();
    onTestFinished(() => provider.close());
    const logLines: string[] = [];
    const deliveries = new Deliveries(new Map([["vendor", provider]]), {
      clock: systemClock,
      log: createLog("debug", { write: (line) => logLines.push(line) }),
      queues: new Map([["vendor", { concurrency, queueMax: 2_000 }]]),
    });
    const deadlineMs = Date.now() + 30_000;
    const send = () =>
      deliveries.send({
        providers: ["vendor"],
        message: () => message,
        handover: () => ({ reference: "reference" }),
        caller: { ...anybody, remainingMs: () => deadlineMs - Date.now() },
        afterNoAnswer: "stop",
        onAttempt: () => {},
      });
    const delivered = await Promise.all(Array.from({ length: burst }, send));
    const kinds = Map.groupBy(delivered, ({ outcome }) => outcome.kind);
    expect([...kinds].map(([kind, all]) => [kind, all.length])).toEqual([["accepted", burst]]);
    expect(logLines).toEqual([]);
  },
);
