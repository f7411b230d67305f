import { createSecretKey } from "node:crypto";
import { describe, expect, test } from "vitest";
import { isSigned, type Signed, signatureOf } from "../../../src/delivery/webhook/standard-webhooks.ts";

/**
 * The known answer in the tests of the specification's own libraries (MIT, "sign function works"):
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/libraries/javascript/src/webhook.test.ts
 */
const known = {
  secret: createSecretKey("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "base64"),
  signed: { id: "msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp: "1614265330", body: '{"test": 2432232314}' },
  signature: "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
};
const { secret, signed, signature } = known;

/** The signature of the specification's example of headers: of another message, and with an asymmetric one beside it. */
const exampleOfTheSpecification =
  "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4= v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==";

test("makes the signature that the specification's own libraries make", () => {
  expect(signatureOf(signed, secret)).toBe(signature);
});

describe("knows as signed", () => {
  test("what carries that signature, as text or as bytes", () => {
    expect(isSigned(signed, signature, secret)).toBe(true);
    expect(isSigned({ ...signed, body: Buffer.from(signed.body) }, signature, secret)).toBe(true);
  });

  test.each([
    ["after", `${exampleOfTheSpecification} ${signature}`],
    ["before", `${signature} ${exampleOfTheSpecification}`],
  ])("what carries it %s signatures of other keys", (_, signatures) => {
    expect(isSigned(signed, signatures, secret)).toBe(true);
  });
});

describe("does not know as signed", () => {
  test.each<[string, Partial<Signed>]>([
    ["another id", { id: "msg_p5jXN8AQM9LWM0D4loKWxJel" }],
    ["another timestamp", { timestamp: "1614265331" }],
    ["another body", { body: '{"test": 2432232315}' }],
    ["a body that lacks its end", { body: '{"test": 2432232314' }],
    ["an id that took the timestamp in", { id: `${signed.id}.${signed.timestamp}`, timestamp: "" }],
  ])("%s", (_, change) => {
    expect(isSigned({ ...signed, ...change }, signature, secret)).toBe(false);
  });

  test.each([
    ["no signature", ""],
    ["an empty signature", "v1,"],
    ["the signature of another message", exampleOfTheSpecification],
    ["a part of the signature", signature.slice(0, 8)],
    ["all but the end of the signature", signature.slice(0, -4)],
    ["the signature and more", signature.replace("=", "AAAA")],
    ["the signature of another version", signature.replace("v1", "v2")],
    ["the signature without its version", signature.slice(3)],
    ["the signature in other words", signature.replace("v1,", "v1:")],
  ])("%s", (_, signatures) => {
    expect(isSigned(signed, signatures, secret)).toBe(false);
  });

  test("what another secret has signed", () => {
    expect(isSigned(signed, signature, createSecretKey(Buffer.alloc(24, 1)))).toBe(false);
  });
});
