import { create } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import { afterEach, describe, expect, test } from "vitest";
import {
  Health,
  HealthCheckResponse_ServingStatus as ServingStatus,
} from "../../gen/grpc/health/v1/health_pb.ts";
import {
  ServerReflection,
  ServerReflectionRequestSchema,
} from "../../gen/grpc/reflection/v1/reflection_pb.ts";
import { newApiKey } from "../../src/config/api-key.ts";
import { embeddedConfig } from "../../src/config/embedded.ts";
import { systemRandom } from "../../src/random.ts";
import { startService, type TestService } from "../support/service.ts";
import { connectBody, http, type MethodName, transports } from "./wire.ts";

const all = newApiKey(systemRandom);
const limited = newApiKey(systemRandom);
const stranger = newApiKey(systemRandom);

const started: TestService[] = [];

afterEach(async () => {
  await Promise.all(started.splice(0).map((service) => service.stop()));
});

/** Profiles `default` and `shop`; one key for both, one for `shop` alone. */
async function serviceWithKeys() {
  const [profile] = [...embeddedConfig(systemRandom).profiles.values()];
  const profiles = ["default", "shop"].map((name) => [name, { ...profile, name }] as const);
  const service = await startService({
    apiKeys: [
      { name: "everything", sha256: all.sha256 },
      { name: "shop-only", sha256: limited.sha256, profiles: new Set(["shop"]) },
    ],
    profiles: new Map(profiles) as typeof service.config.profiles,
  });
  started.push(service);
  return service;
}

function bearing(authorization: string) {
  return { headers: { authorization } };
}

const phone = { destination: { case: "phoneNumber", value: "+41791234567" } } as const;
const sessionId = "A".repeat(44);
const everyMethod: [string, MethodName, object][] = [
  ["SendPasscode", "sendPasscode", phone],
  ["VerifyPasscode", "verifyPasscode", { sessionId, code: "123456" }],
  ["GetSession", "getSession", { sessionId }],
  ["CancelSession", "cancelSession", { sessionId }],
];

describe.each(transports)("over %s", (_, call) => {
  test.each(everyMethod)("%s needs a key", async (_, method, request) => {
    const service = await serviceWithKeys();
    expect(await call(service, method, request)).toMatchObject({
      code: "unauthenticated",
      reason: "CREDENTIALS_INVALID",
      domain: "passcode.v1",
    });
    expect(service.messages).toHaveLength(0);
  });

  test.each([
    ["another key", `Bearer ${stranger.key}`],
    ["a key with a letter more", `Bearer ${all.key}A`],
    ["a key with a letter less", `Bearer ${all.key.slice(0, -1)}`],
    ["a key in other letters", `Bearer ${all.key.toUpperCase()}`],
    ["a key's digest", `Bearer ${all.sha256}`],
    ["a key without its scheme", all.key],
    ["a key of another scheme", `Basic ${all.key}`],
    ["two keys", `Bearer ${all.key}, Bearer ${all.key}`],
    ["a key of 10,000 letters", `Bearer ${"x".repeat(10_000)}`],
    ["an empty key", "Bearer "],
  ])("%s opens nothing, and stays out of the log", async (_, authorization) => {
    const service = await serviceWithKeys();
    const reply = await call(service, "sendPasscode", phone, bearing(authorization));
    expect(reply).toMatchObject({ code: "unauthenticated", reason: "CREDENTIALS_INVALID" });
    expect(service.messages).toHaveLength(0);
    expect(service.logLines.join("\n")).not.toContain(authorization.split(" ").at(-1) || "Bearer");
  });

  test.each(["Bearer", "bearer", "BEARER"])("a key under %s opens every profile", async (scheme) => {
    const service = await serviceWithKeys();
    const options = bearing(`${scheme} ${all.key}`);
    const replies = [
      await call(service, "sendPasscode", phone, options),
      await call(service, "sendPasscode", { ...phone, profile: "shop" }, options),
    ];
    expect(replies).toMatchObject([{ code: "ok" }, { code: "ok" }]);
  });

  test("the log names whose key it was, and never the key", async () => {
    const service = await serviceWithKeys();
    await call(service, "sendPasscode", { ...phone, profile: "shop" }, bearing(`Bearer ${limited.key}`));
    expect(service.logLines.at(-1)).toContain('"caller":"shop-only"');
    expect(service.logLines.join("\n")).not.toContain(limited.key);
    expect(service.logLines.join("\n")).not.toContain(limited.sha256);
  });

  test("a key in the place of a session id stays out of the log", async () => {
    const service = await serviceWithKeys();
    await call(service, "getSession", { sessionId: all.key }, bearing(`Bearer ${all.key}`));
    expect(service.logLines.at(-1)).toContain('"event":"call"');
    expect(service.logLines.join("\n")).not.toContain(all.key);
  });

  test("a key for one profile opens it", async () => {
    const service = await serviceWithKeys();
    const request = { ...phone, profile: "shop" };
    const reply = await call(service, "sendPasscode", request, bearing(`Bearer ${limited.key}`));
    expect(reply.code).toBe("ok");
  });

  test.each(everyMethod)(
    "%s tells a key for one profile the same of others, whether they are there or not",
    async (_, method, request) => {
      const service = await serviceWithKeys();
      const options = bearing(`Bearer ${limited.key}`);
      const forbidden = await call(service, method, { ...request, profile: "default" }, options);
      const unnamed = await call(service, method, request, options);
      const unknown = await call(service, method, { ...request, profile: "nothing" }, options);
      expect(forbidden).toMatchObject({ code: "permission_denied", reason: "PROFILE_FORBIDDEN" });
      expect(unnamed.message).toEqual(forbidden.message);
      const { everything: _1, ...told } = forbidden;
      const { everything: _2, ...toldOfUnknown } = unknown;
      expect(toldOfUnknown).toEqual(told);
      expect(service.messages).toHaveLength(0);
    },
  );

  test("a key for one profile does not reach a session of another", async () => {
    const service = await serviceWithKeys();
    const { response } = await call(service, "sendPasscode", phone, bearing(`Bearer ${all.key}`));
    const request = { sessionId: response?.sessionId ?? "", profile: "shop" };
    const reply = await call(service, "getSession", request, bearing(`Bearer ${limited.key}`));
    expect(reply).toMatchObject({ code: "not_found", reason: "SESSION_NOT_FOUND" });
  });

  test("a stranger with a bad request is told of the key alone", async () => {
    const service = await serviceWithKeys();
    const reply = await call(service, "sendPasscode", { profile: "NOT A PROFILE" });
    expect(reply).toMatchObject({ code: "unauthenticated", fields: [] });
  });
});

