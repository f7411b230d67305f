import { createSecretKey } from "node:crypto";
import { inspect } from "node:util";
import { expect, test } from "vitest";
import { systemClock } from "../../src/clock.ts";
import { AwsMessagingProvider } from "../../src/delivery/aws/messaging.ts";
import { AwsSesProvider } from "../../src/delivery/aws/ses.ts";
import type { Provider } from "../../src/delivery/provider.ts";
import { SendGridProvider } from "../../src/delivery/sendgrid/sendgrid.ts";
import { SmtpProvider } from "../../src/delivery/smtp/smtp.ts";
import { WebhookProvider } from "../../src/delivery/webhook/webhook.ts";
import { messagingSettings, sesSettings } from "./aws/account.ts";
import * as sendGrid from "./sendgrid/account.ts";
import { accountAt as smppAccountAt } from "./smpp/account.ts";
import * as twilio from "./twilio/account.ts";
import * as vonage from "./vonage/account.ts";
import * as gateway from "./webhook/gateway.ts";

const nowhere = "http://127.0.0.1:1";
const secret = "sesame-open-to-me-and-to-nobody-else";
const credentials = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: secret, sessionToken: secret };

const providers: readonly (readonly [name: string, open: () => Provider])[] = [
  ["Twilio", () => twilio.openTwilio(nowhere, { authToken: secret })],
  ["Twilio with an API key", () => twilio.openTwilio(nowhere, { apiKey: { sid: "SK", secret } })],
  ["Vonage", () => vonage.accountAt(nowhere)],
  ["AWS", () => new AwsMessagingProvider({ ...messagingSettings, credentials }, systemClock)],
  ["SES", () => new AwsSesProvider({ ...sesSettings, credentials }, systemClock)],
  ["SendGrid", () => new SendGridProvider({ ...sendGrid.settingsFor(nowhere), apiKey: secret }, systemClock)],
  [
    "a gateway",
    () => {
      const secrets = { secret: createSecretKey(Buffer.from(secret)), authorization: secret };
      return new WebhookProvider({ ...gateway.settingsFor(nowhere), ...secrets }, systemClock);
    },
  ],
  ["SMPP", () => smppAccountAt({ port: 1, password: secret }).provider],
  [
    "SMTP",
    () =>
      new SmtpProvider(
        {
          host: "127.0.0.1",
          port: 1,
          security: "none",
          username: "acme",
          password: secret,
          from: "codes@acme.example",
          timeoutMs: 1_000,
          connectionsMax: 1,
        },
        systemClock,
      ),
  ],
];

test.each(providers)("whoever prints a client of %s reads none of its secrets", async (_, open) => {
  const provider = open();
  const printed = [inspect(provider, { depth: null, showHidden: true }), JSON.stringify(provider)].join("");
  for (const one of [secret, vonage.secret, twilio.authToken]) {
    expect(printed).not.toContain(one);
    expect(printed).not.toContain(Buffer.from(one).toString("base64").slice(0, -4));
  }
  await provider.close();
});
