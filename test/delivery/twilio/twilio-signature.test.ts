import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Callback } from "../../../src/delivery/provider.ts";
import { SignedForms } from "../../../src/delivery/twilio/signed-form.ts";
import { StatusCallbacks } from "../../../src/delivery/twilio/status-callbacks.ts";
import { accountSid, authToken } from "./account.ts";
import { callback, reference, signed, url } from "./callback.ts";

const forms = new SignedForms({ accountSid, authToken });
const delivered = { MessageSid: `SM${"a".repeat(32)}`, MessageStatus: "delivered", To: "+447911123456" };

/** The example that Twilio works out in https://www.twilio.com/docs/usage/security, with what it signs there. */
const documented: Callback = {
  method: "POST",
  url: "https://example.com/myapp.php?foo=1&bar=2",
  headers: { "x-twilio-signature": "L/OH5YylLD5NRKLltdqwSvS0BnU=" },
  body: Buffer.from(
    "Digits=1234&To=%2B18005551212&From=%2B14158675310&Caller=%2B14158675310&CallSid=CA1234567890ABCDE",
  ),
  nowMs: 0,
};

describe("the documented example", () => {
  const documentedAccount = new SignedForms({ accountSid: "AC", authToken: "12345" });

  test("is signed as we compute it: only the account, which it leaves out, is missing", () => {
    expect(documentedAccount.read(documented)).toEqual({ kind: "refused", why: "of another account" });
  });

  test("is not signed with another token", () => {
    const other = new SignedForms({ accountSid: "AC", authToken: "12346" });
    expect(other.read(documented)).toEqual({ kind: "refused", why: "not signed" });
  });

  test("is not signed in another letter", () => {
    const headers = { "x-twilio-signature": "l/OH5YylLD5NRKLltdqwSvS0BnU=" };
    expect(documentedAccount.read({ ...documented, headers })).toEqual({
      kind: "refused",
      why: "not signed",
    });
  });
});

test("reads what is signed, whatever is in it", () => {
  const odd = { Body: "ü&=+%00 😀\r\n", Ünï: "", empty: "", zz: "a", ZZ: "b" };
  const read = forms.read(callback(odd));
  expect(read.kind === "form" && Object.fromEntries(read.form)).toMatchObject(odd);
});

describe("refuses", () => {
  const good = callback(delivered);

  test.each<[string, Partial<Callback>]>([
    ["a request without a signature", { headers: {} }],
    ["an empty signature", { headers: { "x-twilio-signature": "" } }],
    ["two signatures", { headers: { "x-twilio-signature": twice(good.headers["x-twilio-signature"]) } }],
    ["another URL", { url: url.replace("reference", "another") }],
    ["another query", { url: url.replace("a=1", "a=2") }],
    ["a host that is not ours", { url: url.replace("otp.example", "otp.example.evil.example") }],
    ["http for https", { url: url.replace("https:", "http:") }],
    ["a port", { url: url.replace("otp.example", "otp.example.evil:8443") }],
    ["a truncated body", { body: good.body.subarray(0, -1) }],
    ["an empty body", { body: Buffer.alloc(0) }],
    ["a changed parameter", { body: Buffer.from(good.body.toString().replace("delivered", "failed")) }],
    ["a parameter more", { body: Buffer.from(`${good.body}&ErrorCode=30003`) }],
    ["a repeated parameter", { body: Buffer.from(`${good.body}&MessageStatus=delivered`) }],
    ["a GET", { method: "GET" }],
  ])("%s", (_, change) => {
    expect(forms.read(good).kind).toBe("form");
    expect(forms.read({ ...good, ...change })).toEqual({ kind: "refused", why: expect.any(String) });
  });

  test("a repeated parameter although it is signed", () => {
    const once = { AccountSid: accountSid, MessageStatus: "deliveredfailed" };
    const request = signed({ form: once, url, token: authToken });
    const body = Buffer.from(`AccountSid=${accountSid}&MessageStatus=delivered&MessageStatus=failed`);
    expect(forms.read({ ...request, body })).toEqual({ kind: "refused", why: "a repeated parameter" });
  });

  test("a request for another account although it is signed", () => {
    const other = accountSid.replace("0", "1");
    expect(forms.read(callback({ ...delivered, AccountSid: other }))).toEqual({
      kind: "refused",
      why: "of another account",
    });
  });

  test("what is longer than any request of Twilio's", () => {
    expect(forms.read(callback({ ...delivered, Body: "a".repeat(20_000) }))).toEqual({
      kind: "refused",
      why: "too long",
    });
  });

  test("without a word of what the request said", () => {
    const refused = forms.read({ ...good, headers: {} });
    expect(JSON.stringify(refused)).not.toContain("447911123456");
  });
});

