import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { templatesOf, variablesSchema } from "../../src/config/template-schema.ts";
import { defaultPolicy } from "../../src/ledger/policy.ts";
import { readOwn } from "../message/own-templates.ts";

const variables = new Map([["first_name", "Kim"]]);

/** An e-mail that nothing is wrong with, with what a test changes about it. */
function email(changes: { subject?: string; text?: string; html?: string } = {}): Record<string, string> {
  const { subject = "{{ brand }}", text = "{{ code }}", html = "<p>{{ code }}</p>" } = changes;
  return {
    "email.en.subject.liquid": subject,
    "email.en.text.liquid": text,
    "email.en.html.liquid": html,
  };
}

describe("takes", () => {
  test.each<[string, Record<string, string>]>([
    ["an SMS", { "sms.en.liquid": "{{ code }}" }],
    ["a call", { "voice.en.liquid": "{{ code }}, {{ code }}" }],
    ["an e-mail", email()],
    [
      "a template in another language too",
      { "sms.en.liquid": "{{ code }}", "sms.zh-Hant.liquid": "{{ code }}" },
    ],
    ["a language that stands for the profile's", { "sms.en-GB.liquid": "{{ code }}" }],
    ["hidden files, which are none of ours", { ".gitkeep": "", "sms.en.liquid": "{{ code }}" }],
    ["a byte order mark and lines ended in DOS", { "sms.en.liquid": "\u{FEFF}{{ brand }}\r\n{{ code }}" }],
    [
      "everything a template can read",
      {
        "sms.en.liquid":
          "{{ first_name }} {{ code }} {{ brand }} {{ expires_in }} {{ purpose }} {{ locale }} {{ direction }}" +
          "{{ logo_url }}{{ color }}{% unless brief %} {{ transaction.size }}{% endunless %}.",
      },
    ],
    [
      "values in text and in the text attributes of HTML",
      email({
        html: '<p title="{{ first_name }}">{{ first_name }} {{ code }}</p><img alt="" src="{{ logo_url }}">',
      }),
    ],
  ])("%s", (_, files) => {
    expect(readOwn(files, { variables }).problems).toEqual([]);
  });
});

