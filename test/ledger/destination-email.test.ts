import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseEmail } from "../../src/ledger/destination.ts";

const oneDomain = "must have a domain name, and nothing else, after the @";
const oneScript = "must write each part of its domain in the letters and digits of one script";

function parsed(text: string) {
  const outcome = parseEmail(text);
  if (outcome.kind !== "ok") throw new Error(outcome.kind === "invalid" ? outcome.why : outcome.kind);
  return outcome.destination;
}

/** Those that no relay of old would have sent on. */
const emailAddress = fc.emailAddress().filter((text) => !/[%!]/.test(text));

describe("delivers to", () => {
  const reached: [text: string, address: string, canonical: string, masked: string][] = [
    ["alice@example.com", "alice@example.com", "alice@example.com", "a***@e***.com"],
    ["Alice.Smith@Example.COM", "Alice.Smith@example.com", "alice.smith@example.com", "A***@e***.com"],
    ["a@example.com", "a@example.com", "a@example.com", "***@e***.com"],
    ["alice@x.com", "alice@x.com", "alice@x.com", "a***@***.com"],
    ["alice+login@example.com", "alice+login@example.com", "alice@example.com", "a***@e***.com"],
    ["+alice@example.com", "+alice@example.com", "+alice@example.com", "+***@e***.com"],
    ["al.ice+x@gmail.com", "al.ice+x@gmail.com", "alice@gmail.com", "a***@g***.com"],
    ["Al.Ice@GoogleMail.com", "Al.Ice@googlemail.com", "alice@gmail.com", "A***@g***.com"],
    ["al.ice@example.com", "al.ice@example.com", "al.ice@example.com", "a***@e***.com"],
    ["alice@mail.example.co.uk", "alice@mail.example.co.uk", "alice@mail.example.co.uk", "a***@m***.uk"],
    [
      "o'brien#$&*/=?^_`{|}~-@example.com",
      "o'brien#$&*/=?^_`{|}~-@example.com",
      "o'brien#$&*/=?^_`{|}~-@example.com",
      "o***@e***.com",
    ],
    [
      "alice@bücher.example",
      "alice@xn--bcher-kva.example",
      "alice@xn--bcher-kva.example",
      "a***@x***.example",
    ],
    [
      "alice@BÜCHER.example",
      "alice@xn--bcher-kva.example",
      "alice@xn--bcher-kva.example",
      "a***@x***.example",
    ],
    [
      "alice@bu\u0308cher.example",
      "alice@xn--bcher-kva.example",
      "alice@xn--bcher-kva.example",
      "a***@x***.example",
    ],
    [
      "alice@xn--bcher-kva.example",
      "alice@xn--bcher-kva.example",
      "alice@xn--bcher-kva.example",
      "a***@x***.example",
    ],
    ["alice@faß.de", "alice@xn--fa-hia.de", "alice@xn--fa-hia.de", "a***@x***.de"],
    ["alice@пример.рф", "alice@xn--e1afmkfd.xn--p1ai", "alice@xn--e1afmkfd.xn--p1ai", "a***@x***.xn--p1ai"],
    ["alice@example.рф", "alice@example.xn--p1ai", "alice@example.xn--p1ai", "a***@e***.xn--p1ai"],
    ["alice@パーティー例.jp", "alice@xn--dck9c6a2mc2508b.jp", "alice@xn--dck9c6a2mc2508b.jp", "a***@x***.jp"],
    ["alice@a漢ㄅ.tw", "alice@xn--a-2juw89u.tw", "alice@xn--a-2juw89u.tw", "a***@x***.tw"],
    [
      "alice@نامه\u200cای.com",
      "alice@xn--mgba3gch31f060k.com",
      "alice@xn--mgba3gch31f060k.com",
      "a***@x***.com",
    ],
    [
      "alice@xn--mgba3gch31f060k.com",
      "alice@xn--mgba3gch31f060k.com",
      "alice@xn--mgba3gch31f060k.com",
      "a***@x***.com",
    ],
    ["alice@ශ්\u200dරී.com", "alice@xn--10cl1a0b660p.com", "alice@xn--10cl1a0b660p.com", "a***@x***.com"],
    ["alice@क्\u200cष.com", "alice@xn--11b2ezcs70k.com", "alice@xn--11b2ezcs70k.com", "a***@x***.com"],
    ["alice@paral·lel.cat", "alice@xn--parallel-koa.cat", "alice@xn--parallel-koa.cat", "a***@x***.cat"],
    [
      "alice@xn--parallel-koa.cat",
      "alice@xn--parallel-koa.cat",
      "alice@xn--parallel-koa.cat",
      "a***@x***.cat",
    ],
    ["alice@α͵α.gr", "alice@xn--wva3jb.gr", "alice@xn--wva3jb.gr", "a***@x***.gr"],
    ["alice@א׳ב.il", "alice@xn--4dbc5h.il", "alice@xn--4dbc5h.il", "a***@x***.il"],
    ["alice@צה״ל.il", "alice@xn--8dbq2a9c.il", "alice@xn--8dbq2a9c.il", "a***@x***.il"],
    ["alice@カ・タ.jp", "alice@xn--lckxb3k.jp", "alice@xn--lckxb3k.jp", "a***@x***.jp"],
    ["alice@اب١٢.com", "alice@xn--mgbc5oe.com", "alice@xn--mgbc5oe.com", "a***@x***.com"],
    ["alice@اب۱۲.com", "alice@xn--mgbc71dea.com", "alice@xn--mgbc71dea.com", "a***@x***.com"],
    ["a..b@docomo.ne.jp", "a..b@docomo.ne.jp", "a..b@docomo.ne.jp", "a***@d***.jp"],
    ["A.@ezweb.ne.jp", "A.@ezweb.ne.jp", "a.@ezweb.ne.jp", "A***@e***.jp"],
    ["a...b..@au.com", "a...b..@au.com", "a...b..@au.com", "a***@a***.com"],
    ["alice@한국abc.kr", "alice@xn--abc-lt8lk11n.kr", "alice@xn--abc-lt8lk11n.kr", "a***@x***.kr"],
  ];

  test.each(reached)("%s", (text, address, canonical, masked) => {
    expect(parseEmail(text)).toEqual({
      kind: "ok",
      destination: { kind: "email", address, canonical, masked },
    });
  });
});

