import { Code, ConnectError, createContextKey } from "@connectrpc/connect";
import {
  createAsyncIterable,
  readAllBytes,
  type UniversalHandler,
  type UniversalServerRequest,
} from "@connectrpc/connect/protocol";
import { decodeBinary, decodeJson, requestBytesMax } from "./decode.ts";
import type { Undecodable } from "./procedure.ts";

/** What is wrong with the message that was replaced. */
export const undecodableKey = createContextKey<Undecodable | undefined>(undefined);

/**
 * The request with a message that connect-node can decode.
 *
 * connect-node's own decoding errors repeat values, name no field, and come before
 * authentication; so a message that cannot be decoded is replaced by an empty one and
 * its fault handed to the procedure.
 */
export async function withDecodable(
  handler: UniversalHandler,
  request: UniversalServerRequest,
): Promise<UniversalServerRequest> {
  if (request.method === "GET") return withDecodableQuery(handler, request);
  return await withDecodableBody(handler, request);
}

/** Connect's GET, for procedures without side effects, has its message in the query. */
function withDecodableQuery(
  { method }: UniversalHandler,
  request: UniversalServerRequest,
): UniversalServerRequest {
  const url = new URL(request.url);
  const query = url.searchParams;
  const bytes = Buffer.from(query.get("message") ?? "", query.get("base64") === "1" ? "base64url" : "utf8");
  const json = query.get("encoding") === "json";
  const decoded = json ? decodeJson(method.input, bytes) : decodeBinary(method.input, bytes);
  if (decoded.kind === "decoded") return request;

  request.contextValues?.set(undecodableKey, decoded);
  query.set("message", json ? "{}" : "");
  query.delete("base64");
  return { ...request, url: url.href };
}

async function withDecodableBody(
  handler: UniversalHandler,
  request: UniversalServerRequest,
): Promise<UniversalServerRequest> {
  if (request.method !== "POST" || !isByteStream(request.body)) return request;
  const bytes = await readAllBytes(request.body, requestBytesMax, request.header.get("content-length")).catch(
    (error: unknown) => ConnectError.from(error),
  );
  if (bytes instanceof ConnectError) return { ...request, body: failing(bytes) };

  const type = request.header.get("content-type")?.toLowerCase() ?? "";
  const framed = type.startsWith("application/grpc");
  // Without the right length, the message is cut off, missing, or not the only one.
  if (framed && (bytes.length < 5 || Buffer.from(bytes).readUInt32BE(1) !== bytes.length - 5)) {
    const error = new ConnectError("the call takes exactly one whole message", Code.Unimplemented);
    return { ...request, body: failing(error) };
  }
  const { input } = handler.method;
  const decoded = type.startsWith("application/json")
    ? decodeJson(input, bytes)
    : decodeBinary(input, framed ? bytes.subarray(5) : bytes);
  if (decoded.kind === "decoded") return { ...request, body: createAsyncIterable([bytes]) };

  request.contextValues?.set(undecodableKey, decoded);
  request.header.delete("content-length");
  const empty = type.startsWith("application/json") ? "{}" : framed ? "\0\0\0\0\0" : "";
  return { ...request, body: createAsyncIterable([new TextEncoder().encode(empty)]) };
}

export function isByteStream(body: UniversalServerRequest["body"]): body is AsyncIterable<Uint8Array> {
  return typeof body === "object" && body !== null && Symbol.asyncIterator in body;
}

function failing(error: ConnectError): AsyncIterable<Uint8Array> {
  return { [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(error) }) };
}