describe("a public URL with a port", () => {
  const ported = url.replace("otp.example", "otp.example:8443");
  const form = { AccountSid: accountSid, ...delivered };

  test("is signed with it, as for messages", () => {
    expect(forms.read(signed({ form, url: ported, token: authToken })).kind).toBe("form");
  });

  test("is signed without it, as for calls", () => {
    expect(forms.read({ ...signed({ form, url, token: authToken }), url: ported }).kind).toBe("form");
  });

  test("is not signed over http without it", () => {
    const plain = url.replace("https:", "http:");
    const request = signed({ form, url: plain, token: authToken });
    expect(forms.read({ ...request, url: ported.replace("https:", "http:") }).kind).toBe("refused");
  });
});

describe("any single change", () => {
  const good = callback({ ...delivered, ErrorCode: "", RawDlrDoneDate: "2401010000" });
  const reports = new StatusCallbacks(forms);
  const told = { kind: "reports", reports: [{ reference, state: "delivered" }] };

  test("of the URL is refused", () => {
    fc.assert(
      fc.property(editOf(good.url), (changed) => {
        fc.pre(changed !== good.url);
        expect(forms.read({ ...good, url: changed }).kind).toBe("refused");
      }),
      { numRuns: 1_000 },
    );
  });

  test("of the signature is refused", () => {
    const signature = good.headers["x-twilio-signature"] ?? "";
    fc.assert(
      fc.property(editOf(signature), (changed) => {
        fc.pre(changed !== signature);
        expect(forms.read({ ...good, headers: { "x-twilio-signature": changed } }).kind).toBe("refused");
      }),
      { numRuns: 1_000 },
    );
  });

  test("of the token is refused", () => {
    fc.assert(
      fc.property(editOf(authToken), (changed) => {
        fc.pre(changed !== authToken);
        const others = new SignedForms({ accountSid, authToken: changed });
        expect(others.read(good).kind).toBe("refused");
      }),
      { numRuns: 1_000 },
    );
  });

  // A form says the same in more ways than one, such as %2B and %2b.
  test("of the body is refused, or changes nothing of what it tells", async () => {
    await fc.assert(
      fc.asyncProperty(editOf(good.body.toString()), async (changed) => {
        const read = await reports.read({ ...good, body: Buffer.from(changed) });
        if (read.kind !== "refused") expect(read).toEqual(told);
      }),
      { numRuns: 2_000 },
    );
  });

  test("of a value is refused", () => {
    const form = Object.fromEntries(new URLSearchParams(good.body.toString()));
    const edits = fc
      .constantFrom(...Object.keys(form))
      .chain((name) => editOf(form[name] ?? "").map((value) => ({ name, value })));
    fc.assert(
      fc.property(edits, ({ name, value }) => {
        fc.pre(value !== form[name]);
        const body = Buffer.from(new URLSearchParams({ ...form, [name]: value }).toString());
        expect(forms.read({ ...good, body }).kind).toBe("refused");
      }),
      { numRuns: 1_000 },
    );
  });
});

function twice(signature = ""): string {
  return `${signature}, ${signature}`;
}

/** A text with one character replaced, left out or put in. */
function editOf(text: string): fc.Arbitrary<string> {
  return fc
    .tuple(
      fc.nat({ max: text.length }),
      fc.constantFrom(0, 1),
      fc.oneof(fc.constant(""), fc.string({ minLength: 1, maxLength: 1 })),
    )
    .map(([at, length, put]) => text.slice(0, at) + put + text.slice(at + length));
}
