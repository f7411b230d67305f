import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { systemClock } from "../../src/clock.ts";
import type { Report } from "../../src/delivery/provider.ts";
import { encode } from "../../src/delivery/smpp/pdu.ts";
import { SmppProvider } from "../../src/delivery/smpp/smpp-provider.ts";
import { login, usualDialect } from "../support/smsc.ts";
import { mutated } from "./bytes.ts";
import { fuzz, within } from "./fuzzing.ts";
import { type HostileSmsc, startHostileSmsc } from "./hostile-smsc.ts";

/*
 * Whatever an SMSC says: every send is answered, nothing is reported of a message that is
 * not known, none of its words is said again, and the next connection is used like any other.
 */

const canary = "C4N4RY";
const reference = "ref-1";

let smsc: HostileSmsc;
beforeAll(async () => {
  smsc = await startHostileSmsc();
});
afterAll(() => smsc.close());

const receipt = (id: string) => ({
  esm_class: 4,
  short_message: Buffer.from(`id:${id} sub:001 dlvrd:001 stat:DELIVRD err:000 text:${canary}`),
});
const sound: readonly Buffer[] = [
  encode("deliver_sm", { sequence_number: 7, ...receipt("m-1") }),
  encode("deliver_sm", { sequence_number: 8, ...receipt(canary) }),
  encode("deliver_sm", { sequence_number: 9, esm_class: 4, receipted_message_id: "m-1", message_state: 2 }),
  encode("data_sm", { sequence_number: 10, esm_class: 4, receipted_message_id: canary, message_state: 5 }),
  encode("submit_sm_resp", { sequence_number: 2, message_id: canary }),
  encode("submit_sm_resp", { sequence_number: 2, command_status: 0x0b }),
  encode("bind_transceiver_resp", { sequence_number: 1, system_id: canary }),
  encode("enquire_link", { sequence_number: 11 }),
  encode("generic_nack", { sequence_number: 2, command_status: 3 }),
  encode("unbind", { sequence_number: 12 }),
  encode("outbind", { sequence_number: 13, system_id: canary, password: canary }),
  encode("alert_notification", { sequence_number: 14, source_addr: canary }),
];

/** Of the length that it says it is, so that what is wrong is in its fields. */
const misfilled = fc
  .tuple(fc.constantFrom(...sound), fc.constantFrom(...sound))
  .chain(([one, other]) =>
    mutated(fc.constantFrom(one.subarray(16), other.subarray(16))).map((body) => ({ one, body })),
  )
  .map(({ one, body }) => {
    const head = Buffer.from(one.subarray(0, 16));
    head.writeUInt32BE(16 + body.length);
    return Buffer.concat([head, body]);
  });

const pdus = fc
  .array(
    fc.oneof(
      { weight: 1, arbitrary: fc.constantFrom<Uint8Array>(...sound) },
      { weight: 3, arbitrary: misfilled },
      { weight: 1, arbitrary: mutated(fc.constantFrom<Uint8Array>(...sound)) },
    ),
    { minLength: 1, maxLength: 5 },
  )
  .map((parts) => Buffer.concat(parts));

/** A wait for what does not come: the SMSC has said that a PDU is longer than it is. */
const shortlyMs = 60;

function client(timeoutMs: number) {
  const recorded: Report[] = [];
  const troubles: string[] = [];
  const remembered = new Map<string, string>();
  const provider = new SmppProvider(
    {
      host: "127.0.0.1",
      port: smsc.port,
      tls: false,
      ...login,
      ...usualDialect,
      from: "+41440000000",
      fromByCountry: new Map(),
      timeoutMs,
      connectTimeoutMs: 5_000,
      enquireLinkMs: 30_000,
    },
    {
      sink: {
        remember: async (id, reference) => void remembered.set(id, reference),
        recall: async (id) => remembered.get(id),
        record: async (report) => void recorded.push(report),
      },
      clock: systemClock,
      // The shortest pauses that there are.
      random: { bytes: (count) => Buffer.alloc(count) },
      onTrouble: (detail) => troubles.push(detail),
    },
  );
  return { provider, recorded, troubles };
}

const sms = {
  channel: "sms",
  locale: "en",
  to: "+41791234567",
  text: "Your code is 471902.",
  validForMs: 600_000,
} as const;
const outcomes = [
  "accepted",
  "destinationRefused",
  "accountRefused",
  "overloaded",
  "unreachable",
  "noAnswer",
];
const handover = { reference, withinMs: 5_000, connectWithinMs: 5_000 };

function expectSense({ recorded, troubles }: Pick<ReturnType<typeof client>, "recorded" | "troubles">): void {
  expect(recorded.filter((report) => report.reference !== reference)).toEqual([]);
  expect(
    troubles.filter((trouble) => !/^[\w ,:'-]{1,80}$/.test(trouble) || trouble.includes(canary)),
  ).toEqual([]);
}

test("whatever an SMSC says before its answer, the send has an outcome", () =>
  fuzz(80, pdus, async (bytes) => {
    smsc.greet(undefined);
    smsc.say(bytes);
    const { provider, ...heard } = client(shortlyMs);
    const outcome = await provider.send(sms, handover);
    expect(outcomes).toContain(outcome.kind);
    expect("detail" in outcome ? outcome.detail : "").not.toContain(canary);
    await within(5_000, provider.close());
    expectSense(heard);
  }));

test("whatever an SMSC says in place of its greeting, the send has an outcome", () =>
  fuzz(40, pdus, async (bytes) => {
    smsc.greet(bytes);
    smsc.say(Buffer.alloc(0));
    const { provider, ...heard } = client(shortlyMs);
    const outcome = await provider.send(sms, { ...handover, connectWithinMs: shortlyMs });
    expect(outcomes).toContain(outcome.kind);
    await within(5_000, provider.close());
    expectSense(heard);
  }));

test("after garbage the connection is made again, and takes messages", async () => {
  smsc.greet(undefined);
  const { provider, ...heard } = client(10_000);
  for (const garbage of [Buffer.alloc(64, 0xff), Buffer.from("GET / HTTP/1.1\r\n\r\n"), Buffer.alloc(16)]) {
    smsc.say(garbage);
    expect(
      await provider.send(sms, { ...handover, withinMs: 10_000, connectWithinMs: 10_000 }),
    ).toMatchObject({ kind: "noAnswer" });
  }
  smsc.say(Buffer.alloc(0));
  expect(await provider.send(sms, { ...handover, withinMs: 10_000, connectWithinMs: 10_000 })).toMatchObject({
    kind: "accepted",
    providerMessageId: "m-1",
  });
  await provider.close();
  expectSense(heard);
});
