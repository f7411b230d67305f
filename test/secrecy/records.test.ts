import { randomUUID } from "node:crypto";
import type { DescMessage } from "@bufbuild/protobuf";
import { describe, expect, it, vi } from "vitest";
import { PasscodeService } from "../../gen/passcode/v1/passcode_service_pb.ts";
import { MemoryStorage } from "../../src/store/memory-storage.ts";
import { codeIn, startService } from "../support/service.ts";
import { leaksIn, secretEmail, secretPhone } from "./leak-search.ts";

describe("A record in memory", () => {
  it("holds neither a code nor a destination", async () => {
    const set = vi.spyOn(MemoryStorage.prototype, "set");
    const service = await startService();
    const { grpc: client } = service.clients;
    const destination = { case: "phoneNumber", value: "+41791234567" } as const;
    const { sessionId } = await client.sendPasscode({ destination, requestId: randomUUID() });
    const code = codeIn(service.messages[0]);
    await client.verifyPasscode({ sessionId, code, requestId: randomUUID() });
    const email = "canary-owner@canary-domain.test";
    await client.sendPasscode({ destination: { case: "email", value: email } });
    await service.stop();

    const written = JSON.stringify(set.mock.calls);
    set.mockRestore();
    expect(leaksIn(written, [secretPhone(destination.value), secretEmail(email)])).toEqual([]);
    // Six digits may be found by chance in an instant, so whole words are looked for.
    expect(written.match(/\w+/g)).not.toContain(code);
    expect(written).toContain("ledger:");
  });
});

describe("A response", () => {
  it("has no field that a code could be in, at any depth", () => {
    const names = Object.values(PasscodeService.method).flatMap(({ output }) => fieldsOf(output));
    expect(names).toContain("session.deliveries.channel");
    expect(names.filter((name) => /code|nonce|secret|phone|email/.test(name))).toEqual([]);
  });
});

function fieldsOf(message: DescMessage): string[] {
  return message.fields.flatMap((field) =>
    field.message === undefined
      ? [field.name]
      : [field.name, ...fieldsOf(field.message).map((inner) => `${field.name}.${inner}`)],
  );
}