describe("refuses", () => {
  const long = "x".repeat(1_600);
  const rules: [what: string, files: Record<string, string>, problems: string[]][] = [
    ["a directory without templates", { ".gitkeep": "" }, ["names a directory without templates"]],
    [
      "a file with another name",
      { "README.md": "", "sms.en.liquid": "{{ code }}", "email.en.liquid": "" },
      ["README.md", "email.en.liquid"].map(
        (name) =>
          `${name}: is not named like a template: sms.TAG.liquid, voice.TAG.liquid, ` +
          "email.TAG.subject.liquid, email.TAG.text.liquid, email.TAG.html.liquid",
      ),
    ],
    [
      "a name that is of no language, or not in its usual letters",
      {
        "sms.en.liquid": "{{ code }}",
        "sms.EN.liquid": "",
        "sms.tlh.liquid": "",
        "sms.zh-Hant-HK.liquid": "",
      },
      ["sms.EN", "sms.tlh", "sms.zh-Hant-HK"].map(
        (name) => `${name}.liquid: is not named for a language by a tag such as de, pt-BR or zh-Hant`,
      ),
    ],
    [
      "a mistake of Liquid, with its line",
      { "sms.en.liquid": "{{ code }}\n\n{% if brand %}" },
      ["sms.en.liquid:3: tag {% if brand %} not closed"],
    ],
    [
      "an unknown filter, with its line",
      { "sms.en.liquid": "{{ code }}\n{{ brand | raw }}" },
      ["sms.en.liquid:2: undefined filter: raw"],
    ],
    [
      "an unknown tag, with its line",
      { "sms.en.liquid": "{{ code }}\n{% include 'x' %}" },
      ['sms.en.liquid:2: tag "include" not found'],
    ],
    [
      "unknown variables, with their lines, in branches too",
      { "sms.en.liquid": "{{ code }}\n{% if purpose == 'x' %}{{ first_nam }}\n{{ last_name }}{% endif %}" },
      [
        "sms.en.liquid:2: reads first_nam, which is neither built in nor among the profile's variables",
        "sms.en.liquid:3: reads last_name, which is neither built in nor among the profile's variables",
      ],
    ],
    [
      "what is not there in every message",
      { "sms.en.liquid": "{{ code }}\n{{ transaction[0].name }} ok" },
      ["sms.en.liquid:2: undefined variable: transaction.0, in a message without a transaction"],
    ],
    [
      "a filter on the code",
      { "sms.en.liquid": "{{ code | slice: 0, 3 }}" },
      ["sms.en.liquid:1: does more with the code than show it"],
    ],
    [
      "a message without the code",
      { "sms.en.liquid": "{{ brand }}" },
      ["sms.en.liquid: does not show the code"],
    ],
    [
      "a message that may be without the code",
      { "sms.en.liquid": "{% if first_name and purpose %}{{ code }}{% endif %}." },
      ["sms.en.liquid: does not show the code, in a message without a purpose"],
    ],
    [
      "a call that does not say the code",
      { "voice.en.liquid": "{{ brand }}" },
      ["voice.en.liquid: does not show the code"],
    ],
    [
      "a call with a code that is no longer one",
      { "voice.en.liquid": "{% capture c %}{{ code }}{% endcapture %}{{ c }}" },
      ["voice.en.liquid: does not show the code"],
    ],
    [
      "an e-mail without the code in its text",
      email({ text: "x" }),
      ["email.en.text.liquid: does not show the code"],
    ],
    [
      "an e-mail without the code in its HTML",
      email({ html: "x" }),
      ["email.en.html.liquid: does not show the code"],
    ],
    [
      "an e-mail with the code in its subject",
      email({ subject: "{% if purpose == 'x' %}{{ code }}{% endif %}x" }),
      ["email.en.subject.liquid:1: shows the code, and a locked screen shows subjects"],
    ],
    [
      "an e-mail with the code in its subject by a roundabout way",
      email({ subject: '{% assign name = "code" %}{{ [name] }}' }),
      ["email.en.subject.liquid: is empty"],
    ],
    ...[
      "<title>{{ code }}</title>",
      "<!-- a > b {{ code }} -->",
      '<p title="{{ code }}">x</p>',
      '<p data-code="{{ code }}>x</p>',
    ].map((html): (typeof rules)[number] => [
      `an e-mail with the code where nobody reads it: ${html}`,
      email({ html }),
      ["email.en.html.liquid: has the code where nobody reads it"],
    ]),
    [
      "a message longer than a template may be",
      { "voice.en.liquid": `{{ code }}{% for i in (1..999) %}${"x".repeat(999)}{% endfor %}` },
      ["voice.en.liquid: makes more than 100000 characters"],
    ],
    [
      "an e-mail without a subject",
      email({ subject: "{{ purpose }}\n" }),
      ["email.en.subject.liquid: is empty"],
    ],
    [
      "a subject of several lines",
      email({ subject: "a\nb" }),
      ["email.en.subject.liquid: has several lines"],
    ],
    [
      "parts of an e-mail",
      { "email.en.html.liquid": "{{ code }}" },
      ["email.en.subject.liquid", "email.en.text.liquid"].map(
        (name) => `${name}: is missing, beside the other parts of the e-mail`,
      ),
    ],
    [
      "a value where escaping does not help",
      email({ html: '{{ code }}<a href="https://acme.test/?{{ first_name }}">x</a>' }),
      ["email.en.html.liquid: puts a value of the caller's in the attribute href"],
    ],
    [
      "a value of the transaction in a tag",
      email({ html: "{{ code }}{% for item in transaction %}<p title={{ item.value }}>{% endfor %}" }),
      ["email.en.html.liquid: puts a value of the caller's in a tag, outside of quotes"],
    ],
    [
      "an SMS of more segments than anybody would pay for",
      { "sms.en.liquid": `{{ code }}${long}` },
      ["sms.en.liquid: takes 11 segments, and 4 are the most"],
    ],
    [
      "a line of its own that binds a code to a host",
      { "sms.en.liquid": "x\n@acme.test #{{ code }}\nx" },
      [
        "sms.en.liquid: has a line that starts with @ and holds a #, which devices take for their own; requests add it",
      ],
    ],
    [
      "an SMS that ends in what may be the hash of an app",
      { "sms.en.liquid": "{{ code }} {{ first_name }}" },
      ["sms.en.liquid: ends in a value of the caller's, where Android takes a word for the hash of an app"],
    ],
    [
      "a channel without a template in the profile's language",
      { "sms.de.liquid": "{{ code }}", "voice.en.liquid": "{{ code }}" },
      ["has templates for sms, but none in en, the profile's language"],
    ],
    [
      "control characters",
      { "sms.en.liquid": "{{ code }}\n\u001b[31m" },
      ["sms.en.liquid:2: holds a control character"],
    ],
    [
      "a file of no usual length",
      { "sms.en.liquid": long.repeat(63) },
      ["sms.en.liquid: parse length limit exceeded"],
    ],
  ];

  test.each(rules)("%s", (_, files, problems) => {
    expect(readOwn(files, { variables }).problems).toEqual(problems);
  });

  test("an SMS that Android would not read, in a profile for Android apps", () => {
    const files = {
      "sms.en.liquid": `{{ code }} ${"x".repeat(130)}`,
      "sms.de.liquid": `{{ code }}{% unless brief %} ${"x".repeat(130)}{% endunless %}`,
      "sms.fr.liquid": `{{ code }} ${"x".repeat(120)}`,
    };
    const autofill = { androidHashes: new Set(["FA+9qCX9VSu"]) };
    expect(readOwn(files).problems).toEqual([]);
    expect(readOwn(files, { autofill }).problems).toEqual([
      "sms.en.liquid: takes 150 bytes with the hash of an app, and Android reads 140; " +
        "leave something out with {% unless brief %}",
    ]);
  });

  const given = {
    directory: "/templates",
    locale: "en",
    brand: "Acme",
    branding: {},
    variables,
    policies: { base: defaultPolicy },
    autofill: { androidHashes: new Set<string>() },
    smsSegmentsMax: 4,
  };
  const missing = () => {
    throw Object.assign(new Error("no such file: /templates"), { code: "ENOENT" });
  };

  test.each([
    [
      "a directory that is not there",
      { list: missing, read: () => "" },
      "names a directory that cannot be read (ENOENT)",
    ],
    [
      "a directory of too many files",
      { list: () => Array(1_001).fill("sms.en.liquid"), read: () => "" },
      "names a directory with more than 1000 files",
    ],
    [
      "a file that is not there",
      { list: () => ["sms.en.liquid"], read: missing },
      "sms.en.liquid: cannot be read (ENOENT)",
    ],
  ])("%s", (_, files, problem) => {
    const problems: string[] = [];
    templatesOf(given, files, (message) => problems.push(message));
    expect(problems).toEqual([problem]);
  });
});

