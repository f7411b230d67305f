import { once } from "node:events";
import { connect, type IncomingHttpHeaders } from "node:http2";
import { create, type DescMessage, toBinary, toJson } from "@bufbuild/protobuf";
import { PasscodeService } from "../../gen/passcode/v1/passcode_service_pb.ts";
import { http, type Init, type MethodName } from "../rpc/wire.ts";
import type { TestService } from "../support/service.ts";

/**
 * All that comes back from a call, as it goes over the wire: gRPC at its own port, gRPC
 * at the HTTP port, and Connect. Only the date is left out, which is the server's own.
 */
export async function rawAnswers<M extends MethodName>(
  ports: TestService["ports"],
  method: M,
  request: Init<M>,
): Promise<string[]> {
  const { input, name } = PasscodeService.method[method];
  const message = create<DescMessage>(input, request);
  const path = `/${PasscodeService.typeName}/${name}`;
  const bytes = toBinary<DescMessage>(input, message);
  const connectAnswer = await http(ports.http, {
    verb: "POST",
    path,
    headers: { "content-type": "application/json" },
    body: JSON.stringify(toJson<DescMessage>(input, message)),
  });
  const { status, headers, text } = connectAnswer;
  return [
    await grpcAnswer(ports.grpc, path, bytes),
    await grpcAnswer(ports.http, path, bytes),
    [status, written(headers), text].join("\n"),
  ];
}

async function grpcAnswer(port: number, path: string, bytes: Uint8Array): Promise<string> {
  const session = connect(`http://127.0.0.1:${port}`);
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(bytes.length, 1);
  const stream = session.request({
    ":method": "POST",
    ":path": path,
    "content-type": "application/grpc",
    te: "trailers",
  });
  const told: string[] = [];
  stream.on("response", (headers) => told.push(written(headers)));
  stream.on("data", (chunk: Buffer) => told.push(chunk.toString("latin1")));
  stream.on("trailers", (trailers) => told.push(written(trailers)));
  stream.end(Buffer.concat([prefix, bytes]));
  await once(stream, "close");
  session.close();
  return told.join("\n");
}

function written(headers: IncomingHttpHeaders): string {
  return Object.entries(headers)
    .filter(([name]) => name !== "date")
    .map(([name, value]) => `${name}: ${String(value)}`)
    .join("\n");
}
