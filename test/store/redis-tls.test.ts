import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { Driver } from "../../src/store/driver.ts";
import { openRedisDriver } from "../../src/store/redis-driver.ts";
import type { RedisOptions, RedisTopology } from "../../src/store/redis-options.ts";
import { key as keyOfLocalhost, certificate as ofLocalhost } from "../config/certificate.ts";
import { type Certificates, makeCertificates } from "../rpc/certificates.ts";
import { freePort, type RedisServer, startRedis } from "../support/redis.ts";

const folder = mkdtempSync(join(tmpdir(), "passcode-redis-tls-"));
let certificates: Certificates;
beforeAll(() => {
  certificates = makeCertificates();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A server that also speaks TLS, at a second port. */
async function startRedisWithTls(
  pair: { certificate: string; key: string },
  authClients: "yes" | "no",
  settings: readonly string[] = [],
): Promise<{ server: RedisServer; tlsPort: number }> {
  const tlsPort = await freePort();
  const file = (name: string, pem: string) => {
    const path = join(folder, `${tlsPort}-${name}`);
    writeFileSync(path, pem);
    return path;
  };
  const server = await startRedis([
    `tls-port ${tlsPort}`,
    `tls-cert-file ${file("server.pem", pair.certificate)}`,
    `tls-key-file ${file("server.key", pair.key)}`,
    `tls-ca-cert-file ${file("ca.pem", certificates.authority)}`,
    `tls-auth-clients ${authClients}`,
    ...settings,
  ]);
  return { server, tlsPort };
}

function open(topology: RedisTopology, options: Partial<RedisOptions> = {}): Promise<Driver> {
  return openRedisDriver({
    topology,
    tls: true,
    ca: certificates.authority,
    timeoutMs: 2_000,
    onError: () => {},
    ...options,
  });
}

const single = (port: number): RedisTopology => ({ kind: "single", url: `rediss://127.0.0.1:${port}` });

async function update(driver: Driver, key: string): Promise<boolean> {
  const reading = await driver.read(key);
  return driver.replace(key, reading, { text: "x", expiresAtMs: reading.nowMs + 60_000 });
}

describe("A Redis that demands client certificates", () => {
  let server: RedisServer;
  let tlsPort: number;
  beforeAll(async () => {
    ({ server, tlsPort } = await startRedisWithTls(certificates.server, "yes"));
  });
  afterAll(() => server?.stop());

  it("takes ours", async () => {
    const { client } = certificates;
    const driver = await open(single(tlsPort), client);
    expect(await update(driver, "key")).toBe(true);
    await driver.close();
  });

  it("is told of in one sentence where none is configured, and ends nothing", async () => {
    await expect(open(single(tlsPort))).rejects.toThrow(
      /^Redis at 127\.0\.0\.1:\d+ cannot be used: it demands a client certificate, and none is configured \(.*certificate required\)\.$/,
    );
  });

  it("is told of in one sentence where it does not know our authority", async () => {
    await expect(open(single(tlsPort), certificates.stranger)).rejects.toThrow(
      /^Redis at 127\.0\.0\.1:\d+ cannot be used: TLS failed \(.*unknown ca.*\)\.$/,
    );
  });

  it("is told of in one sentence as a cluster's node and as a sentinel", async () => {
    const urls = [`rediss://127.0.0.1:${tlsPort}`];
    const nodes = [{ host: "127.0.0.1", port: tlsPort }];
    await expect(open({ kind: "cluster", urls })).rejects.toThrow("it demands a client certificate");
    await expect(open({ kind: "sentinel", name: "main", nodes })).rejects.toThrow(
      "it demands a client certificate",
    );
  });
});

it("demanding client certificates while in use ends no process, and is forgiven when it stops to", async () => {
  const { server, tlsPort } = await startRedisWithTls(certificates.server, "no");
  const told: string[] = [];
  const driver = await open(single(tlsPort), { onError: (error) => told.push(String(error)) });

  await server.command("CONFIG", "SET", "tls-auth-clients", "yes");
  await server.command("CLIENT", "KILL", "TYPE", "normal");
  await vi.waitFor(() => expect(told.filter((one) => one.includes("demands")).length).toBeGreaterThan(2), {
    timeout: 30_000,
  });
  await expect(driver.read("key")).rejects.toThrow();

  await server.command("CONFIG", "SET", "tls-auth-clients", "no");
  await vi.waitFor(async () => expect(await update(driver, "key")).toBe(true), { timeout: 30_000 });
  await driver.close();
  await server.stop();
}, 90_000);

it("a cluster behind other addresses, whose nodes demand certificates, takes ours at the nodes too", async () => {
  const settings = ["cluster-enabled yes", "cluster-announce-ip 192.0.2.1"];
  const { server, tlsPort } = await startRedisWithTls(certificates.server, "yes", settings);
  await server.command("CLUSTER", "ADDSLOTSRANGE", "0", "16383");
  await vi.waitFor(async () =>
    expect(String(await server.command("CLUSTER", "INFO"))).toContain("cluster_state:ok"),
  );
  const addressMap = new Map([[`192.0.2.1:${server.port}`, { host: "127.0.0.1", port: tlsPort }]]);
  const urls = [`rediss://127.0.0.1:${tlsPort}`];

  const driver = await open({ kind: "cluster", urls, addressMap }, certificates.client);

  expect(await update(driver, "key")).toBe(true);
  await driver.close();
  await server.stop();
});

it("a server is known by the name that is configured for it", async () => {
  const own = { certificate: ofLocalhost, key: keyOfLocalhost };
  const { server, tlsPort } = await startRedisWithTls(own, "no");

  await expect(open(single(tlsPort), { ca: ofLocalhost })).rejects.toThrow(/altnames/);
  const driver = await open(single(tlsPort), { ca: ofLocalhost, serverName: "localhost" });

  expect(await update(driver, "key")).toBe(true);
  await driver.close();
  await server.stop();
});
