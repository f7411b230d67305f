import { createRequire } from "node:module";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { run, type ServiceProcess, startServiceProcess, until } from "../cli/process.ts";
import { codeIn } from "../support/service.ts";

const buf = createRequire(import.meta.url).resolve("@bufbuild/buf/bin/buf");

let service: ServiceProcess;
beforeAll(async () => {
  service = await startServiceProcess();
});
afterAll(async () => {
  await service.stop();
});

async function codeSentTo(to: string): Promise<string> {
  const sent = () => service.messages().findLast((message) => message.to === to);
  return codeIn(await until(sent, { what: "the message" }));
}

describe.each([
  { protocol: "grpc", port: "grpc", to: "+41791234501", more: ["--http2-prior-knowledge"] },
  { protocol: "grpc", port: "http", to: "+41791234502", more: ["--http2-prior-knowledge"] },
  { protocol: "grpcweb", port: "http", to: "+41791234503", more: ["--http2-prior-knowledge"] },
  { protocol: "connect", port: "http", to: "+41791234504", more: ["--http2-prior-knowledge"] },
] as const)(
  "buf curl by $protocol at the $port port, without the schema,",
  ({ protocol, port, to, more }) => {
    /** It learns the schema by reflection, which needs HTTP/2. */
    async function bufCurl(method: string, request: object) {
      const url = `http://127.0.0.1:${service.ports[port]}/passcode.v1.PasscodeService/${method}`;
      const args = ["curl", "--protocol", protocol, ...more, "--data", JSON.stringify(request), url];
      return await run(process.execPath, [buf, ...args]);
    }

    test("sends a code and verifies it", async () => {
      const sent = JSON.parse((await bufCurl("SendPasscode", { phoneNumber: to })).out);
      const verify = { sessionId: sent.sessionId, code: await codeSentTo(to) };
      const verified = JSON.parse((await bufCurl("VerifyPasscode", verify)).out);
      expect(sent).toMatchObject({ status: "STATUS_PENDING", attemptsRemaining: 5 });
      expect(verified).toMatchObject({ status: "STATUS_APPROVED", attemptCount: 1 });
    });

    test("shows that a request is refused, with its details", async () => {
      const { exitCode, err } = await bufCurl("SendPasscode", { phoneNumber: "12345" });
      expect(exitCode).not.toBe(0);
      expect(JSON.parse(err)).toMatchObject({
        code: "invalid_argument",
        details: [{ type: "google.rpc.ErrorInfo" }, { type: "google.rpc.BadRequest" }],
      });
    });
  },
);

test.each(["grpc", "http"] as const)("buf curl lists the methods at the %s port", async (port) => {
  const url = `http://127.0.0.1:${service.ports[port]}`;
  const args = ["curl", "--http2-prior-knowledge", "--protocol", "grpc", "--list-methods", url];
  const { out } = await run(process.execPath, [buf, ...args]);
  expect(out.trim().split("\n")).toEqual([
    "grpc.health.v1.Health/Check",
    "grpc.health.v1.Health/List",
    "grpc.health.v1.Health/Watch",
    "passcode.v1.PasscodeService/CancelSession",
    "passcode.v1.PasscodeService/GetSession",
    "passcode.v1.PasscodeService/SendPasscode",
    "passcode.v1.PasscodeService/VerifyPasscode",
  ]);
});

describe.each(["--http1.1", "--http2-prior-knowledge"])("curl %s", (version) => {
  const to = `someone${version.length}@b.example`;

  /** Answers the body, and the HTTP status on a line of its own. */
  async function curl(path: string, ...more: string[]) {
    const url = `http://127.0.0.1:${service.ports.http}${path}`;
    const args = ["--silent", "--show-error", version, "--write-out", "\n%{http_code}", ...more, url];
    const { out, err } = await run("curl", args);
    expect(err).toBe("");
    const [body = "", status] = out.split(/\n(?=\d+$)/);
    return { body, status: Number(status) };
  }

  async function post(method: string, request: object) {
    const headers = ["--header", "content-type: application/json"];
    const path = `/passcode.v1.PasscodeService/${method}`;
    const { body, status } = await curl(path, ...headers, "--data", JSON.stringify(request));
    return { status, json: JSON.parse(body) };
  }

  test("sends a code and verifies it in JSON", async () => {
    const sent = await post("SendPasscode", { email: to });
    const verify = { sessionId: sent.json.sessionId, code: await codeSentTo(to) };
    const verified = await post("VerifyPasscode", verify);
    expect(sent).toMatchObject({ status: 200, json: { status: "STATUS_PENDING", attemptCount: 0 } });
    expect(verified).toMatchObject({ status: 200, json: { status: "STATUS_APPROVED", attemptCount: 1 } });
  });

  test("reads a refusal's HTTP status, and why", async () => {
    const refused = await post("SendPasscode", { phoneNumber: "12345" });
    expect(refused).toMatchObject({ status: 400, json: { code: "invalid_argument" } });
  });

  test("reads the health", async () => {
    expect(await curl("/healthz")).toEqual({ status: 200, body: "SERVING\n" });
  });
});
