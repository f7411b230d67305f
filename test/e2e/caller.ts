import { create, fromBinary } from "@bufbuild/protobuf";
import { type Any, AnySchema, anyUnpack } from "@bufbuild/protobuf/wkt";
import * as grpc from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { ErrorInfoSchema, RetryInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import { StatusSchema } from "../../gen/google/rpc/status_pb.ts";

/** What a call came to, over whichever transport, in the words of the schema. */
export interface Reply {
  /** OK, or the name of a gRPC code. */
  readonly code: string;
  /** The response's fields; empty with an error. */
  readonly answer: Answer;
  /** Of an error's ErrorInfo. */
  readonly reason?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  /** Of an error's RetryInfo, in seconds. */
  readonly retrySeconds?: number;
  /** Everything the caller was sent with an error, as text. */
  readonly raw?: string;
}

interface Answer {
  readonly sessionId?: string;
  readonly status?: string;
  readonly reason?: string;
  readonly attemptCount?: number;
  readonly attemptsRemaining?: number;
  readonly sendsRemaining?: number;
  readonly maskedDestination?: string;
  readonly session?: {
    readonly status: string;
    readonly reason: string;
    readonly attemptCount: number;
    readonly deliveries: readonly { readonly state: string; readonly failure: string }[];
  };
}

export type Method = "SendPasscode" | "VerifyPasscode" | "GetSession" | "CancelSession";

/** A client that knows the .proto files or the JSON mapping, and none of this project's code. */
export interface Caller {
  call(method: Method, request: Readonly<Record<string, unknown>>): Promise<Reply>;
  close(): void;
}

/** Over gRPC, by @grpc/grpc-js and the .proto files. */
export function grpcCaller(port: number, apiKey = ""): Caller {
  const client = new PasscodeService(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
  const credentials = new grpc.Metadata();
  if (apiKey !== "") credentials.set("authorization", `Bearer ${apiKey}`);
  return {
    call: (method, request) =>
      new Promise((resolve) => {
        // proto-loader's clients have their methods by name; their types do not say which.
        const unary = client[method] as unknown as UnaryMethod;
        unary.call(client, request, credentials, (error, answer) => {
          resolve(error === null ? { code: "OK", answer: answer ?? {} } : grpcError(error));
        });
      }),
    close: () => client.close(),
  };
}

/** Over HTTP, by fetch and the JSON of Connect. */
export function httpCaller(port: number, apiKey = ""): Caller {
  return {
    call: async (method, request) => {
      const response = await fetch(`http://127.0.0.1:${port}/passcode.v1.PasscodeService/${method}`, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          ...(apiKey !== "" && { authorization: `Bearer ${apiKey}` }),
        },
        body: JSON.stringify(request),
      });
      const text = await response.text();
      if (response.ok) return { code: "OK", answer: JSON.parse(text) as Answer };
      const error = JSON.parse(text) as ConnectJsonError;
      const details = (error.details ?? []).map(({ type, value }) =>
        create(AnySchema, {
          typeUrl: `type.googleapis.com/${type}`,
          value: Buffer.from(value, "base64"),
        }),
      );
      const raw = `${text}\n${[...response.headers].join("\n")}`;
      return { code: error.code.toUpperCase(), answer: {}, ...explained(details), raw };
    },
    close: () => {},
  };
}

interface ConnectJsonError {
  code: string;
  details?: { type: string; value: string }[];
}

type UnaryMethod = (
  request: object,
  metadata: grpc.Metadata,
  callback: (error: grpc.ServiceError | null, answer?: Answer) => void,
) => void;

const root = new URL("../..", import.meta.url).pathname;

const definitions = loadSync("passcode/v1/passcode_service.proto", {
  includeDirs: [`${root}proto`, `${root}proto/third_party`],
  defaults: true,
  enums: String,
  longs: String,
});

const PasscodeService = grpc.makeGenericClientConstructor(
  definitions["passcode.v1.PasscodeService"] as grpc.ServiceDefinition,
  "PasscodeService",
);

function grpcError(error: grpc.ServiceError): Reply {
  const [bytes] = error.metadata.get("grpc-status-details-bin");
  const details = bytes instanceof Buffer ? fromBinary(StatusSchema, bytes).details : [];
  const raw = `${error.details}\n${bytes?.toString("latin1")}\n${JSON.stringify(error.metadata)}`;
  return { code: grpc.status[error.code], answer: {}, ...explained(details), raw };
}

function explained(details: readonly Any[]): Pick<Reply, "reason" | "metadata" | "retrySeconds"> {
  const info = details.map((detail) => anyUnpack(detail, ErrorInfoSchema)).find(Boolean);
  const retry = details.map((detail) => anyUnpack(detail, RetryInfoSchema)).find(Boolean);
  return {
    ...(info !== undefined && { reason: info.reason, metadata: info.metadata }),
    ...(retry?.retryDelay !== undefined && { retrySeconds: Number(retry.retryDelay.seconds) }),
  };
}
