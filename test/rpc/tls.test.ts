import { connect as connectTls } from "node:tls";
import { type Client, createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { PasscodeService } from "../../gen/passcode/v1/passcode_service_pb.ts";
import { run } from "../cli/process.ts";
import { startService, type TestService } from "../support/service.ts";
import { type Certificates, makeCertificates, type Pair } from "./certificates.ts";

let certificates: Certificates;
beforeAll(() => {
  certificates = makeCertificates();
});

const started: TestService[] = [];
afterEach(async () => {
  await Promise.all(started.splice(0).map((service) => service.stop()));
});

async function serviceWith({ mutual }: { mutual: boolean }): Promise<TestService> {
  const { server, authority } = certificates;
  const service = await startService({ tls: { ...server, ...(mutual && { clientCa: authority }) } });
  started.push(service);
  return service;
}

const phone = { destination: { case: "phoneNumber", value: "+41791234567" } } as const;

type ClientOf = (service: TestService, shown?: Pair) => Client<typeof PasscodeService>;

/** A client that trusts the authority, and shows a certificate if it is given one. */
const ways: [string, ClientOf][] = [
  [
    "gRPC",
    ({ ports }, shown) => {
      const baseUrl = `https://127.0.0.1:${ports.grpc}`;
      return createClient(PasscodeService, createGrpcTransport({ baseUrl, nodeOptions: trusting(shown) }));
    },
  ],
  [
    "gRPC on the HTTP port",
    ({ ports }, shown) => {
      const baseUrl = `https://127.0.0.1:${ports.http}`;
      return createClient(PasscodeService, createGrpcTransport({ baseUrl, nodeOptions: trusting(shown) }));
    },
  ],
  ["Connect by HTTP/1.1", (service, shown) => connectClient(service, "1.1", shown)],
  ["Connect by HTTP/2", (service, shown) => connectClient(service, "2", shown)],
];

function connectClient({ ports }: TestService, httpVersion: "1.1" | "2", shown?: Pair) {
  const baseUrl = `https://127.0.0.1:${ports.http}`;
  const nodeOptions = trusting(shown);
  return createClient(PasscodeService, createConnectTransport({ baseUrl, httpVersion, nodeOptions }));
}

function trusting(shown?: Pair) {
  return {
    ca: certificates.authority,
    ...(shown !== undefined && { cert: shown.certificate, key: shown.key }),
  };
}

describe.each(ways)("%s", (_, clientOf) => {
  test("is served over TLS", async () => {
    const service = await serviceWith({ mutual: false });
    expect(await clientOf(service).sendPasscode(phone)).toMatchObject({ sendsRemaining: 4 });
  });

  test("is served to a client with a certificate of the authority", async () => {
    const service = await serviceWith({ mutual: true });
    const client = clientOf(service, certificates.client);
    expect(await client.sendPasscode(phone)).toMatchObject({ sendsRemaining: 4 });
  });

  test("is refused to a client without a certificate", async () => {
    const service = await serviceWith({ mutual: true });
    await expect(clientOf(service).sendPasscode(phone)).rejects.toThrow();
    expect(service.messages).toHaveLength(0);
  });

  test("is refused to a client with a certificate of its own making", async () => {
    const service = await serviceWith({ mutual: true });
    await expect(clientOf(service, certificates.stranger).sendPasscode(phone)).rejects.toThrow();
    expect(service.messages).toHaveLength(0);
  });
});

describe.each(["grpc", "http"] as const)("the %s port", (port) => {
  test("takes nothing in the clear", async () => {
    const service = await serviceWith({ mutual: false });
    const baseUrl = `http://127.0.0.1:${service.ports[port]}`;
    const client = createClient(PasscodeService, createGrpcTransport({ baseUrl }));
    await expect(client.sendPasscode(phone)).rejects.toThrow();
    expect(service.messages).toHaveLength(0);
  });

  test.each(["TLSv1", "TLSv1.1"] as const)("takes no %s", async (version) => {
    const service = await serviceWith({ mutual: false });
    const outcome = await new Promise((resolve) => {
      const socket = connectTls({
        port: service.ports[port],
        host: "127.0.0.1",
        minVersion: version,
        maxVersion: version,
        ciphers: "DEFAULT@SECLEVEL=0",
        rejectUnauthorized: false,
      });
      socket.once("secureConnect", () => resolve("connected"));
      socket.once("error", () => resolve("refused"));
    });
    expect(outcome).toBe("refused");
  });
});

/** Whether openssl, the client of most languages, agrees with the service on these suites of TLS 1.2. */
async function agrees(port: number, suites: string): Promise<boolean> {
  const how = ["-tls1_2", "-cipher", `${suites}:@SECLEVEL=0`];
  const { exitCode } = await run("openssl", ["s_client", "-connect", `127.0.0.1:${port}`, ...how]);
  return exitCode === 0;
}

describe.each(["server", "rsaServer"] as const)("with the key of %s, every port", (name) => {
  test.each([
    ["agrees on ECDHE with an AEAD", "ECDHE+AESGCM", true],
    ["agrees on ChaCha20", "ECDHE+CHACHA20", true],
    ["takes no key exchange by static RSA", "kRSA", false],
    ["takes no CBC", "ECDHE+AES:!AESGCM:!AESCCM", false],
    ["takes no finite-field Diffie-Hellman", "DHE", false],
  ])("%s", async (_, suites, taken) => {
    const callbacks = { listen: { host: "127.0.0.1", port: 0 }, publicUrl: "https://127.0.0.1" };
    const service = await startService({ tls: certificates[name], callbacks });
    started.push(service);
    const { grpc, http, callbacks: reports } = service.ports;
    const all = await Promise.all([grpc, http, reports].map((port) => agrees(port, suites)));
    expect(all).toEqual([taken, taken, taken]);
  });
});
