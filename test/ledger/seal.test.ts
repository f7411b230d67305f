import { describe, expect, it } from "vitest";
import { seal, unseal } from "../../src/ledger/seal.ts";
import { fixedSecret } from "./ledgers.ts";

const key = fixedSecret("sealing");
const iv = Buffer.alloc(12, 7);
const made = (plain: Buffer) => seal(plain, { keyId: 1, key, iv, context: "twilio" });
const opened = (token: string) =>
  unseal(token, { keyOf: (id) => (id === 1 ? key : undefined), context: "twilio" });

describe("A token", () => {
  it("opens to what was sealed, and to the id of its key", () => {
    expect(opened(made(Buffer.from("words")))).toEqual({ keyId: 1, plain: Buffer.from("words") });
    expect(opened(made(Buffer.from("w")))).toEqual({ keyId: 1, plain: Buffer.from("w") });
  });

  it("that is too short to seal anything opens to nothing", () => {
    const longest = Buffer.from(made(Buffer.alloc(0)), "base64url");
    const cut = Array.from({ length: longest.length + 1 }, (_, length) => longest.subarray(0, length));
    expect(longest).toHaveLength(29);
    for (const bytes of cut) expect(opened(bytes.toString("base64url"))).toBeUndefined();
  });
});