test("whatever files hold, they are taken or refused with the name of one", () => {
  const piece = fc.oneof(
    fc.constantFrom(
      ..."{{ }} {% %} {%- -%} | : , . ( ) [ ] ' \" code brand first_name transaction if endif else for in endfor".split(
        " ",
      ),
      ..."assign capture endcapture case when raw endraw comment liquid echo first last 0 (1..9) <p> </p> \n".split(
        " ",
      ),
      "{{ code }}",
    ),
    fc.string({ unit: "grapheme" }),
  );
  const source = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(" "));
  fc.assert(
    fc.property(source, source, (one, other) => {
      const files = { "sms.en.liquid": one, "voice.en.liquid": other, ...email({ html: one, text: other }) };
      for (const problem of readOwn(files, { variables }).problems) {
        expect(problem).toMatch(/^(?:sms|voice|email)\.en\.(?:\w+\.)?liquid(?::\d+)?: \S/);
      }
    }),
    { numRuns: 500 },
  );
});

test("a profile without a directory of its own has the built-in templates, and its variables", () => {
  const { templates, problems } = readOwn(
    { "README.md": "" },
    { directory: undefined, variables, locale: "de" },
  );
  expect(problems).toEqual([]);
  expect(templates.own("sms")).toBeUndefined();
  expect(templates.variables).toEqual(["first_name"]);
  expect(templates.choose("sms", "tlh").tag).toBe("de");
});

describe("variables", () => {
  const problemsWith = (given: unknown) =>
    variablesSchema
      .safeParse(given)
      .error?.issues.map(({ path, message }) => `${path.join(".")}: ${message}`) ?? [];

  test("are names with a sample each", () => {
    expect(variablesSchema.parse({ first_name: "Kim" })).toEqual(variables);
  });

  test.each<[unknown, string]>([
    [
      { "First name": "Kim" },
      "First name: is not a name: up to 32 lower-case letters, digits and _, the first a letter",
    ],
    [{ code: "1" }, "code: is a name that means something else to templates"],
    [{ nil: "1" }, "nil: is a name that means something else to templates"],
    [{ forloop: "1" }, "forloop: is a name that means something else to templates"],
    [
      { name: 1 },
      "name: must be a sample of 1 to 100 characters in one line (in quotes, if it is all digits)",
    ],
    [
      { name: "" },
      "name: must be a sample of 1 to 100 characters in one line (in quotes, if it is all digits)",
    ],
    [
      { name: "a\nb" },
      "name: must be a sample of 1 to 100 characters in one line (in quotes, if it is all digits)",
    ],
    [
      { name: "x".repeat(101) },
      "name: must be a sample of 1 to 100 characters in one line (in quotes, if it is all digits)",
    ],
    [{ name: null }, "name: has no value; give one, or leave it out"],
    [
      Object.fromEntries(Array.from({ length: 17 }, (_, at) => [`v${at}`, "x"])),
      ": must have up to 16 entries",
    ],
  ])("%j are refused", (given, problem) => {
    expect(problemsWith(given)).toEqual([problem]);
  });
});
