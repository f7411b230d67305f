import { describe, expect, test } from "vitest";
import { development, problemsOf } from "./configuration.ts";

/** A line of the file, at 8:1, and what is wrong with it. */
const fileRules: [line: string, problem: string][] = [
  ["surprise: true", "8:1: surprise: is not a setting"],
  ["__proto__: {}", "8:1: __proto__: is not a setting"],
  ["log:", "8:1: log: must be a group of settings"],
  ["log: [info]", "8:1: log: must be a group of settings"],
  ["log: {level: loud}", '8:7: log.level: must be one of debug, info, warn, error, got "loud"'],
  ["log: {level: }", "8:7: log.level: has no value; give one, or leave it out"],
  [
    "shutdown: {drain: 2h}",
    '8:12: shutdown.drain: must be a duration from 0s to 1h, such as 500ms, 90s, 10m or 1h, got "2h"',
  ],
  ["listen: {grpc: 50051}", "8:10: listen.grpc: must be host:port, [IPv6]:port or off, got 50051"],
  ["listen: {grpc: localhost}", '8:10: listen.grpc: must be host:port, [IPv6]:port or off, got "localhost"'],
  [
    "listen: {grpc: '::1:50051'}",
    '8:10: listen.grpc: must be host:port, [IPv6]:port or off, got "::1:50051"',
  ],
  [
    "listen: {grpc: localhost:65536}",
    '8:10: listen.grpc: must be host:port, [IPv6]:port or off, got "localhost:65536"',
  ],
  ["listen: {grpc: off, http: off}", "8:1: listen: must leave grpc or http on"],
  [
    "listen: {grpc: localhost:1, http: localhost:1}",
    "8:29: listen.http: must not be the address of listen.grpc",
  ],
  ["tls: {certificate: server.pem}", "8:1: tls.key: is required"],
  [
    "tls: {certificate: server.key, key: server.key}",
    "8:7: tls.certificate: names a file that does not hold certificates in PEM",
  ],
  [
    "tls: {certificate: nowhere.pem, key: server.key}",
    "8:7: tls.certificate: names a file that cannot be read (ENOENT)",
  ],
  [
    "tls: {certificate: server.pem, key: server.pem}",
    "8:32: tls.key: names a file that does not hold a private key in PEM without a passphrase",
  ],
  ["tls: {certificate: server.pem, key: other.key}", "8:32: tls.key: is not the key of tls.certificate"],
  [
    "tls: {certificate: server.pem, key: server.key, clientCa: empty}",
    "8:49: tls.clientCa: names a file that does not hold certificates in PEM",
  ],
  ["apiKeys: {}", "8:1: apiKeys: must be a list"],
  ["apiKeys: [{name: a}]", "8:11: apiKeys[0].sha256: is required"],
  [
    "apiKeys: [{name: a, sha256: 0A}]",
    "8:21: apiKeys[0].sha256: must be the SHA-256 of a key: 64 of 0-9 and a-f (in quotes, if it is all digits)",
  ],
  [
    `apiKeys: [{name: a, sha256: ${"a0".repeat(32)}, profiles: [shop]}]`,
    '8:106: apiKeys[0].profiles[0]: must be one of default, got "shop"',
  ],
  [
    `apiKeys: [{name: a, sha256: ${"a0".repeat(32)}, profiles: []}]`,
    "8:95: apiKeys[0].profiles: must have 1 to 1000 entries",
  ],
  [
    `apiKeys: [{name: a, sha256: ${"a0".repeat(32)}}, {name: a, sha256: ${"b0".repeat(32)}}]`,
    "8:97: apiKeys[1].name: is that of an earlier key",
  ],
  [
    `apiKeys: [{name: a, sha256: ${"a0".repeat(32)}}, {name: b, sha256: ${"a0".repeat(32)}}]`,
    "8:106: apiKeys[1].sha256: is that of an earlier key",
  ],
  ["store: {}", "8:1: store.kind: is required"],
  ["store: {kind: mongo}", '8:9: store.kind: must be one of memory, sqlite, redis, got "mongo"'],
  [
    "store: {kind: memory, bytesMax: 1KiB}",
    '8:23: store.bytesMax: must be a size from 1MiB to 64GiB, such as 64MiB or 2GiB, got "1KiB"',
  ],
  ["store: {kind: memory, path: x}", "8:23: store.path: is not a setting"],
  [
    "store: {kind: memory, timeout: 0s}",
    '8:23: store.timeout: must be a duration from 10ms to 10s, such as 500ms, 90s, 10m or 1h, got "0s"',
  ],
];

describe("refuses in a file", () => {
  test.each(fileRules)("%s", (line, problem) => {
    expect(problemsOf(`${development}${line}\n`)).toEqual([`passcode.yaml:${problem}`]);
  });
});
