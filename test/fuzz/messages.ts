import fc from "fast-check";
import { mutated } from "./bytes.ts";

/*
 * Messages of Protobuf as what they are on the wire: fields of a number, a wire type and
 * the bytes of a value. What is done to them a decoder sees, where changes of single bytes
 * mostly break the first length.
 */

interface Field {
  readonly number: number;
  readonly wireType: number;
  /** With its length, where the wire type has one. */
  readonly value: Buffer;
}

type Change =
  | { kind: "drop" | "repeat" | "last"; field: number }
  | { kind: "renumber"; field: number; number: number }
  | { kind: "retype"; field: number; wireType: number }
  | { kind: "fill"; field: number; content: Uint8Array }
  | { kind: "mislead"; field: number; length: Uint8Array }
  | { kind: "add"; number: number; wireType: number; value: Uint8Array };

/** Varints up to the largest, past it, and longer than any may be. */
const varints: readonly Uint8Array[] = [
  [0],
  [1],
  [0x80, 0x00],
  [0xff, 0xff, 0xff, 0xff, 0x07],
  [0xff, 0xff, 0xff, 0xff, 0x0f],
  [0x80, 0x80, 0x80, 0x80, 0x10],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
  new Array<number>(20).fill(0xff),
].map((bytes) => Uint8Array.from(bytes));

const texts: readonly Uint8Array[] = [
  "",
  "+41791234567",
  "someone@b.example",
  "A".repeat(44),
  "x".repeat(1_000),
  "x".repeat(60_000),
  "\0",
  "\u202e",
  "e\u0301",
  "\r\nBcc: a@b.example",
].map((text) => Buffer.from(text));

/** Halves of characters, characters longer than need be, and beyond the last. */
const notUtf8 = [
  [0xff],
  [0xc0, 0xaf],
  [0xed, 0xa0, 0x80],
  [0xf4, 0x90, 0x80, 0x80],
  [0xe2, 0x80],
  [0x80],
].map((bytes) => Uint8Array.from(bytes));

/** Messages in messages, or groups in groups, to a depth. */
const nested = fc
  .tuple(fc.integer({ min: 1, max: 400 }), fc.boolean())
  .map(([depth, isGroup]) =>
    isGroup
      ? Buffer.concat([Buffer.alloc(depth, 0x0b), Buffer.alloc(depth, 0x0c)])
      : Array.from({ length: depth }).reduce<Buffer>((inner) => delimited(7, inner), Buffer.alloc(0)),
  );

const content: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc.constantFrom(...texts),
  fc.constantFrom(...notUtf8),
  fc.constantFrom(...varints),
  fc.uint8Array({ maxLength: 40 }),
  nested,
);
const field = fc.nat(1_000);
const number = fc.oneof(fc.integer({ min: 0, max: 20 }), fc.constantFrom(1_000, 19_000, 536_870_911));
const wireType = fc.nat(7);

const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ kind: fc.constantFrom("drop" as const, "repeat" as const, "last" as const), field }),
  fc.record({ kind: fc.constant("renumber" as const), field, number }),
  fc.record({ kind: fc.constant("retype" as const), field, wireType }),
  fc.record({ kind: fc.constant("fill" as const), field, content }),
  fc.record({ kind: fc.constant("mislead" as const), field, length: fc.constantFrom(...varints) }),
  fc.record({ kind: fc.constant("add" as const), number, wireType, value: content }),
);

/** Valid messages with a few fields, or bytes, gone wrong; and bytes at random. */
export function mutatedMessage(whole: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> {
  const byField = fc
    .tuple(whole, fc.array(change, { minLength: 1, maxLength: 3 }))
    .map(([bytes, changes]) =>
      Buffer.concat(changes.reduce((fields, one) => applied(fields, one), fieldsOf(bytes)).map(written)),
    );
  return fc.oneof({ weight: 3, arbitrary: byField }, { weight: 2, arbitrary: mutated(whole) });
}

/** Of a message that is valid, and has fields of texts, messages and numbers. */
function fieldsOf(bytes: Uint8Array): Field[] {
  const fields: Field[] = [];
  let at = 0;
  while (at < bytes.length) {
    const tag = readVarint(bytes, at);
    const start = tag.next;
    const first = readVarint(bytes, start);
    const end = (tag.value & 7) === 2 ? first.next + first.value : first.next;
    fields.push({
      number: tag.value >>> 3,
      wireType: tag.value & 7,
      value: Buffer.from(bytes.subarray(start, end)),
    });
    at = end;
  }
  return fields;
}

function readVarint(bytes: Uint8Array, from: number): { value: number; next: number } {
  let value = 0;
  for (let at = from, factor = 1; ; at += 1, factor *= 128) {
    const byte = bytes[at] ?? 0;
    value += (byte & 0x7f) * factor;
    if (byte < 0x80) return { value, next: at + 1 };
  }
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let left = value;
  for (; left >= 128; left = Math.floor(left / 128)) bytes.push((left % 128) | 0x80);
  return Buffer.from([...bytes, left]);
}

function delimited(number: number, content: Uint8Array): Buffer {
  return Buffer.concat([varint(number * 8 + 2), varint(content.length), content]);
}

function written({ number, wireType, value }: Field): Buffer {
  return Buffer.concat([varint(number * 8 + wireType), value]);
}

function applied(fields: Field[], change: Change): Field[] {
  if (change.kind === "add") return [...fields, { ...change, value: Buffer.from(change.value) }];
  const index = fields.length === 0 ? 0 : change.field % fields.length;
  const one = fields[index];
  if (one === undefined) return fields;
  switch (change.kind) {
    case "drop":
      return fields.toSpliced(index, 1);
    case "repeat":
      return fields.toSpliced(index, 0, one);
    case "last":
      return [...fields.toSpliced(index, 1), one];
    case "renumber":
      return fields.with(index, { ...one, number: change.number });
    case "retype":
      return fields.with(index, { ...one, wireType: change.wireType });
    case "fill":
      return fields.with(index, {
        ...one,
        value: Buffer.concat([varint(change.content.length), change.content]),
      });
    case "mislead":
      return fields.with(index, { ...one, value: Buffer.concat([change.length, one.value.subarray(1)]) });
  }
}
