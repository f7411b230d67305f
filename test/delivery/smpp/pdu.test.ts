import fc from "fast-check";
import { expect, test } from "vitest";
import { decode, encode, Frames } from "../../../src/delivery/smpp/pdu.ts";
import { readReceipt } from "../../../src/delivery/smpp/receipt.ts";

/** Cuts bytes at places given as fractions of their length. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const ends = [...places.map((place) => Math.floor(place * bytes.length)), bytes.length].sort(
    (a, b) => a - b,
  );
  return ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
}

function framesOf(chunks: readonly Buffer[]): (Buffer | "malformed")[] {
  const frames = new Frames();
  const all: (Buffer | "malformed")[] = [];
  for (const chunk of chunks) {
    frames.add(chunk);
    for (let frame = frames.next(); frame !== undefined; frame = frames.next()) {
      all.push(frame);
      if (frame === "malformed") return all;
    }
  }
  return all;
}

const places = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 10 });
const body = fc.uint8Array({ maxLength: 300 });
/** The commands that an SMSC sends, and one that does not exist. */
const command = fc.constantFrom(
  0x05,
  0x103,
  0x15,
  0x06,
  0x0b,
  0x102,
  0x80000004,
  0x80000009,
  0x80000000,
  0x777,
);

const frame = fc.tuple(command, body).map(([id, octets]) => {
  const header = Buffer.alloc(16);
  header.writeUInt32BE(16 + octets.length, 0);
  header.writeUInt32BE(id, 4);
  return Buffer.concat([header, octets]);
});

test("PDUs are the same whatever chunks they come in", () => {
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 8 }), places, (frames, where) => {
      expect(framesOf(cut(Buffer.concat(frames), where))).toEqual(frames);
    }),
  );
});

test("no bytes make reading throw", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2_000 }), places, (bytes, where) => {
      framesOf(cut(Buffer.from(bytes), where));
    }),
  );
});

test("no PDU makes decoding or reading a receipt throw", () => {
  fc.assert(
    fc.property(frame, (bytes) => {
      const pdu = decode(bytes);
      if (pdu) readReceipt(pdu);
    }),
    { numRuns: 2_000 },
  );
});

test("no text makes reading a receipt throw, or names an id that SMPP does not allow", () => {
  const field = fc.constantFrom(
    "id:",
    "stat:",
    "err:",
    "text:",
    " ",
    "DELIVRD",
    "UNDELIV",
    "FAILED",
    "abc",
    "\0",
    "é",
    "\n",
  );
  const text = fc.array(fc.oneof(field, fc.string()), { maxLength: 12 }).map((fields) => fields.join(""));
  fc.assert(
    fc.property(text, (said) => {
      const octets = Buffer.from(said).subarray(0, 254);
      const pdu = decode(encode("deliver_sm", { esm_class: 4, short_message: octets }));
      const read = pdu && readReceipt(pdu);
      if (read?.kind === "unknownState") expect(read.word).toMatch(/^[A-Z]{1,16}$/);
      if (read?.kind !== "receipt") return;
      expect(read.messageId).toMatch(/^[\x21-\x7e]{1,64}$/);
      expect(read.detail ?? "UNDELIV").toMatch(/^[A-Z]{7}( [0-9A-Za-z]{1,8})?$/);
    }),
    { numRuns: 2_000 },
  );
});
