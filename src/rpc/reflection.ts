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
import { nestedTypes } from "@bufbuild/protobuf/reflect";
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
  const symbols = new Map([...files.values()].flatMap((file) => symbolsOf(file).map((name) => [name, file])));
  async function* v1(requests: AsyncIterable<Message>): AsyncGenerator<MessageShape<typeof V1Response>> {
    for await (const message of requests) {
      // The transports decode with the method's input schema; v1alpha's is the same by another name.
      const originalRequest = message as Request;
      const messageResponse = respond(originalRequest.messageRequest, { services, files, symbols, registry });
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
  /** By the full name of each of their declarations. */
  symbols: ReadonlyMap<string, DescFile>;
  registry: Registry;
}

type MessageResponse = Exclude<
  NonNullable<Parameters<typeof create<typeof V1Response>>[1]>["messageResponse"],
  undefined
>;

function respond(
  asked: Request["messageRequest"],
  { services, files, symbols, registry }: Schema,
): MessageResponse {
  switch (asked.case) {
    case "listServices":
      return {
        case: "listServicesResponse",
        value: { service: services.map(({ typeName }) => ({ name: typeName })) },
      };
    case "fileByFilename":
      return fileResponse(files.get(asked.value));
    case "fileContainingSymbol":
      return fileResponse(symbols.get(asked.value));
    case "fileContainingExtension": {
      const { containingType, extensionNumber } = asked.value;
      const message = registry.getMessage(containingType);
      return fileResponse(message && registry.getExtensionFor(message, extensionNumber)?.file);
    }
    case "allExtensionNumbersOfType": {
      if (registry.getMessage(asked.value) === undefined) return fileResponse(undefined);
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

/** Every name a file declares: types, and the methods, fields and values within them. */
function symbolsOf(file: DescFile): string[] {
  return [...nestedTypes(file)].flatMap((type) => {
    const name = type.typeName;
    switch (type.kind) {
      case "service":
        return [name, ...type.methods.map((method) => `${name}.${method.name}`)];
      case "message": {
        // The messages behind maps are known by the file's own description alone.
        const within = [...type.fields, ...type.oneofs, ...type.proto.nestedType];
        return [name, ...within.map((member) => `${name}.${member.name}`)];
      }
      case "enum": {
        // A value's name stands beside its enum's, not within it.
        const scope = name.slice(0, name.lastIndexOf(".") + 1);
        return [name, ...type.values.map((value) => `${scope}${value.name}`)];
      }
      default:
        return [name];
    }
  });
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
