import { z } from "zod";
import { parseAddress } from "./address.ts";
import type { Config } from "./config.ts";
import { textScalar } from "./scalar-schema.ts";

export const defaultListen = {
  grpc: { host: "127.0.0.1", port: 50_051 },
  http: { host: "127.0.0.1", port: 8_080 },
} as const satisfies Config["listen"];

const listener = textScalar(
  (value) => (value === "off" ? "off" : parseAddress(value)),
  "host:port, [IPv6]:port or off",
  { showsValue: true },
);

export const listenSchema = z
  .strictObject({
    grpc: listener.default(defaultListen.grpc),
    http: listener.default(defaultListen.http),
  })
  .transform(({ grpc, http }, context): Config["listen"] => {
    if (grpc === "off" && http === "off") {
      context.addIssue({ code: "custom", message: "must leave grpc or http on" });
    }
    if (
      grpc !== "off" &&
      http !== "off" &&
      grpc.port !== 0 &&
      grpc.port === http.port &&
      grpc.host === http.host
    ) {
      context.addIssue({ code: "custom", path: ["http"], message: "must not be the address of listen.grpc" });
    }
    return { ...(grpc !== "off" && { grpc }), ...(http !== "off" && { http }) };
  });
