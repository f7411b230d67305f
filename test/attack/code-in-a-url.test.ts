import { once } from "node:events";
import { connect } from "node:http2";
import { MethodOptions_IdempotencyLevel } from "@bufbuild/protobuf/wkt";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PasscodeService } from "../../gen/passcode/v1/passcode_service_pb.ts";
import { Channel, Status } from "../../gen/passcode/v1/session_pb.ts";
import { http } from "../rpc/wire.ts";
import { startService, type TestService } from "../support/service.ts";
import { fieldsOf, servedContract } from "./served-contract.ts";
import { codeHanded } from "./vendor-callbacks.ts";
import { publicUrl, ServiceAtVendors, type VendorName } from "./vendors.ts";

const verifyPath = `/${PasscodeService.typeName}/VerifyPasscode`;

describe.each(["memory", "Redis"] as const)("A code, on %s,", (store) => {
  let service: ServiceAtVendors;
  beforeAll(async () => {
    service = await ServiceAtVendors.start(store);
  });
  afterAll(() => service.end());

  let numbers = 0;
  async function open(profile: VendorName, channel: Channel = Channel.SMS) {
    numbers += 1;
    const destination = { case: "phoneNumber", value: `+4179${4_000_000 + numbers}` } as const;
    const { sessionId } = await service.client.sendPasscode({ profile, destination, channel });
    const handed = service.vendors.requests.at(-1);
    if (handed === undefined) throw new Error("the vendor was handed nothing");
    return { profile, sessionId, handed, destination };
  }

  async function untouched({ profile, sessionId }: { profile: string; sessionId: string }): Promise<void> {
    const { session } = await service.client.getSession({ profile, sessionId });
    expect(session).toMatchObject({ status: Status.PENDING, attemptCount: 0 });
  }

  it.each(["json", "proto"])("is not taken from the query of a GET, in %s", async (encoding) => {
    const session = await open("gateway");
    const { profile, sessionId, handed } = session;
    const code = codeHanded("gateway", handed);
    const message = JSON.stringify({ profile, sessionId, code });
    const query = new URLSearchParams({ connect: "v1", encoding, message });
    for (const { ports } of service.instances) {
      const { status } = await http(ports.http, { verb: "GET", path: `${verifyPath}?${query}` });
      expect(status).toBe(405);
    }
    await untouched(session);
  });

  it("is not taken from a path", async () => {
    const session = await open("gateway");
    const code = codeHanded("gateway", session.handed);
    for (const { ports } of service.instances) {
      for (const port of [ports.http, ports.callbacks]) {
        for (const verb of ["GET", "POST"]) {
          const path = `${verifyPath}/${session.sessionId}/${code}`;
          expect((await http(port, { verb, path })).status).toBe(404);
        }
      }
    }
    await untouched(session);
  });

  it.each(["twilio", "vonage", "gateway"] as const)(
    "is in no URL that %s is asked or told, as it is or encoded",
    async (profile) => {
      const { sessionId, handed: sms, destination } = await open(profile);
      const code = codeHanded(profile, sms);
      await service.client.sendPasscode({ profile, destination, sessionId, channel: Channel.VOICE });
      const call = service.vendors.requests.at(-1);
      const handed = call === undefined ? [sms] : [sms, call];

      const told = handed.flatMap(({ url, body }) => [
        ...(decodeURIComponent(body).match(new RegExp(`${publicUrl}/[^"&<]+`, "g")) ?? []),
        url,
      ]);
      const parts = told.flatMap((url) => url.split(/[/?=]/));
      const encoded = parts.flatMap((part) =>
        (["base64url", "hex"] as const).map((encoding) => Buffer.from(part, encoding).toString("latin1")),
      );

      expect(told.length).toBeGreaterThanOrEqual(4);
      expect([...parts, ...encoded].filter((text) => text.includes(code))).toEqual([]);
    },
  );
});

describe("Of the procedures", () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startService();
  });
  afterAll(() => service.stop());

  it("the one that may be called by GET takes no code", async () => {
    const { methods } = await servedContract(service.ports.grpc);
    const byGet = methods.filter(
      ({ idempotency }) => idempotency === MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS,
    );
    expect(byGet.map(({ name }) => name)).toEqual(["GetSession"]);
    expect(byGet.flatMap(({ input }) => fieldsOf(input).map(({ path }) => path))).toEqual([
      "session_id",
      "profile",
    ]);
  });

  it("none is called by a GET at the port for gRPC, which holds no message", async () => {
    const client = connect(`http://127.0.0.1:${service.ports.grpc}`);
    try {
      const statuses = [];
      for (const { name } of PasscodeService.methods) {
        const path = `/${PasscodeService.typeName}/${name}`;
        const stream = client.request({
          ":method": "GET",
          ":path": path,
          "content-type": "application/grpc",
        });
        const [headers] = (await once(stream.end(), "response")) as [Record<string, unknown>];
        statuses.push(headers["grpc-status"]);
        stream.close();
      }
      // UNIMPLEMENTED is what the library says of a call without its message.
      expect(statuses).toEqual(["12", "12", "12", "12"]);
    } finally {
      client.destroy();
    }
  });
});
