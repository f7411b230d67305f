import { createSign } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Callback } from "../../../src/delivery/provider.ts";
import {
  accountAt,
  claimsOf,
  encoded,
  nowMs,
  privateKey,
  publicKey,
  secret,
  tokenOf,
  webhook,
} from "./account.ts";
import { messageStatus } from "./published-webhooks.ts";

const body = JSON.stringify(messageStatus("delivered"));
const accepted = { kind: "reports", reports: [{ reference: "AbCd-1234_reference", state: "delivered" }] };

async function read(callback: Callback) {
  const { reports } = accountAt("http://127.0.0.1:9");
  if (reports === undefined) throw new Error("the account takes no reports");
  return await reports.read(callback);
}

function withToken(token: string): Callback {
  return webhook(body, { token });
}

function aged(seconds: number): Callback {
  return withToken(tokenOf({ ...claimsOf(body), iat: nowMs / 1_000 - seconds }));
}

describe("believes a webhook", () => {
  test("that is signed as Vonage documents it", async () => {
    expect(await read(webhook(body))).toEqual(accepted);
  });

  test("that is of no application", async () => {
    const { application_id: _, ...claims } = claimsOf(body);
    expect(await read(withToken(tokenOf(claims)))).toEqual(accepted);
  });

  test("that names the application in capitals, or its hash", async () => {
    const claims = claimsOf(body);
    const capitals = {
      ...claims,
      application_id: String(claims["application_id"]).toUpperCase(),
      payload_hash: String(claims["payload_hash"]).toUpperCase(),
    };
    expect(await read(withToken(tokenOf(capitals)))).toEqual(accepted);
  });

  test.each([300, 0, -60])("that was signed %i seconds ago", async (seconds) => {
    expect(await read(aged(seconds))).toEqual(accepted);
  });
});

