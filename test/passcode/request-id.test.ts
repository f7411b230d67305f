import { describe, expect, test } from "vitest";
import { defaultPolicy } from "../../src/ledger/policy.ts";
import type { SendRequest } from "../../src/passcode/plan-send.ts";
import { sendPasscode } from "../../src/passcode/send-passcode.ts";
import { accepted, ScriptedProvider } from "../delivery/scripted-provider.ts";
import { anybody, passcodesWith, sendRequestWith } from "../support/passcodes.ts";

/** A service whose profile has one of everything that a request may ask for. */
async function service() {
  const provider = new ScriptedProvider(() => accepted);
  const passcodes = await passcodesWith(
    { sms: provider, voice: provider },
    {
      profile: {
        policies: { base: defaultPolicy, named: new Map([["strict", { ...defaultPolicy, tries: 3 }]]) },
        variables: new Map([["shop", "Acme"]]),
        autofill: { webHosts: new Set(["shop.example"]), androidHashes: new Set() },
      },
    },
  );
  const send = (request: SendRequest) => sendPasscode(passcodes, request, anybody);
  return { provider, send };
}

const requestId = "6f9619ff-8b86-4011-b42d-00c04fc964ff";

describe("A request id that was used", () => {
  const changes: [what: string, change: Partial<SendRequest>][] = [
    ["destination", { destination: { kind: "phone", address: "+41792222222" } }],
    ["channel, be it the usual one", { channel: "sms" }],
    ["locale", { locale: "de" }],
    ["purpose", { purpose: "recovery" }],
    ["transaction", { transaction: { amount: "1.00" } }],
    ["variable", { variables: { shop: "Acme" } }],
    ["autofill", { autofill: { kind: "web", host: "shop.example" } }],
    ["policy", { policy: "strict" }],
  ];

  test.each(changes)("is refused with another %s, and nothing is sent", async (_, change) => {
    const { provider, send } = await service();
    const request = sendRequestWith({ requestId });
    await send(request);
    expect(await send({ ...request, ...change })).toEqual({ kind: "requestIdReused" });
    expect(provider.messages).toHaveLength(1);
  });

  test("to open a session is refused to send again in it", async () => {
    const { provider, send } = await service();
    const request = sendRequestWith({ requestId });
    const opened = await send(request);
    const sessionId = opened.kind === "sent" ? opened.sessionId : "";
    expect(await send({ ...request, sessionId })).toEqual({ kind: "requestIdReused" });
    expect(provider.messages).toHaveLength(1);
  });

  test("is the same in capitals, and with the same pairs in another order", async () => {
    const { provider, send } = await service();
    const request = sendRequestWith({ requestId, transaction: { amount: "1.00", payee: "Kim" } });
    const first = await send(request);
    const again = await send({
      ...request,
      requestId: requestId.toUpperCase(),
      transaction: { payee: "Kim", amount: "1.00" },
    });
    expect(again.kind === "sent" && again.sessionId).toBe(first.kind === "sent" && first.sessionId);
    expect(provider.messages).toHaveLength(1);
  });
});