describe("refuses before the @", () => {
  const dotAtom = "must have only ASCII letters, digits, single dots and #$&'*+/=?^_`{|}~- before the @";
  test.each([
    "",
    ".alice",
    "alice.",
    "al..ice",
    "al ice",
    " alice",
    '"alice"',
    '"al ice"',
    "alice(comment)",
    "Alice <alice",
    "friends:alice",
    "alice,bob",
    "alice;bob",
    "al\\ice",
    "al\u0000ice",
    "al\r\nBcc:bob",
    "alice\n",
    "álice",
    "аlice",
    "ａlice",
    "al\u200bice",
    "al\u202eice",
    // Relays of old sent these on, to a host of the writer's choice.
    "alice%elsewhere.example",
    "elsewhere.example!alice",
  ])("%j", (local) => {
    expect(parseEmail(`${local}@example.com`)).toEqual({ kind: "invalid", why: dotAtom });
  });
});

describe("refuses a domain with a character out of its context (RFC 5892, appendix A):", () => {
  test.each([
    ["a joiner between Latin letters", "a\u200db.com"],
    ["a non-joiner between Latin letters", "a\u200cb.com"],
    ["a non-joiner after a letter that joins none", "ا\u200cب.com"],
    ["a joiner after a letter without a virama", "क\u200dष.com"],
    ["a joiner at the end", "xn--11b2ezcw70k\u200d.com"],
    ["a middle dot between other letters", "a·b.cat"],
    ["a middle dot after one l", "l·a.cat"],
    ["a middle dot in front", "·lel.cat"],
    ["the same as an A-label", "xn--ab-0ea.com"],
    ["a Greek numeral sign before Latin", "α͵a.gr"],
    ["a Greek numeral sign at the end", "α͵.gr"],
    ["geresh after Latin", "a׳.com"],
    ["geresh in front", "׳א.com"],
    ["a katakana middle dot among Latin letters", "a・b.com"],
    ["the same as an A-label", "xn--ab-3n4a.com"],
    ["a katakana middle dot alone", "・.jp"],
    ["Arabic-Indic digits of both sets", "اب١۲.com"],
  ])("%s", (_, domain) => {
    expect(parseEmail(`alice@${domain}`)).toEqual({ kind: "invalid", why: oneDomain });
  });
});

test.each([
  "a..b@example.com",
  "a.@docomo.ne.jp.evil.example",
  ".a@docomo.ne.jp",
  "a..b@evil.docomo.ne.jp",
  'a.."b@docomo.ne.jp',
  '"a..b"@docomo.ne.jp',
  "a..b,c@docomo.ne.jp",
  "a..b%c@docomo.ne.jp",
])("refuses dots out of place elsewhere than where there are such names: %s", (text) => {
  expect(parseEmail(text).kind).toBe("invalid");
});

