import {
  create,
  createRegistry,
  type DescFile,
  type DescService,
  fromBinary,
  type Message,
  type MessageShape,
  type Registry,
  toBinary,
} from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import {
  type ServerReflectionRequestSchema,
  ServerReflection as V1,
  ServerReflectionResponseSchema as V1Response,
} from "../../gen/grpc/reflection/v1/reflection_pb.ts";
import {
  ServerReflection as V1Alpha,
  ServerReflectionResponseSchema as V1AlphaResponse,
} from "../../gen/grpc/reflection/v1alpha/reflection_pb.ts";
import type { Procedure } from "./procedure.ts";

/** v1alpha's messages have the same fields under the same numbers. */
type Request = MessageShape<typeof ServerReflectionRequestSchema>;

/**
 * Server reflection, v1 and v1alpha: tells any client the schema of the services, so that
 * `buf curl` and its like need no .proto files.
 */
export function reflectionProcedures(services: readonly DescService[]): Procedure[] {
  const files = withImports(services.map((service) => service.file));
  const registry = createRegistry(...files.values());
  async function* v1(requests: AsyncIterable<Message>): AsyncGenerator<MessageShape<typeof V1Response>> {
    for await (const message of requests) {
      // The transports decode with the method's input schema; v1alpha's is the same by another name.
      const originalRequest = message as Request;
      const messageResponse = respond(originalRequest.messageRequest, { services, files, registry });
      yield create(V1Response, { validHost: originalRequest.host, messageResponse });
    }
  }
  async function* v1Alpha(requests: AsyncIterable<Message>): AsyncGenerator<Message> {
    for await (const response of v1(requests)) {
      yield fromBinary(V1AlphaResponse, toBinary(V1Response, response));
    }
  }
  return [
    { kind: "bidiStreaming", method: V1.method.serverReflectionInfo, converse: v1 },
    { kind: "bidiStreaming", method: V1Alpha.method.serverReflectionInfo, converse: v1Alpha },
  ];
}

interface Schema {
  services: readonly DescService[];
  /** By path, as imports name them. */
  files: ReadonlyMap<string, DescFile>;
  registry: Registry;
}

type MessageResponse = Exclude<
  NonNullable<Parameters<typeof create<typeof V1Response>>[1]>["messageResponse"],
  undefined
>;

function respond(asked: Request["messageRequest"], { services, files, registry }: Schema): MessageResponse {
  switch (asked.case) {
    case "listServices":
      return {
        case: "listServicesResponse",
        value: { service: services.map(({ typeName }) => ({ name: typeName })) },
      };
    case "fileByFilename":
      return fileResponse(files.get(asked.value));
    case "fileContainingSymbol":
      return fileResponse(fileOfSymbol(asked.value, registry));
    case "fileContainingExtension": {
      const { containingType, extensionNumber } = asked.value;
      const message = registry.getMessage(containingType);
      return fileResponse(message && registry.getExtensionFor(message, extensionNumber)?.file);
    }
    case "allExtensionNumbersOfType": {
      const extensions = [...registry].filter(
        (type) => type.kind === "extension" && type.extendee.typeName === asked.value,
      );
      const extensionNumber = extensions.map((type) => (type.kind === "extension" ? type.number : 0));
      return {
        case: "allExtensionNumbersResponse",
        value: { baseTypeName: asked.value, extensionNumber },
      };
    }
    case undefined:
      return {
        case: "errorResponse",
        value: { errorCode: Code.InvalidArgument, errorMessage: "nothing was asked" },
      };
  }
}

/** The file and all it imports, so that one answer is enough. */
function fileResponse(file: DescFile | undefined): MessageResponse {
  if (file === undefined) {
    return { case: "errorResponse", value: { errorCode: Code.NotFound, errorMessage: "not found" } };
  }
  const fileDescriptorProto = [...withImports([file]).values()].map(({ proto }) =>
    toBinary(FileDescriptorProtoSchema, proto),
  );
  return { case: "fileDescriptorResponse", value: { fileDescriptorProto } };
}

/** A symbol is a type, or a method, field or value within one. */
function fileOfSymbol(symbol: string, registry: Registry): DescFile | undefined {
  const type = registry.get(symbol);
  if (type !== undefined) return type.file;
  const parent = symbol.slice(0, Math.max(0, symbol.lastIndexOf(".")));
  return parent === "" ? undefined : registry.get(parent)?.file;
}

function withImports(roots: readonly DescFile[]): Map<string, DescFile> {
  const files = new Map<string, DescFile>();
  const visit = (file: DescFile) => {
    if (files.has(file.proto.name)) return;
    files.set(file.proto.name, file);
    file.dependencies.forEach(visit);
  };
  roots.forEach(visit);
  return files;
}