test.each(["not JSON", "[]", '{"unknown":1}', '{"channel":"NONE"}'])(
  "a stranger whose body is %s is told of the key alone",
  async (body) => {
    const service = await serviceWithKeys();
    const reply = await connectBody(service, "sendPasscode", body);
    expect(reply).toMatchObject({ code: "unauthenticated", httpStatus: 401, fields: [] });
  },
);

test("a stranger's GET with a bad message is told of the key alone", async () => {
  const service = await serviceWithKeys();
  const path = "/passcode.v1.PasscodeService/GetSession?connect=v1&encoding=json&message=c4n4ry";
  const { status, text } = await http(service.ports.http, { verb: "GET", path });
  expect(status).toBe(401);
  expect(text).not.toContain("c4n4ry");
});

const openTransports = [
  ["gRPC", ({ ports }: TestService) => createGrpcTransport({ baseUrl: `http://127.0.0.1:${ports.grpc}` })],
  [
    "Connect",
    ({ ports }: TestService) =>
      createConnectTransport({ baseUrl: `http://127.0.0.1:${ports.http}`, httpVersion: "2" }),
  ],
] as const;

describe.each(openTransports)("over %s, without a key,", (_, transportTo) => {
  test("health is told", async () => {
    const service = await serviceWithKeys();
    const health = createClient(Health, transportTo(service));
    expect(await health.check({})).toMatchObject({ status: ServingStatus.SERVING });
  });

  test("the schema is told", async () => {
    const service = await serviceWithKeys();
    const reflection = createClient(ServerReflection, transportTo(service));
    const messageRequest = { case: "listServices", value: "" } as const;
    const asked = (async function* () {
      yield create(ServerReflectionRequestSchema, { messageRequest });
    })();
    for await (const { messageResponse } of reflection.serverReflectionInfo(asked)) {
      expect(messageResponse.case).toBe("listServicesResponse");
    }
    expect.assertions(1);
  });
});

test("/healthz needs no key", async () => {
  const service = await serviceWithKeys();
  expect(await http(service.ports.http, { verb: "GET", path: "/healthz" })).toMatchObject({ status: 200 });
});
