import { fileURLToPath } from "node:url";
import * as grpc from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { grpcFailure } from "../rpc/wire.ts";
import { codeIn, startService, type TestService } from "../support/service.ts";

const proto = fileURLToPath(new URL("../../proto", import.meta.url));

/** A client that knows nothing but the .proto files. */
const definition = loadSync("passcode/v1/passcode_service.proto", {
  includeDirs: [proto, `${proto}/third_party`],
  keepCase: true,
  enums: String,
  longs: Number,
  defaults: true,
  oneofs: true,
});
const { PasscodeService } = (grpc.loadPackageDefinition(definition) as unknown as Package).passcode.v1;

interface Package {
  passcode: { v1: { PasscodeService: grpc.ServiceClientConstructor } };
}
type Answer = Record<string, unknown>;

describe.each(["grpc", "http"] as const)("a grpc-js client at the %s port", (port) => {
  let service: TestService;
  let client: grpc.Client;
  beforeEach(async () => {
    service = await startService();
    client = new PasscodeService(`127.0.0.1:${service.ports[port]}`, grpc.credentials.createInsecure());
  });
  afterEach(async () => {
    client.close();
    await service.stop();
  });

  async function call(method: string, request: object): Promise<Answer> {
    const stub = (client as unknown as Record<string, (...args: unknown[]) => void>)[method];
    return await new Promise((resolve, reject) =>
      stub?.call(client, request, (error: grpc.ServiceError | null, answer: Answer) =>
        error === null ? resolve(answer) : reject(error),
      ),
    );
  }

  test("sends, verifies and reads a session", async () => {
    const sent = await call("sendPasscode", {
      phone_number: "+41791234567",
      channel: "CHANNEL_VOICE",
      transaction: { amount: "1 CHF" },
    });
    const verify = { session_id: sent["session_id"], code: codeIn(service.messages[0]) };
    const verified = await call("verifyPasscode", { ...verify, transaction: { amount: "1 CHF" } });
    const { session } = await call("getSession", { session_id: sent["session_id"] });
    expect(sent).toMatchObject({ status: "STATUS_PENDING", channel: "CHANNEL_VOICE", sends_remaining: 4 });
    expect(verified).toMatchObject({ status: "STATUS_APPROVED", attempt_count: 1 });
    expect(session).toMatchObject({
      status: "STATUS_APPROVED",
      deliveries: [{ channel: "CHANNEL_VOICE", state: "DELIVERY_STATE_ACCEPTED" }],
    });
  });

  test("cancels a session", async () => {
    const { session_id } = await call("sendPasscode", { email: "someone@b.example" });
    const { session } = await call("cancelSession", { session_id });
    expect(session).toMatchObject({ status: "STATUS_REJECT", reason: "STATUS_REASON_CANCELED" });
  });

  test("reads the details of a refusal", async () => {
    const error = await call("sendPasscode", { phone_number: "12345" }).catch((error) => error);
    expect(grpcFailure(error)).toMatchObject({
      code: "invalid_argument",
      reason: "INVALID_REQUEST",
      fields: ["phone_number"],
    });
  });
});
