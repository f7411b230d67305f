import { type DescField, ScalarType } from "@bufbuild/protobuf";
import { ConnectError } from "@connectrpc/connect";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Channel } from "../../gen/passcode/v1/session_pb.ts";
import { defaultPolicy } from "../../src/ledger/policy.ts";
import { profileWith, startService, type TestService, wrongCode } from "../support/service.ts";
import { fieldsOf, servedContract } from "./served-contract.ts";
import { stores, World } from "./world.ts";

/** Whether a field can hold what is neither a number nor one of a few words. */
function takesText(field: DescField): boolean {
  if (field.fieldKind === "map") return true;
  const scalar = field.fieldKind === "scalar" || field.fieldKind === "list" ? field.scalar : undefined;
  return scalar === ScalarType.STRING || scalar === ScalarType.BYTES;
}

describe("The responses that a service declares", () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startService();
  });
  afterAll(() => service.stop());

  it("have no text but names of sessions and providers, and the masked destination", async () => {
    const { methods } = await servedContract(service.ports.grpc);
    const texts = methods.flatMap(({ output }) => fieldsOf(output).filter(({ field }) => takesText(field)));
    expect(new Set(texts.map(({ field }) => field.name))).toEqual(
      new Set(["session_id", "provider", "masked_destination"]),
    );
  });

  it("have no field that is called like a code", async () => {
    const { methods } = await servedContract(service.ports.grpc);
    const names = methods.flatMap(({ output }) => fieldsOf(output).map(({ path }) => path));
    expect(names.length).toBeGreaterThan(20);
    expect(names.filter((name) => /code|pin|otp|secret|nonce|token|digits/.test(name))).toEqual([]);
  });
});

describe.each(stores)("Whatever is answered in the life of a code, on %s,", (store) => {
  let world: World;
  beforeAll(async () => {
    // Of ten digits, so that none is in an answer by chance.
    const policies = { base: { ...defaultPolicy, codeLength: 10, sendsPerMinute: 3 }, named: new Map() };
    world = await World.start(store, profileWith({ policies }));
  });
  afterAll(() => world.end());

  it("does not hold it", async () => {
    const { sessionId, code, phoneNumber } = await world.open();
    const destination = { case: "phoneNumber", value: phoneNumber } as const;
    const answers: string[] = [];
    const hear = async (call: Promise<object>) => {
      answers.push(await call.then(told, (error: unknown) => everythingIn(ConnectError.from(error))));
    };

    for (const client of world.clients) {
      await hear(client.sendPasscode({ destination, sessionId }));
      await hear(client.sendPasscode({ destination, sessionId, channel: Channel.VOICE }));
      await hear(client.verifyPasscode({ sessionId, code: wrongCode(code, answers.length + 1) }));
      await hear(client.verifyPasscode({ sessionId, code: code.slice(1) }));
      await hear(client.getSession({ sessionId }));
    }
    await hear(world.way(0).verifyPasscode({ sessionId, code }));
    await hear(world.way(1).verifyPasscode({ sessionId, code }));
    await hear(world.way(1).cancelSession({ sessionId }));
    await hear(world.way(1).getSession({ sessionId }));

    expect(answers.join("\n")).toContain("SEND_LIMIT");
    expect(answers.filter((answer) => answer.includes(code))).toEqual([]);
  });
});

function told(answer: object): string {
  return JSON.stringify(answer, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value));
}

function everythingIn({ message, details, metadata }: ConnectError): string {
  const raw = details.map((detail) =>
    "value" in detail ? Buffer.from(detail.value as Uint8Array).toString("latin1") : "",
  );
  return [message, ...raw, ...metadata].join("\n");
}
