import { describe, expect, test } from "vitest";
import { development, problemsOf } from "./configuration.ts";

describe("refuses as a provider", () => {
  const providerRules: [settings: string, problem: string][] = [
    [
      "kind: carrier-pigeon",
      '3:9: providers.dev.kind: must be one of twilio, vonage, aws-messaging, smpp, aws-ses, sendgrid, smtp, webhook, test, outbox, got "carrier-pigeon"',
    ],
    ["kind: outbox, host: a", "3:23: providers.dev.host: is not a setting"],
    [
      "kind: smtp, host: a b, from: a@b.example",
      "3:21: providers.dev.host: must be a host name or an IP address",
    ],
    [
      "kind: smtp, host: a, port: 0, from: a@b.example",
      "3:30: providers.dev.port: must be a whole number from 1 to 65535, got 0",
    ],
    [
      "kind: smtp, host: a, from: Acme <a@b.example>",
      "3:30: providers.dev.from: must be one e-mail address, without a display name",
    ],
    [
      "kind: smtp, host: a, from: a@b.example, security: ssl",
      '3:49: providers.dev.security: must be one of starttls, tls, none, got "ssl"',
    ],
    [
      "kind: smtp, host: a, from: a@b.example, username: u",
      "3:3: providers.dev.password: is required with a username, or oauth2",
    ],
    [
      "kind: smtp, host: a, from: a@b.example, password: p",
      "3:3: providers.dev.username: is required with a password",
    ],
    [
      "kind: smtp, host: a, from: a@b.example, security: none, username: u, password: p",
      "3:49: providers.dev.security: must be starttls or tls, or the login travels in clear",
    ],
    [
      "kind: smtp, host: a, from: a@b.example, security: none, ca: server.pem",
      "3:65: providers.dev.ca: is of no use with security: none",
    ],
    [
      "kind: smtp, host: a, from: a@b.example, connectionsMax: 101",
      "3:49: providers.dev.connectionsMax: must be a whole number from 1 to 100, got 101",
    ],
    [
      "kind: smtp, host: a, from: a@b.example, ratePerSecond: 0",
      "3:49: providers.dev.ratePerSecond: must be a whole number from 1 to 10000, got 0",
    ],
    [
      "kind: smtp, host: a, from: a@b.example, queueMax: -1",
      "3:49: providers.dev.queueMax: must be a whole number from 0 to 100000, got -1",
    ],
    [
      "kind: sendgrid, apiKey: k, from: a@b.example, certificate: server.pem",
      "3:3: providers.dev.key: is required with a certificate",
    ],
    [
      "kind: sendgrid, apiKey: k, from: a@b.example, concurrency: 1001",
      "3:55: providers.dev.concurrency: must be a whole number from 1 to 1000, got 1001",
    ],
  ];

  test.each(providerRules)("%s", (settings, problem) => {
    const text = development
      .replace("dev: {kind: outbox}", `dev: {${settings}}`)
      .replace("sms: dev", "email: dev");

    expect(problemsOf(text)).toEqual([`passcode.yaml:${problem}`]);
  });
});