describe("refuses after the @", () => {
  const refused: [domain: string, why: string][] = [
    ["", "must have a domain with a dot in it after the @"],
    ["localhost", "must have a domain with a dot in it after the @"],
    [".com", oneDomain],
    ["example.", oneDomain],
    ["example.com.", oneDomain],
    ["example..com", oneDomain],
    ["-example.com", oneDomain],
    ["example-.com", oneDomain],
    ["exa_mple.com", oneDomain],
    ["exa mple.com", oneDomain],
    ["example.com ", oneDomain],
    ["example.com\n", oneDomain],
    ["exa\tmple.com", oneDomain],
    ["exa\0mple.com", oneDomain],
    ["example.com>", oneDomain],
    ["example.com(comment)", oneDomain],
    ["example.com,bob", oneDomain],
    ["example.com:25", oneDomain],
    ["example.com/x", oneDomain],
    ["example.com?x", oneDomain],
    ["example.com#x", oneDomain],
    ["ex%61mple.com", oneDomain],
    ["[192.0.2.1]", oneDomain],
    ["[IPv6:2001:db8::1]", oneDomain],
    ["[::1]", oneDomain],
    ["192.0.2.1", oneDomain],
    ["1.2.3", oneDomain],
    ["0x7f.1", oneDomain],
    ["example.123", oneDomain],
    ["example.c", oneDomain],
    ["example.1com", oneDomain],
    ["example.com1", oneDomain],
    ["xn--a.com", oneDomain],
    ["xn--example-.com", oneDomain],
    // Decodes to ず, whose own A-label is another: xn--98j.
    ["xn---98j.com", oneDomain],
    ["ｅxample.com", oneDomain],
    ["example。com", oneDomain],
    ["exa\u00admple.com", oneDomain],
    ["exa\u200bmple.com", oneDomain],
    ["exa\u202emple.com", oneDomain],
    ["ﬃce.com", oneDomain],
    [`${"a".repeat(64)}.com`, oneDomain],
    ["раypal.com", oneScript],
    ["gοοgle.com", oneScript],
    ["sеt.com", oneScript],
    ["xn--pypal-4ve.com", oneScript],
    ["☃.net", oneScript],
  ];

  test.each(refused)("%j", (domain, why) => {
    expect(parseEmail(`alice@${domain}`)).toEqual({ kind: "invalid", why });
  });
});

test("refuses what has no @, or two", () => {
  const why = "must be one e-mail address, with one @";

  expect(parseEmail("")).toEqual({ kind: "invalid", why });
  expect(parseEmail("alice")).toEqual({ kind: "invalid", why });
  expect(parseEmail("alice@example.com,bob@example.com")).toEqual({ kind: "invalid", why });
  expect(parseEmail('"alice@home"@example.com')).toEqual({ kind: "invalid", why });
});

describe("lengths", () => {
  const domainOf = (length: number) => `${`${"d".repeat(49)}.`.repeat(4)}${"d".repeat(length - 204)}.com`;

  test("takes 64 characters before the @, and not 65", () => {
    expect(parseEmail(`${"a".repeat(64)}@example.com`).kind).toBe("ok");
    expect(parseEmail(`${"a".repeat(65)}@example.com`)).toEqual({
      kind: "invalid",
      why: "must have at most 64 characters before the @",
    });
  });

  test("takes 254 characters in all, and not 255", () => {
    expect(parseEmail(`alice@${domainOf(248)}`).kind).toBe("ok");
    expect(parseEmail(`alice@${domainOf(249)}`)).toEqual({
      kind: "invalid",
      why: "must be at most 254 characters long",
    });
  });

  test("counts 254 characters in all once its domain is A-labels", () => {
    expect(parseEmail(`alice@bücher.${domainOf(234)}`).kind).toBe("ok");
    expect(parseEmail(`alice@bücher.${domainOf(235)}`)).toEqual({
      kind: "invalid",
      why: "must be at most 254 characters long, its domain as A-labels",
    });
  });

  test("refuses 64 KB of anything at once", () => {
    for (const junk of ["a", "@", ".", "a.", "ü", "a@", "xn--"]) {
      expect(parseEmail(junk.repeat(65_536))).toEqual({
        kind: "invalid",
        why: "must be at most 254 characters long",
      });
    }
  });
});

