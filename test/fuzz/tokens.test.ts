import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { openDelivery, sealDelivery } from "../../src/ledger/delivery-token.ts";
import { openSessionId, sealSessionId } from "../../src/ledger/session-id.ts";
import { openCall, sealCall } from "../../src/passcode/call-script.ts";
import { fixedKeys, fixedName } from "../ledger/ledgers.ts";
import { mutated, mutatedText } from "./bytes.ts";
import { fuzz } from "./fuzzing.ts";

/*
 * What the service hands out sealed and takes back: session ids, what stands for a send with
 * a vendor, and what a call is to say. Anything else is not opened, and is no fault.
 */

const keys = fixedKeys({ codes: [1, 2] });
const ledger = keys.ledgerOf("default", { kind: "phone", canonical: "+4915112345678" });
const id = fixedName("session");
const iv = Buffer.alloc(12, 7);

const sessionId = sealSessionId({ id, ledger }, 1, "default", keys);
const sent = { ledger, sessionId: id, delivery: 0, profileTag: keys.profileTag("default"), keyId: 1 };
const reference = sealDelivery(sent, { provider: "twilio", iv, keys });
const speech = {
  locale: "en-GB",
  parts: [
    { kind: "words", text: "Your code is" },
    { kind: "code", characters: "" },
  ],
} as const;
const script = sealCall({ reference, speech }, { provider: "twilio", keyId: 1, iv, keys });

/** Changed as a text, as the bytes it stands for, and another token in its place. */
function changed(token: string): fc.Arbitrary<string> {
  return fc.oneof(
    mutatedText(fc.constant(token)),
    mutated(fc.constant(Buffer.from(token, "base64url"))).map((bytes) =>
      Buffer.from(bytes).toString("base64url"),
    ),
    fc.constantFrom(sessionId, reference, script),
    fc.string({ unit: "binary", maxLength: 100 }),
  );
}

describe.each<[string, string, (token: string) => unknown]>([
  [
    // It has no seal: what it opens to has to be found in a ledger, and no changed one is.
    "a session id",
    sessionId,
    (token) => {
      const opened = openSessionId(token, "default", keys);
      return opened?.id === id && opened.ledger.equals(ledger) ? opened : undefined;
    },
  ],
  ["a reference", reference, (token) => openDelivery(token, "twilio", keys)],
  ["a call's script", script, (token) => openCall(token, "twilio", keys)],
])("%s", (_, token, open) => {
  test("opens as it was handed out, and not changed in any way", async () => {
    expect(open(token)).toBeDefined();
    await fuzz(2_000, changed(token), (text) => {
      if (text !== token) expect(open(text)).toBeUndefined();
    });
  });
});