describe("refuses a webhook", () => {
  const claims = claimsOf(body);
  const unsigned = `${encoded(JSON.stringify({ alg: "none" }))}.${encoded(JSON.stringify(claims))}`;
  const rs256 = [{ alg: "RS256", typ: "JWT" }, claims].map((part) => encoded(JSON.stringify(part))).join(".");
  const rsaSignature = createSign("sha256").update(rs256).sign(privateKey, "base64url");
  const publicPem = publicKey.export({ type: "spki", format: "pem" }).toString();
  const [head = "", payload = "", mac = ""] = tokenOf(claims).split(".");

  test.each<[what: string, token: string, why: string]>([
    [
      "signed with another secret",
      tokenOf(claims, undefined, "another"),
      "ERR_JWS_SIGNATURE_VERIFICATION_FAILED",
    ],
    ["signed with no secret", tokenOf(claims, undefined, ""), "ERR_JWS_SIGNATURE_VERIFICATION_FAILED"],
    ["that says it needs no signature", `${unsigned}.`, "ERR_JOSE_ALG_NOT_ALLOWED"],
    ["signed, but not said to be", tokenOf(claims, { alg: "none" }), "ERR_JOSE_ALG_NOT_ALLOWED"],
    ["signed with our own private key", `${rs256}.${rsaSignature}`, "ERR_JOSE_ALG_NOT_ALLOWED"],
    [
      "signed with the public key for a secret",
      tokenOf(claims, undefined, publicPem),
      "ERR_JWS_SIGNATURE_VERIFICATION_FAILED",
    ],
    [
      "signed with the public key, and said to be by the private one",
      tokenOf(claims, { alg: "RS256" }, publicPem),
      "ERR_JOSE_ALG_NOT_ALLOWED",
    ],
    ["signed with a longer hash", tokenOf(claims, { alg: "HS512" }), "ERR_JOSE_ALG_NOT_ALLOWED"],
    [
      "whose signature is cut short",
      `${head}.${payload}.${mac.slice(0, -3)}`,
      "ERR_JWS_SIGNATURE_VERIFICATION_FAILED",
    ],
    ["without a signature", `${head}.${payload}.`, "ERR_JWS_SIGNATURE_VERIFICATION_FAILED"],
    ["with two parts of a token", `${head}.${payload}`, "ERR_JWS_INVALID"],
    [
      "whose claims are another's",
      `${head}.${encoded("{}")}.${mac}`,
      "ERR_JWS_SIGNATURE_VERIFICATION_FAILED",
    ],
    ["signed for another body", tokenOf(claimsOf("{}")), "signed for another body"],
    ["signed for no body", tokenOf({ ...claims, payload_hash: undefined }), "signed for another body"],
    ["signed for half a hash", tokenOf({ ...claims, payload_hash: "23d5" }), "signed for another body"],
    [
      "signed for another application",
      tokenOf({ ...claims, application_id: "bbbbbbbb-bbbb-4ccc-8ddd-0123456789ab" }),
      "signed for another application",
    ],
    [
      "signed for no kind of application",
      tokenOf({ ...claims, application_id: null }),
      "signed for another application",
    ],
    ["of no time", tokenOf({ ...claims, iat: undefined }), "ERR_JWT_CLAIM_VALIDATION_FAILED"],
    ["of a time in words", tokenOf({ ...claims, iat: "now" }), "ERR_JWT_CLAIM_VALIDATION_FAILED"],
    ["that has run out", tokenOf({ ...claims, exp: nowMs / 1_000 - 61 }), "ERR_JWT_EXPIRED"],
  ])("%s", async (_, token, why) => {
    expect(await read(withToken(token))).toEqual({ kind: "refused", why });
  });

  test("of more than five minutes ago", async () => {
    expect(await read(aged(301))).toEqual({ kind: "refused", why: "ERR_JWT_EXPIRED" });
  });

  test("of more than a minute ahead", async () => {
    expect(await read(aged(-61))).toEqual({ kind: "refused", why: "ERR_JWT_CLAIM_VALIDATION_FAILED" });
  });

  test.each<[what: string, authorization: string | undefined]>([
    ["without an authorization", undefined],
    ["with an empty one", ""],
    ["with a scheme alone", "Bearer"],
    ["with a scheme and no token", "Bearer "],
    ["with another scheme", `Basic ${encoded(`key:${secret}`)}`],
    ["with a token and no scheme", tokenOf(claims)],
    ["with two tokens", `Bearer ${tokenOf(claims)} ${tokenOf(claims)}`],
  ])("%s", async (_, authorization) => {
    const callback = { ...webhook(body), headers: { authorization } };
    expect(await read(callback)).toEqual({ kind: "refused", why: "no bearer token" });
  });

  test("whatever was changed in its body", async () => {
    const token = tokenOf(claims);
    const bytes = Buffer.from(body);
    const change = fc.oneof(
      fc.uint8Array({ maxLength: 400 }).map((other) => Buffer.from(other)),
      fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 })).map(([at, flipped]) => {
        const copy = Buffer.from(bytes);
        copy.writeUInt8(copy.readUInt8(at) ^ flipped, at);
        return copy;
      }),
      fc.nat(bytes.length - 1).map((length) => bytes.subarray(0, length)),
      fc.string({ minLength: 1 }).map((more) => Buffer.concat([bytes, Buffer.from(more)])),
      fc.constant(Buffer.from(JSON.stringify(JSON.parse(body), null, 1))),
    );
    await fc.assert(
      fc.asyncProperty(change, async (changed) => {
        fc.pre(!changed.equals(bytes));
        expect(await read(webhook(changed, { token }))).toEqual({
          kind: "refused",
          why: "signed for another body",
        });
      }),
      { numRuns: 500 },
    );
  });

  test("whatever was changed in its token", async () => {
    const token = tokenOf(claims);
    const part = fc.oneof(
      fc.string({ unit: "binary" }).map(encoded),
      fc.json().map(encoded),
      fc.stringMatching(/^[\w.-]*$/),
    );
    const other = fc.oneof(
      fc.tuple(part, part, part).map((parts) => parts.join(".")),
      fc.tuple(part, fc.constant(payload), fc.constant(mac)).map((parts) => parts.join(".")),
      fc.tuple(fc.constant(head), part, fc.constant(mac)).map((parts) => parts.join(".")),
      fc.tuple(fc.constant(head), fc.constant(payload), part).map((parts) => parts.join(".")),
    );
    await fc.assert(
      fc.asyncProperty(other, async (changed) => {
        fc.pre(changed !== token);
        expect(await read(withToken(changed))).toMatchObject({ kind: "refused" });
      }),
      { numRuns: 500 },
    );
  });

  test("and says nothing that it said", async () => {
    const words = "447700900000";
    const callback = webhook(body, {
      token: tokenOf({ ...claims, iat: words, [words]: words }, { alg: words }),
    });
    expect(JSON.stringify(await read(callback))).not.toContain(words);
  });
});