describe("one mailbox has one canonical form", () => {
  const word = fc.stringMatching(/^[a-z0-9]{1,10}$/);
  const domain = fc.constantFrom("example.com", "xn--bcher-kva.example", "gmail.com", "mail.пример.рф");
  const caps = (text: string) => fc.mixedCase(fc.constant(text));

  test("in any case, with any suffix, however the domain is encoded", () => {
    const spellings = fc
      .tuple(word, domain, fc.array(word, { maxLength: 2 }))
      .chain(([name, host, suffix]) =>
        fc.tuple(fc.constant(`${name}@${host}`), caps([name, ...suffix].join("+")), caps(host)),
      );
    fc.assert(
      fc.property(spellings, ([plain, local, host]) => {
        expect(parsed(`${local}@${host}`).canonical).toBe(parsed(plain).canonical);
      }),
    );
  });

  test("with any dots at Gmail, under both its names", () => {
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 4 }), (parts) => {
        const plain = parsed(`${parts.join("")}@gmail.com`).canonical;
        expect(parsed(`${parts.join(".")}@gmail.com`).canonical).toBe(plain);
        expect(parsed(`${parts.join(".")}@googlemail.com`).canonical).toBe(plain);
      }),
    );
  });

  test("and the address delivered to has it too, and is its own address", () => {
    fc.assert(
      fc.property(emailAddress, (text) => {
        const { address, canonical } = parsed(text);
        expect(parsed(address)).toEqual({ ...parsed(text), address, canonical });
      }),
    );
  });
});

test("an address delivered to is ASCII, whatever was given, and no reason repeats it", () => {
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.tuple(fc.string(), fc.string({ unit: "grapheme" })).map((parts) => parts.join("@")),
    fc
      .tuple(fc.stringMatching(/^[a-z]{3,9}$/), fc.string({ unit: "grapheme" }))
      .map(([a, b]) => `${a}@${b}.com`),
  );
  fc.assert(
    fc.property(text, (given) => {
      const outcome = parseEmail(given);
      const shown = outcome.kind === "ok" ? outcome.destination.masked : outcome.why;
      expect(given.length > 3 && shown.includes(given)).toBe(false);
      expect(outcome.kind !== "ok" || /^[!-~]+@[a-z0-9.-]+$/.test(outcome.destination.address)).toBe(true);
    }),
    { numRuns: 300 },
  );
});

describe("one mailbox has one canonical form:", () => {
  test.each<[at: string, canonical: string, ...spellings: string[]]>([
    ["iCloud", "al.ice@icloud.com", "al.ice@icloud.com", "Al.Ice@me.com", "al.ice+x@mac.com"],
    [
      "Proton",
      "alicedoe@proton.me",
      "alicedoe@proton.me",
      "alice.doe@protonmail.com",
      "alice-doe@protonmail.ch",
      "Alice_Doe+x@pm.me",
    ],
    [
      "Yandex",
      "al-ice@yandex.ru",
      "al.ice@ya.ru",
      "al-ice@yandex.com",
      "Al.Ice+x@yandex.com.tr",
      "al.ice@yandex.kz",
    ],
    ["Yahoo", "alice@yahoo.com", "alice@yahoo.com", "alice-shop@yahoo.com", "alice-a-b@yahoo.com"],
    [
      "Fastmail",
      "alice@fastmail.com",
      "alice@fastmail.com",
      "shop@alice.fastmail.com",
      "alice+shop@fastmail.com",
    ],
    ["Fastmail, underscores", "al-ice@fastmail.fm", "al_ice@fastmail.fm", "shop@al-ice.fastmail.fm"],
    ["Outlook", "alice@outlook.com", "alice@outlook.com", "Alice+shop@outlook.com"],
  ])("at %s", (_, canonical, ...spellings) => {
    for (const spelling of spellings) {
      expect(parsed(spelling).canonical).toBe(canonical);
      // Mail goes where the caller says; folding is for limits alone.
      expect(parsed(spelling).address.split("@")[0]).toBe(spelling.split("@")[0]);
    }
  });

  test.each([
    ["dots at iCloud", "al.ice@icloud.com", "alice@icloud.com"],
    ["dots at Outlook", "al.ice@outlook.com", "alice@outlook.com"],
    ["the domains of Outlook", "alice@outlook.com", "alice@hotmail.com"],
    ["the domains of Fastmail", "alice@fastmail.com", "alice@fastmail.fm"],
    ["hyphens elsewhere", "al-ice@example.com", "al@example.com"],
    ["hyphens at the Yahoo of Japan, a company of its own", "al-ice@yahoo.co.jp", "al@yahoo.co.jp"],
    ["sub-domains elsewhere", "shop@alice.example.com", "alice@example.com"],
    ["domains that only look alike", "alice@notme.com", "alice@icloud.com"],
  ])("%s tell mailboxes apart", (_, one, other) => {
    expect(parsed(one).canonical).not.toBe(parsed(other).canonical);
  });

  test.each(["_@proton.me", "-@yahoo.com", "...+x@proton.me", "-._@pm.me"])(
    "%s has a name left, or is none",
    (text) => {
      const outcome = parseEmail(text);
      if (outcome.kind === "ok") expect(outcome.destination.canonical).toMatch(/^[^@]+@[^@]+$/);
    },
  );
});
