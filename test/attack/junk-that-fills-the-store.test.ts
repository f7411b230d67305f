import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { codeIn, startService, type TestService, wrongCode } from "../support/service.ts";
import { outcomeOf } from "./outcome.ts";

/** Room for a destination, the claims of the calls that count on it, and little more. */
const bytesMax = 8_000;
const phone = { case: "phoneNumber", value: "+41791234567" } as const;

describe("Calls that are refused or forged, each with a request id of its own", () => {
  let service: TestService;
  beforeEach(async () => {
    service = await startService({ store: { kind: "memory", bytesMax, timeoutMs: 2_000 } });
  });
  afterEach(async () => {
    await service.stop();
  });

  const many = <T>(call: () => Promise<T>) => Promise.all(Array.from({ length: 50 }, call));
  const identified = (request: object) => ({ ...request, requestId: randomUUID() });

  it("leave nothing in the store: others are served as before", async () => {
    const { grpc } = service.clients;
    const { sessionId } = await grpc.sendPasscode({ destination: phone });
    const code = codeIn(service.messages[0]);
    const forged = `${sessionId.slice(0, 20)}AAAA${sessionId.slice(24)}`;

    const unknown = await many(() => outcomeOf(grpc.verifyPasscode(identified({ sessionId: forged, code }))));
    const malformed = await many(() =>
      outcomeOf(grpc.verifyPasscode(identified({ sessionId, code: "12345" }))),
    );
    const foreign = await many(() =>
      outcomeOf(grpc.sendPasscode(identified({ destination: phone, sessionId: forged }))),
    );
    expect(new Set(unknown)).toEqual(new Set(["SESSION_NOT_FOUND"]));
    expect(new Set(malformed)).toEqual(new Set(["CODE_MALFORMED"]));
    expect(new Set(foreign)).toEqual(new Set(["SESSION_NOT_FOUND"]));

    const other = { case: "phoneNumber", value: "+41791234568" } as const;
    expect((await grpc.sendPasscode(identified({ destination: other }))).sendsRemaining).toBe(4);
    const mistyped = identified({ sessionId, code: wrongCode(code) });
    expect(await outcomeOf(grpc.verifyPasscode(mistyped))).toBe("WRONG_CODE");
    expect(await outcomeOf(grpc.verifyPasscode(identified({ sessionId, code })))).toBe("APPROVED");
  });

  it("leave nothing in the store when a limit refuses them", async () => {
    const { grpc } = service.clients;
    for (let sent = 0; sent < 5; sent++) await grpc.sendPasscode({ destination: phone });
    const refused = await many(() => outcomeOf(grpc.sendPasscode(identified({ destination: phone }))));
    expect(new Set(refused)).toEqual(new Set(["SEND_LIMIT"]));

    const other = { case: "phoneNumber", value: "+41791234568" } as const;
    expect((await grpc.sendPasscode(identified({ destination: other }))).sendsRemaining).toBe(4);
  });
});
