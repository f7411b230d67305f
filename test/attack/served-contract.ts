import {
  create,
  createFileRegistry,
  type DescField,
  type DescMessage,
  type DescService,
  fromBinary,
} from "@bufbuild/protobuf";
import {
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
} from "@bufbuild/protobuf/wkt";
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { ServerReflection } from "../../gen/grpc/reflection/v1/reflection_pb.ts";
import { PasscodeService } from "../../gen/passcode/v1/passcode_service_pb.ts";

/** The service's contract as a running instance tells it to whoever asks, by reflection. */
export async function servedContract(grpcPort: number): Promise<DescService> {
  const transport = createGrpcTransport({ baseUrl: `http://127.0.0.1:${grpcPort}` });
  const questions = async function* () {
    yield { messageRequest: { case: "fileContainingSymbol", value: PasscodeService.typeName } as const };
  };
  const files = [];
  for await (const { messageResponse } of createClient(ServerReflection, transport).serverReflectionInfo(
    questions(),
  )) {
    if (messageResponse.case !== "fileDescriptorResponse") throw new Error("reflection tells no files");
    files.push(...messageResponse.value.fileDescriptorProto);
  }
  const file = importedFirst(files.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes)));
  const registry = createFileRegistry(create(FileDescriptorSetSchema, { file }));
  const served = registry.getService(PasscodeService.typeName);
  if (served === undefined) throw new Error("reflection does not know the service");
  return served;
}

/** In the order that a registry takes them in. */
function importedFirst(files: readonly FileDescriptorProto[]): FileDescriptorProto[] {
  const ordered = new Set<FileDescriptorProto>();
  const add = (file: FileDescriptorProto): void => {
    for (const name of file.dependency) files.filter((one) => one.name === name).forEach(add);
    ordered.add(file);
  };
  files.forEach(add);
  return [...ordered];
}

/** Every field of a message and of the messages in it, by its path; well-known types are not looked into. */
export function fieldsOf(
  message: DescMessage,
  path: readonly string[] = [],
): { path: string; field: DescField }[] {
  return message.fields.flatMap((field) => {
    const here = [...path, field.name];
    const inner = field.fieldKind === "message" || field.fieldKind === "list" ? field.message : undefined;
    const isOurs = inner !== undefined && !inner.typeName.startsWith("google.protobuf.");
    return [{ path: here.join("."), field }, ...(isOurs ? fieldsOf(inner, here) : [])];
  });
}
