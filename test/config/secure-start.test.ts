import { expect, test } from "vitest";
import { development, problemsOf, production } from "./configuration.ts";

const guarded = "can be reached from other machines, which needs apiKeys or tls.clientCa";

test.each([
  "0.0.0.0:1",
  "'[::]:1'",
  "192.0.2.1:1",
  "passcode.example:1",
  "'[::ffff:127.0.0.1]:1'",
  "127.1:1",
])("does not listen on %s without credentials, in development either", (address) => {
  const listen = `listen: {grpc: ${address}}\n`;

  expect(problemsOf(production + listen)).toEqual([`passcode.yaml:12:10: listen.grpc: ${guarded}`]);
  expect(problemsOf(development + listen)).toContain(`passcode.yaml:8:10: listen.grpc: ${guarded}`);
});

test.each(["127.0.0.1:1", "127.9.9.9:1", "'[::1]:1'", "localhost:1", "LocalHost:1", "off"])(
  "listens on %s without credentials",
  (address) => {
    expect(problemsOf(`${production}listen: {grpc: ${address}}\n`)).toEqual([]);
  },
);

test("names each listener that is open", () => {
  expect(problemsOf(`${production}listen: {grpc: 0.0.0.0:1, http: 0.0.0.0:2}\n`)).toEqual([
    `passcode.yaml:12:10: listen.grpc: ${guarded}`,
    `passcode.yaml:12:27: listen.http: ${guarded}`,
  ]);
});

test("listens anywhere with API keys", () => {
  const text = `${production}listen: {grpc: 0.0.0.0:1}\napiKeys: [{name: login, sha256: ${"a0".repeat(32)}}]\n`;

  expect(problemsOf(text)).toEqual([]);
});

test("listens anywhere with client certificates", () => {
  const tls = "tls: {certificate: server.pem, key: server.key, clientCa: server.pem}\n";

  expect(problemsOf(`${production}listen: {grpc: 0.0.0.0:1}\n${tls}`)).toEqual([]);
});

test("does not take an empty list of API keys, or a certificate of its own, for credentials", () => {
  const tls = "tls: {certificate: server.pem, key: server.key}\n";

  expect(problemsOf(`${production}listen: {grpc: 0.0.0.0:1}\napiKeys: []\n${tls}`)).toEqual([
    `passcode.yaml:12:10: listen.grpc: ${guarded}`,
  ]);
});

test("needs keys outside development", () => {
  expect(problemsOf(production.slice(production.indexOf("providers:")))).toEqual([
    "passcode.yaml:1:1: keys: is required without `development: true`",
  ]);
});

test("needs keys in development with a store that outlives the process", () => {
  expect(problemsOf(`${development}store: {kind: sqlite, path: p}\n`)).toEqual([
    "passcode.yaml:1:1: keys: is required with a store that outlives the process, or what it holds is lost at the next start",
  ]);
});

test("refuses the outbox outside development", () => {
  const text = production.replace("providers:", "providers:\n  dev: {kind: outbox}");

  expect(problemsOf(text)).toEqual([
    "passcode.yaml:7:9: providers.dev.kind: must not be outbox without `development: true`: it shows codes to whoever reads the output",
  ]);
});

test("says only what is wrong with `development` where it is neither true nor false", () => {
  expect(problemsOf(development.replace("true", "yes"))).toEqual([
    'passcode.yaml:1:1: development: must be true or false, got "yes"',
  ]);
});

test.each(["grpc", "http"])(
  "refuses the outbox where other machines can reach listen.%s, credentials or not",
  (listener) => {
    const apiKeys = `apiKeys: [{name: login, sha256: ${"a0".repeat(32)}}]\n`;

    expect(problemsOf(`${development}listen: {${listener}: 0.0.0.0:1}\n${apiKeys}`)).toEqual([
      `passcode.yaml:3:9: providers.dev.kind: must not be outbox where listen.${listener} can be reached from other machines: it shows codes to whoever reads the output`,
    ]);
  },
);
