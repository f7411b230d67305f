import { once } from "node:events";
import { createServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, connect } from "node:net";
import { afterEach, describe, expect, onTestFinished, test } from "vitest";
import { getWithin } from "../../src/delivery/aws/get.ts";
import { HttpClient, type HttpClientSettings } from "../../src/delivery/http.ts";
import { certificate, key } from "../config/certificate.ts";

const clients: HttpClient[] = [];
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
});

function clientWith(changes: Partial<HttpClientSettings>): HttpClient {
  const client = new HttpClient({ timeoutMs: 60_000, connectTimeoutMs: 60_000, ...changes });
  clients.push(client);
  return client;
}

/** A proxy that makes tunnels to this machine, whatever host it is asked for, unless it refuses. */
async function startProxy({ refuses = false } = {}) {
  const asked: { target: string; authorization: string | undefined }[] = [];
  let plain = 0;
  const server = createServer((_, response) => {
    plain += 1;
    response.writeHead(400).end();
  });
  server.on("connect", (request, socket) => {
    asked.push({ target: request.url ?? "", authorization: request.headers["proxy-authorization"] });
    if (refuses) {
      socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
      return;
    }
    const port = Number(request.url?.split(":").at(-1));
    const onward = connect(port, "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 Connection Established\r\n\r\n");
      onward.pipe(socket).pipe(onward);
    });
    for (const end of [onward, socket])
      end.on("error", () => {}).on("close", () => [onward, socket].map((one) => one.destroy()));
  });
  const port = await listening(server);
  return { url: `http://127.0.0.1:${port}`, asked, plain: () => plain };
}

async function listening(server: ReturnType<typeof createServer>): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  // The address of a server that listens by TCP is not a text.
  return (server.address() as AddressInfo).port;
}

/** A vendor over https, known by the name `localhost` to its certificate; it shows what certificates it was shown. */
async function startVendor(options: { requestCert?: boolean } = {}) {
  const shown: (string | undefined)[] = [];
  const bodies: string[] = [];
  const server = createHttpsServer(
    { cert: certificate, key, rejectUnauthorized: false, ...options },
    async (request, response) => {
      // A TLS socket, as the server is one of https.
      const { socket } = request as typeof request & {
        socket: { getPeerCertificate(): { fingerprint256?: string } };
      };
      shown.push(socket.getPeerCertificate().fingerprint256);
      for await (const chunk of request) bodies.push(String(chunk));
      response.end("done");
    },
  );
  return { port: await listening(server), shown, bodies };
}

const unhurried = { withinMs: 60_000, connectWithinMs: 60_000 };
const post = (url: string) => ({ url, headers: {}, body: "the code" });

describe("with a proxy", () => {
  test("a vendor is reached through a tunnel, whose proxy hears nothing of what is said", async () => {
    const proxy = await startProxy();
    const vendor = await startVendor();
    const client = clientWith({ ca: certificate, proxy: { url: proxy.url, noProxy: "" } });
    const result = await client.post(post(`https://vendor.example:${vendor.port}/`), unhurried);
    // Found through the proxy, and known not to be who was asked for.
    expect(result).toEqual({ kind: "unreachable", detail: "ERR_TLS_CERT_ALTNAME_INVALID" });
    expect(proxy.asked[0]?.target).toBe(`vendor.example:${vendor.port}`);
    expect(proxy.plain()).toBe(0);
    expect(vendor.bodies).toEqual([]);
  });

  test("that asks for a password, it is given the one of its URL", async () => {
    const proxy = await startProxy({ refuses: true });
    const url = proxy.url.replace("http://", "http://user:pass@");
    const client = clientWith({ proxy: { url, noProxy: "" } });
    const result = await client.post(post("https://vendor.example/"), unhurried);
    expect(result).toMatchObject({ kind: "unreachable" });
    expect(proxy.asked[0]?.authorization).toBe(`Basic ${btoa("user:pass")}`);
  });

  test.each([
    ["this machine", ""],
    ["a host that is excepted", "other.example, localhost"],
  ])("%s is reached without it", async (_, noProxy) => {
    const proxy = await startProxy();
    const vendor = await startVendor();
    const client = clientWith({ ca: certificate, proxy: { url: proxy.url, noProxy } });
    const result = await client.post(post(`https://localhost:${vendor.port}/`), unhurried);
    expect(result).toMatchObject({ kind: "answered", status: 200 });
    expect([proxy.asked, proxy.plain()]).toEqual([[], 0]);
  });

  test("the certificates of SNS are fetched by it", async () => {
    const proxy = await startProxy({ refuses: true });
    const get = getWithin(60_000, { url: proxy.url, noProxy: "" });
    expect(await get("https://sns.eu-central-1.amazonaws.com/page.pem")).toBeUndefined();
    expect(proxy.asked[0]?.target).toBe("sns.eu-central-1.amazonaws.com:443");
  });
});

test("a server that asks for our certificate is shown it", async () => {
  const vendor = await startVendor({ requestCert: true });
  const to = post(`https://localhost:${vendor.port}/`);
  await clientWith({ ca: certificate }).post(to, unhurried);
  await clientWith({ ca: certificate, certificate, key }).post(to, unhurried);
  expect(vendor.shown).toEqual([undefined, expect.stringMatching(/^[0-9A-F:]{95}$/)]);
});
