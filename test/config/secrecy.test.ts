import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { development, load, problemsOf, production, secrets } from "./configuration.ts";

const reference = `$\{SECRET}`;

describe("never repeats a secret that is wrong in", () => {
  const places: [place: string, text: (secret: string) => string][] = [
    ["keys.index", (secret) => `${development}keys: {index: ${secret}, codes: []}\n`],
    ["keys.codes", (secret) => `${development}keys: {index: a, codes: [{id: 1, secret: ${secret}}]}\n`],
    ["store.password", (secret) => `${production}store: {kind: redis, url: x, password: [${secret}]}\n`],
    ["store.url", (secret) => `${production}store: {kind: redis, url: "http://:${secret}@host"}\n`],
    ["store.cluster", (secret) => `${production}store: {kind: redis, cluster: ["http://:${secret}@host"]}\n`],
    [
      "providers.mail.password",
      (secret) => production.replace("kind: smtp", `kind: smtp, password: [${secret}]`),
    ],
    ["apiKeys[0].sha256", (secret) => `${production}apiKeys: [{name: a, sha256: ${secret}}]\n`],
    ["YAML", (secret) => `${production}store: {password: "\\q${secret}\n`],
    ["an alias", (secret) => `${production}store: {password: *${secret}}\n`],
  ];

  test.each(places)("%s", (_, text) => {
    for (const secret of ["hunter2", "20261123"]) {
      const problems = problemsOf(text(secret));

      expect(problems).not.toEqual([]);
      expect(problems.join("\n")).not.toContain(secret);
    }
  });
});

describe("never repeats what comes from the environment", () => {
  const texts: [place: string, text: string][] = [
    ["a number", `${development}    policy: {tries: "${reference}"}\n`],
    ["a choice", `${development}log: {level: "${reference}"}\n`],
    ["a kind", `${development}store: {kind: "${reference}"}\n`],
    ["a duration", `${development}    policy: {cooldown: ["${reference}"]}\n`],
    ["an address", `${development}listen: {grpc: "${reference}"}\n`],
    ["a provider's name", development.replace("{sms: dev}", `{sms: "${reference}"}`)],
    ["the host of a path", `${development}tls: {certificate: "./${reference}", key: a}\n`],
  ];

  test.each(texts)("as %s", (_, text) => {
    const problems = problemsOf(text, { SECRET: "hunter2" });

    expect(problems).not.toEqual([]);
    expect(problems.join("\n")).not.toContain("hunter2");
  });
});

test("keeps keys out of what a configuration prints as", () => {
  const { keys } = load(production);

  const printed = JSON.stringify(keys) + inspect(keys, { depth: null });

  expect(printed).not.toContain(secrets.index.slice(0, 8));
  expect(printed).not.toContain("00 01 02 03");
});
