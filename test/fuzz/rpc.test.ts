import fc from "fast-check";
import { afterAll, beforeAll, describe, test } from "vitest";
import { mutatedText } from "./bytes.ts";
import { binaryInputs, canary, jsonInputs, standingId } from "./call-inputs.ts";
import { CallTrial, pathOf, protocols, refusals } from "./call-trial.ts";
import { fuzz } from "./fuzzing.ts";
import { framed } from "./raw-call.ts";

/*
 * Whatever bytes come in at the two ports for calls: each is answered, in time, with a
 * status that the contract has, and the next call on the connection is a call like any other.
 */

let trial: CallTrial;
beforeAll(async () => {
  trial = await CallTrial.start();
});
afterAll(() => trial.end());

const binaryWays = [
  ["gRPC at its own port", "grpc", protocols.grpc],
  ["gRPC at the port of Connect", "http2", protocols.grpc],
  ["gRPC at the port of Connect over HTTP/1.1", "http1", protocols.grpc],
  ["gRPC-Web over HTTP/1.1", "http1", protocols.grpcWeb],
  ["gRPC-Web over HTTP/2", "http2", protocols.grpcWeb],
  ["Connect over HTTP/1.1", "http1", protocols.connect],
  ["Connect over HTTP/2", "http2", protocols.connect],
] as const;

describe.each(binaryWays)("%s", (_, way, protocol) => {
  test("refuses what is no message, and goes on", () =>
    fuzz(150, binaryInputs, (input) => {
      const body = protocol.isFramed ? framed(input.body) : input.body;
      return trial.try(way, protocol, { ...input, body });
    }));
});

describe.each(["http1", "http2"] as const)("Connect's JSON over %s", (way) => {
  test("refuses what is no message, and goes on", () =>
    fuzz(200, jsonInputs, (input) => trial.try(way, protocols.connectJson, input)));
});

/** What is in the frame of a protocol and no message, or several, its library refuses in its own way. */
const misframed = [...refusals, "internal", "unimplemented"];
/** As HTTP has it, what is of a type that is not taken has no code of the protocol that it is not of. */
const mistyped = [...refusals, "unimplemented", "http 415"];

const framedWays = binaryWays.filter(([, , protocol]) => protocol.isFramed);

describe.each(framedWays)("the frames of %s", (_, way, protocol) => {
  test("may lie about their lengths, their number and their compression", () => {
    const lies = fc.oneof(
      fc.record({ flags: fc.constantFrom(1, 2, 0x80, 0x81, 0xff) }),
      fc.record({ length: fc.constantFrom(0, 1, 5, 200, 65_536, 65_537, 0x7fffffff, 0xffffffff) }),
      fc.constantFrom("none" as const, "two" as const, "tail" as const, "cut" as const),
    );
    return fuzz(80, fc.tuple(binaryInputs, lies), ([input, lie]) =>
      trial.try(way, protocol, { ...input, body: misframedBy(lie, input.body) }, { allowed: misframed }),
    );
  });
});

type Lie = { flags: number } | { length: number } | "none" | "two" | "tail" | "cut";

function misframedBy(lie: Lie, message: Uint8Array): Uint8Array {
  if (typeof lie === "object") return framed(message, lie);
  const one = framed(message);
  switch (lie) {
    case "none":
      return message;
    case "two":
      return Buffer.concat([one, one]);
    case "tail":
      return Buffer.concat([one, Buffer.alloc(3)]);
    case "cut":
      return one.subarray(0, Math.floor(one.length / 2));
  }
}

const types = fc.oneof(
  fc.constantFrom(
    "",
    "application/grpc",
    "application/grpc+proto",
    "application/grpc+json",
    "application/grpc-web",
    "application/grpc-web-text",
    "application/grpc-web+json",
    "application/proto",
    "APPLICATION/PROTO",
    "application/json",
    "application/json; charset=utf-8",
    'application/json;charset="utf-7"',
    "application/connect+proto",
    "application/connect+json",
    "application/x-protobuf",
    "multipart/form-data; boundary=x",
    "application/grpcfoo",
  ),
  fc.stringMatching(/^[!-~]{1,30}$/),
);

test.each(["http1", "http2"] as const)(
  "contents are what they say they are, or are refused, over %s",
  (way) =>
    fuzz(150, fc.tuple(fc.oneof(binaryInputs, jsonInputs), types), ([input, type]) =>
      trial.try(way, { type, headers: {}, isFramed: false }, input, { allowed: [...misframed, ...mistyped] }),
    ),
);

const query = fc.oneof(
  fc
    .tuple(fc.constantFrom("proto&base64=1", "proto", "json&base64=1"), binaryInputs)
    .map(([form, { body }]) => `encoding=${form}&message=${Buffer.from(body).toString("base64url")}`),
  jsonInputs.map(({ body }) => `encoding=json&message=${encodeURIComponent(Buffer.from(body).toString())}`),
  mutatedText(
    fc.constant(`connect=v1&encoding=json&compression=identity&message={"sessionId":"${standingId}"}`),
  ).map((text) => text.replace(/[^!-~]|#/g, "%")),
);

test("Connect's GET refuses what is no message, and goes on", () => {
  const input = { method: "getSession", secret: canary, body: new Uint8Array() } as const;
  return fuzz(200, query, (query) =>
    trial.try("http1", { ...protocols.connect, type: "" }, input, {
      verb: "GET",
      path: `${pathOf("getSession")}?${query}`,
      // A query may name an encoding that there is not, and be longer than HTTP takes.
      allowed: [...mistyped, "http 431"],
    }),
  );
});
