import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Keys } from "../../src/ledger/keys.ts";
import { sealSessionId } from "../../src/ledger/session-id.ts";
import { type callConnect, type callGrpc, type Init, type MethodName, transports } from "../rpc/wire.ts";
import { codeIn, profileWith, startService, type TestService } from "../support/service.ts";

const clock = { ms: Date.UTC(2026, 10, 23, 12), nowMs: () => clock.ms };
const dayMs = 24 * 60 * 60_000;
const phone = { destination: { case: "phoneNumber", value: "+41791234567" } } as const;

let service: TestService;
let code = "";
/** Ids that the profile `shop` does not know, by why. */
const unknown = new Map<string, string>();

beforeAll(async () => {
  const profile = profileWith({}).profiles.get("default");
  if (profile === undefined) throw new Error("there is a default profile");
  const profiles = new Map(["shop", "bank"].map((name) => [name, { ...profile, name }]));
  service = await startService({ profiles }, { clock });
  const open = async (name: string) =>
    (await service.clients.grpc.sendPasscode({ ...phone, profile: name })).sessionId;

  unknown.set("forgotten", await open("shop"));
  clock.ms += 2 * dayMs;
  unknown.set("foreign and ended", await open("bank"));
  await service.clients.grpc.cancelSession({
    profile: "bank",
    sessionId: unknown.get("foreign and ended") ?? "",
  });
  unknown.set("foreign and live", await open("bank"));
  code = codeIn(service.messages.at(-1));
  const keys = new Keys(service.config.keys);
  const reference = { id: randomBytes(16).toString("base64url"), ledger: randomBytes(16) };
  unknown.set("sealed, but never opened", sealSessionId(reference, keys.currentId, "shop", keys));
  const forged = randomBytes(33);
  unknown.set("of a key there is not", forged.fill(keys.currentId ^ 0x80, 0, 1).toString("base64url"));
});
afterAll(() => service.stop());

/** All of an answer that a caller can see, but for the time of day. */
async function answerTo<M extends MethodName>(
  call: typeof callGrpc | typeof callConnect,
  method: M,
  request: Init<M>,
): Promise<string> {
  const reply = await call(service, method, request);
  return JSON.stringify(reply).replaceAll(/"date\\*":(\[[^\]]*\]|\\*"[^"]*")/g, "");
}

describe.each(transports)("Over %s, a session that the profile does not know", (_, call) => {
  const requests: readonly (readonly [MethodName, (sessionId: string) => Init<MethodName>])[] = [
    ["verifyPasscode", (sessionId) => ({ profile: "shop", sessionId, code })],
    ["verifyPasscode", (sessionId) => ({ profile: "shop", sessionId, code: "000000", purpose: "else" })],
    ["getSession", (sessionId) => ({ profile: "shop", sessionId })],
    ["cancelSession", (sessionId) => ({ profile: "shop", sessionId })],
    ["sendPasscode", (sessionId) => ({ ...phone, profile: "shop", sessionId })],
  ];

  it.each(requests)("is answered alike to the byte, whyever it is not known: %s", async (method, request) => {
    const answers: string[] = [];
    for (const sessionId of unknown.values()) answers.push(await answerTo(call, method, request(sessionId)));

    expect(answers).toHaveLength(5);
    expect(new Set(answers).size).toBe(1);
    expect(answers[0]).toContain("SESSION_NOT_FOUND");
  });
});
