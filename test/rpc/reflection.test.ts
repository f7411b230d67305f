import { type DescService, fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { type Client, Code, createClient, type Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ServerReflection as V1 } from "../../gen/grpc/reflection/v1/reflection_pb.ts";
import { ServerReflection as V1Alpha } from "../../gen/grpc/reflection/v1alpha/reflection_pb.ts";
import { startService, type TestService } from "../support/service.ts";

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(async () => {
  await service.stop();
});

const grpc = () => createGrpcTransport({ baseUrl: `http://127.0.0.1:${service.ports.grpc}` });
const connect = () =>
  createConnectTransport({ baseUrl: `http://127.0.0.1:${service.ports.http}`, httpVersion: "2" });

// The two versions' messages are alike but for their names.
type Ask =
  Parameters<Client<typeof V1>["serverReflectionInfo"]>[0] extends AsyncIterable<infer R> ? R : never;

const ways: [string, DescService, () => Transport][] = [
  ["v1 over gRPC", V1, grpc],
  ["v1 over Connect", V1, connect],
  ["v1alpha over gRPC", V1Alpha, grpc],
  ["v1alpha over Connect", V1Alpha, connect],
];

describe.each(ways)("%s", (_, version, transportTo) => {
  async function ask(...messageRequests: NonNullable<Ask["messageRequest"]>[]) {
    const client = createClient(version as typeof V1, transportTo());
    const requests = async function* () {
      for (const messageRequest of messageRequests) yield { host: "here", messageRequest };
    };
    const responses = [];
    for await (const response of client.serverReflectionInfo(requests())) responses.push(response);
    return responses;
  }

  /** The names of the files in the answer to one question. */
  async function filesFor(messageRequest: NonNullable<Ask["messageRequest"]>) {
    const [response] = await ask(messageRequest);
    const answer = response?.messageResponse;
    if (answer?.case !== "fileDescriptorResponse") return answer;
    return answer.value.fileDescriptorProto.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes).name);
  }

  test("lists the services", async () => {
    const [response] = await ask({ case: "listServices", value: "" });
    expect(response).toMatchObject({
      validHost: "here",
      messageResponse: {
        value: { service: [{ name: "passcode.v1.PasscodeService" }, { name: "grpc.health.v1.Health" }] },
      },
    });
  });

  test("tells a file by its name, with all that it imports", async () => {
    const files = await filesFor({ case: "fileByFilename", value: "passcode/v1/passcode_service.proto" });
    expect(files).toEqual([
      "passcode/v1/passcode_service.proto",
      "buf/validate/validate.proto",
      "google/protobuf/descriptor.proto",
      "google/protobuf/duration.proto",
      "google/protobuf/field_mask.proto",
      "google/protobuf/timestamp.proto",
      "passcode/v1/session.proto",
    ]);
  });

  test.each([
    ["service", "passcode.v1.PasscodeService", "passcode/v1/passcode_service.proto"],
    ["method", "passcode.v1.PasscodeService.SendPasscode", "passcode/v1/passcode_service.proto"],
    ["message", "passcode.v1.VerifyPasscodeRequest", "passcode/v1/passcode_service.proto"],
    ["field", "passcode.v1.VerifyPasscodeRequest.code", "passcode/v1/passcode_service.proto"],
    ["oneof", "passcode.v1.SendPasscodeRequest.destination", "passcode/v1/passcode_service.proto"],
    ["map's entry", "passcode.v1.SendPasscodeRequest.TransactionEntry", "passcode/v1/passcode_service.proto"],
    ["enum", "passcode.v1.Channel", "passcode/v1/session.proto"],
    ["enum value", "passcode.v1.CHANNEL_SMS", "passcode/v1/session.proto"],
    ["message of another package", "google.protobuf.Timestamp", "google/protobuf/timestamp.proto"],
    ["extension", "buf.validate.field", "buf/validate/validate.proto"],
  ])("tells the file of a %s", async (_, value, file) => {
    const files = await filesFor({ case: "fileContainingSymbol", value });
    expect(files).toEqual(expect.arrayContaining([file]));
  });

  test("tells the file of an extension by its number", async () => {
    const value = { containingType: "google.protobuf.FieldOptions", extensionNumber: 1159 };
    const files = await filesFor({ case: "fileContainingExtension", value });
    expect(files).toEqual(expect.arrayContaining(["buf/validate/validate.proto"]));
  });

  test("tells the numbers of a message's extensions", async () => {
    const value = "google.protobuf.FieldOptions";
    const [response] = await ask({ case: "allExtensionNumbersOfType", value });
    expect(response?.messageResponse).toMatchObject({
      case: "allExtensionNumbersResponse",
      value: { baseTypeName: value, extensionNumber: expect.arrayContaining([1159]) },
    });
  });

  test.each<[string, NonNullable<Ask["messageRequest"]>]>([
    ["file", { case: "fileByFilename", value: "passcode/v1/nothing.proto" }],
    ["symbol", { case: "fileContainingSymbol", value: "passcode.v1.Nothing" }],
    ["method", { case: "fileContainingSymbol", value: "passcode.v1.PasscodeService.Nothing" }],
    ["empty symbol", { case: "fileContainingSymbol", value: "" }],
    [
      "extension",
      {
        case: "fileContainingExtension",
        value: { containingType: "google.protobuf.FieldOptions", extensionNumber: 1 },
      },
    ],
    [
      "extended message",
      { case: "fileContainingExtension", value: { containingType: "no.Message", extensionNumber: 1159 } },
    ],
    ["type", { case: "allExtensionNumbersOfType", value: "no.Message" }],
  ])("does not find a %s there is not", async (_, question) => {
    const [response] = await ask(question);
    expect(response?.messageResponse).toMatchObject({
      case: "errorResponse",
      value: { errorCode: Code.NotFound },
    });
  });

  test("answers every question of a stream, in order, and tells one that asks nothing", async () => {
    const responses = await ask(
      { case: "fileContainingSymbol", value: "nothing" },
      { case: undefined },
      { case: "listServices", value: "" },
    );
    expect(responses.map(({ messageResponse }) => messageResponse)).toMatchObject([
      { case: "errorResponse", value: { errorCode: Code.NotFound } },
      { case: "errorResponse", value: { errorCode: Code.InvalidArgument } },
      { case: "listServicesResponse" },
    ]);
  });
});
