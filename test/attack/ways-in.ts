import { createClient, type Transport } from "@connectrpc/connect";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from "@connectrpc/connect-node";
import { PasscodeService } from "../../gen/passcode/v1/passcode_service_pb.ts";
import type { PasscodeClient, TestService } from "../support/service.ts";

/** A client for every protocol, encoding and HTTP version that an instance serves, at every port. */
export function everyWayIn({ grpc, http }: TestService["ports"]): PasscodeClient[] {
  return [
    createGrpcTransport({ baseUrl: at(grpc) }),
    createGrpcTransport({ baseUrl: at(http) }),
    createGrpcWebTransport({ baseUrl: at(http), httpVersion: "1.1" }),
    connectTransport(http, "1.1", false),
    connectTransport(http, "1.1", true),
    connectTransport(http, "2", true),
  ].map((transport) => createClient(PasscodeService, transport));
}

function at(port: number): string {
  return `http://127.0.0.1:${port}`;
}

function connectTransport(port: number, httpVersion: "1.1" | "2", useBinaryFormat: boolean): Transport {
  return createConnectTransport({ baseUrl: at(port), httpVersion, useBinaryFormat });
}
