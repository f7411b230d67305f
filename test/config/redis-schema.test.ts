import { describe, expect, test } from "vitest";
import { certificate, key } from "./certificate.ts";
import { load, problemsOf, production } from "./configuration.ts";

describe("refuses as Redis", () => {
  const oneOf = "12:1: store: needs exactly one of url, cluster and sentinel";
  const url = "must be a URL such as redis://host:6379/0, or rediss: for TLS";
  const redisRules: [settings: string, ...problems: string[]][] = [
    ["", oneOf],
    ["url: redis://a, cluster: [redis://a]", oneOf],
    ["url: http://a", `12:22: store.url: ${url}`],
    ["url: redis://", `12:22: store.url: ${url}`],
    ["url: redis://a/keys", `12:22: store.url: ${url}`],
    ["cluster: []", "12:22: store.cluster: must have 1 to 100 entries"],
    ["cluster: [redis://a, rediss://b]", "12:22: store.cluster: must be redis: or rediss: throughout"],
    [
      "sentinel: {name: main, nodes: [a]}",
      "12:53: store.sentinel.nodes[0]: must be host:port or [IPv6]:port, with a port from 1 to 65535",
    ],
    ["url: rediss://a, tls: false", "12:39: store.tls: contradicts a rediss: URL"],
    ["url: redis://a, tls: true", "12:38: store.tls: contradicts a redis: URL"],
    ["url: redis://a, ca: server.pem", "12:38: store.ca: is of no use without tls"],
    ["url: redis://a, serverName: b", "12:38: store.serverName: is of no use without tls"],
    [
      "url: redis://a, certificate: server.pem, key: server.key",
      "12:38: store.certificate: is of no use without tls",
      "12:63: store.key: is of no use without tls",
    ],
    ["url: rediss://a, certificate: server.pem", "12:1: store.key: is required with a certificate"],
    ["url: rediss://a, addressMap: {a:1: b:2}", "12:39: store.addressMap: is of no use without cluster"],
    [
      'cluster: [redis://a], addressMap: {"nowhere": "b:2"}',
      "12:57: store.addressMap.nowhere: is not a name: host:port, as the cluster tells it",
    ],
    [
      'cluster: [redis://a], addressMap: {"a:1": "b"}',
      "12:57: store.addressMap.a:1: must be host:port or [IPv6]:port, with a port from 1 to 65535",
    ],
    [
      "url: redis://a, password: 123456",
      "12:38: store.password: must be text of 1 to 1000 characters without line breaks (in quotes, if it is all digits)",
    ],
  ];

  test.each(redisRules)("%s", (settings, ...problems) => {
    expect(problemsOf(`${production}store: {kind: redis, ${settings}}\n`)).toEqual(
      problems.map((problem) => `passcode.yaml:${problem}`),
    );
  });
});

test("reads what Redis is shown of us, and where the nodes of a cluster are", () => {
  const settings =
    'cluster: ["rediss://a"], certificate: server.pem, key: server.key, serverName: redis.internal, ' +
    'addressMap: {"10.0.0.1:6379": "redis.example.com:7000"}';
  expect(load(`${production}store: {kind: redis, ${settings}}\n`).store).toMatchObject({
    topology: {
      kind: "cluster",
      addressMap: new Map([["10.0.0.1:6379", { host: "redis.example.com", port: 7_000 }]]),
    },
    serverName: "redis.internal",
    certificate,
    key,
  });
});
