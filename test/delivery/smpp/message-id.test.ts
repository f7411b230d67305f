import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { namesOf } from "../../../src/delivery/smpp/message-id.ts";

describe("a message id", () => {
  test.each([
    ["id_1", ["id_1"]],
    ["", [""]],
    ["12", ["12"]],
    ["1a", ["1a"]],
    ["abcdef", ["abcdef"]],
    ["63f61863-4a51-4f6b-86e1-46edebcf9356", ["63f61863-4a51-4f6b-86e1-46edebcf9356"]],
    ["63f618634a514f6b86e146edebcf9356", ["63f618634a514f6b86e146edebcf9356"]],
    ["BC614E00", ["3160493568"]],
    ["bc614e00", ["3160493568"]],
    ["00000000bc614e00", ["3160493568"]],
    ["3160493568", ["3160493568", "212068808040"]],
    ["0003160493568", ["3160493568", "212068808040"]],
    ["305419896", ["305419896", "12345678", "12973086870"]],
  ])("%j has the names %j", (id, names) => {
    expect(namesOf(id)).toEqual(names);
  });

  test("is found by its first name, whichever base it is answered and reported in", () => {
    const forms = (number: bigint) => {
      const [decimal, hexadecimal] = [number.toString(), number.toString(16)];
      return [
        ...[decimal, decimal.padStart(20, "0")],
        ...[hexadecimal, hexadecimal.toUpperCase(), hexadecimal.padStart(16, "0")],
      ];
    };
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0x1000000n, max: 2n ** 64n - 1n }),
        fc.nat(4),
        fc.nat(4),
        (number, one, other) => {
          const [answered = "", reported = ""] = [forms(number)[one], forms(number)[other]];
          expect(namesOf(reported)).toContain(namesOf(answered)[0]);
        },
      ),
      {
        numRuns: 2_000,
        examples: [
          [0x12345678n, 2, 0],
          [0x12345678n, 0, 2],
          [0x12345678n, 4, 1],
        ],
      },
    );
  });

  test("shares no name with the ids that its SMSC gives before and after it", () => {
    const base = fc.constantFrom(10, 16);
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0x1000000n, max: 2n ** 48n }),
        fc.bigInt({ min: 1n, max: 1_000_000n }),
        base,
        (number, later, radix) => {
          const [name] = namesOf(number.toString(radix));
          expect(namesOf((number + later).toString(radix))).not.toContain(name);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
