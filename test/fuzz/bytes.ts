import fc from "fast-check";

/** One thing that goes wrong with bytes. Places are fractions, so that a change fits bytes of any length. */
type Change =
  | { kind: "flip"; at: number; mask: number }
  | { kind: "cut"; at: number }
  | { kind: "insert"; at: number; bytes: Uint8Array }
  | { kind: "drop" | "repeat"; at: number; length: number }
  | { kind: "overwrite"; at: number; bytes: Uint8Array };

/** Bytes on which readers of numbers, lengths, texts and lines are known to trip. */
const odd: readonly Uint8Array[] = [
  [0],
  [0x7f],
  [0x80],
  [0xff],
  [0xff, 0xff, 0xff, 0xff],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
  [0xff, 0xff, 0xff, 0xff, 0x0f],
  [0xc0, 0x80],
  [0xed, 0xa0, 0x80],
  [0xf4, 0x90, 0x80, 0x80],
  [0xe2, 0x80, 0xae],
  [0xef, 0xbb, 0xbf],
  [0x0d, 0x0a],
  [0x22],
  [0x5c],
  [0x7b],
  [0x5d],
].map((bytes) => Uint8Array.from(bytes));

/** Fractions, each as likely: those of `fc.double` are nearly all next to 0. */
export const place = fc.integer({ min: 0, max: 1_000_000 }).map((parts) => parts / 1_000_000);
const piece = fc.oneof(fc.constantFrom(...odd), fc.uint8Array({ minLength: 1, maxLength: 8 }));
const length = fc.nat(24);

const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({
    kind: fc.constant("flip" as const),
    at: place,
    mask: fc.constantFrom(1, 2, 4, 8, 16, 32, 64, 128),
  }),
  fc.record({ kind: fc.constant("cut" as const), at: place }),
  fc.record({ kind: fc.constant("insert" as const), at: place, bytes: piece }),
  fc.record({ kind: fc.constant("drop" as const), at: place, length }),
  fc.record({ kind: fc.constant("repeat" as const), at: place, length }),
  fc.record({ kind: fc.constant("overwrite" as const), at: place, bytes: piece }),
);

/** Wholly random bytes, or `whole` with a few things gone wrong. */
export function mutated(whole: fc.Arbitrary<Uint8Array>, { random = 1 } = {}): fc.Arbitrary<Uint8Array> {
  return fc.oneof(
    { weight: random, arbitrary: fc.uint8Array({ maxLength: 200 }) },
    {
      weight: 8,
      arbitrary: fc
        .tuple(whole, fc.array(change, { minLength: 1, maxLength: 4 }))
        .map(([bytes, changes]) => changes.reduce(applied, bytes)),
    },
  );
}

/** The same of a text, by its bytes: what is no UTF-8 any more becomes U+FFFD. */
export function mutatedText(whole: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return mutated(whole.map((text) => Buffer.from(text))).map((bytes) => Buffer.from(bytes).toString());
}

function applied(bytes: Uint8Array, one: Change): Uint8Array {
  const at = Math.min(bytes.length, Math.floor(one.at * (bytes.length + 1)));
  const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
  switch (one.kind) {
    case "flip":
      return Uint8Array.from(bytes, (byte, index) => (index === at ? byte ^ one.mask : byte));
    case "cut":
      return before;
    case "insert":
      return Buffer.concat([before, one.bytes, after]);
    case "drop":
      return Buffer.concat([before, after.subarray(one.length)]);
    case "repeat":
      return Buffer.concat([before, after.subarray(0, one.length), after]);
    case "overwrite":
      return Buffer.concat([before, one.bytes, after.subarray(one.bytes.length)]);
  }
}
