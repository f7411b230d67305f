import { describe, expect, test } from "vitest";
import { problemsOf, production } from "./configuration.ts";

describe("refuses as Redis", () => {
  const oneOf = "12:1: store: needs exactly one of url, cluster and sentinel";
  const url = "must be a URL such as redis://host:6379/0, or rediss: for TLS";
  const redisRules: [settings: string, problem: string][] = [
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
    [
      "url: redis://a, password: 123456",
      "12:38: store.password: must be text of 1 to 1000 characters without line breaks (in quotes, if it is all digits)",
    ],
  ];

  test.each(redisRules)("%s", (settings, problem) => {
    expect(problemsOf(`${production}store: {kind: redis, ${settings}}\n`)).toEqual([
      `passcode.yaml:${problem}`,
    ]);
  });
});
