import fc from "fast-check";
import { filters, tags } from "liquidjs";
import { describe, expect, test } from "vitest";
import { Code } from "../../src/message/code.ts";
import { engines } from "../../src/message/engine.ts";
import { type Scope, Template, TemplateError } from "../../src/message/template.ts";

const scope: Scope = {
  code: new Code("471902"),
  name: `<b>"Kim" & 'Bob'</b>`,
  nobody: null,
  list: [
    { name: "amount", value: "1 < 2" },
    { name: "payee", value: "Bob" },
  ],
};

function html(source: string): string {
  return new Template("email.en.html.liquid", source, "html").render(scope);
}

/** Why a template cannot be read or rendered, and where. */
function problemOf(source: string, medium: "text" | "html" = "html"): string | undefined {
  try {
    new Template("t.liquid", source, medium).render(scope);
    return undefined;
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    return error.message;
  }
}

test("templates have the tags that branch, loop and name, and no others", () => {
  const known = Object.keys(tags).filter((tag) => tag in engines.html.tags);
  expect(
    Object.keys(tags)
      .filter((tag) => !known.includes(tag))
      .toSorted(),
  ).toEqual(
    ["block", "cycle", "decrement", "include", "increment", "layout", "render", "tablerow"].toSorted(),
  );
  expect(Object.keys(engines.text.tags)).toEqual(Object.keys(engines.html.tags));
});

test("templates have the filters that take text apart, and none that undoes escaping, decodes or evaluates", () => {
  const known = Object.keys(filters).filter((filter) => filter in engines.html.filters);
  expect(known.toSorted().join(" ")).toBe(
    "abs append at_least at_most capitalize default divided_by downcase first join last lstrip map minus " +
      "modulo plus prepend remove remove_first remove_last replace replace_first replace_last reverse rstrip " +
      "size slice split squish strip times truncate truncatewords upcase",
  );
  expect(Object.keys(engines.text.filters)).toEqual(Object.keys(engines.html.filters));
});

test.each([
  "raw",
  "escape",
  "escape_once",
  "unescape",
  "newline_to_br",
  "strip_html",
  "url_decode",
  "base64_decode",
  "json",
  "inspect",
  "date",
  "sample",
  "where_exp: 'x', 'x'",
  "find_exp: 'x', 'x'",
  "group_by_exp: 'x', 'x'",
])("a template with the filter %s is refused, even where it is never run", (filter) => {
  const name = filter.replace(/:.*/, "");
  expect(problemOf(`\n{% if nobody %}{{ name | ${filter} }}{% endif %}`)).toBe(
    `t.liquid:2: undefined filter: ${name}`,
  );
});

test.each([
  "include 'x'",
  "render 'x'",
  "layout 'x'",
  "block x",
  "tablerow x in list",
  "increment code",
  "cycle 'a'",
])("a template with the tag %s is refused", (tag) => {
  expect(problemOf(`{% ${tag} %}`)).toBe(`t.liquid:1: tag "${tag.replace(/ .*/, "")}" not found`);
});

const escapedName = "&lt;b&gt;&quot;Kim&quot; &amp; &#39;Bob&#39;&lt;/b&gt;";

test.each([
  ["{{ name }}", escapedName],
  ["{% echo name %}", escapedName],
  ["{% liquid echo name %}", escapedName],
  ["{% assign x = name %}{{ x }}", escapedName],
  ["{{ nobody | default: name }}", escapedName],
  ["{{ '<i>' | append: name }}", `&lt;i&gt;${escapedName}`],
  ["{% for item in list %}{{ item.value }};{% endfor %}", "1 &lt; 2;Bob;"],
  ["{{ list | map: 'value' | join: '<br>' }}", "1 &lt; 2&lt;br&gt;Bob"],
  // What was captured is text like any other, and its markup with it.
  ["{% capture x %}<i>{{ nobody }}</i>{% endcapture %}{{ x }}", "&lt;i&gt;&lt;/i&gt;"],
  ["{{ 'a\\nb' }}", "a b"],
  ["{% raw %}{{ name }}{% endraw %}", "{{ name }}"],
  ["{{ nobody }}{{ nobody.what }}{% if nobody %}x{% endif %}{{ code }}", "471902"],
  ["{{ list.size }} {{ true }}", "2 true"],
])("in HTML, %s puts out %s", (source, expected) => {
  expect(html(source)).toBe(expected);
});

test("whichever filters a value goes through, it adds no tag, no quote and no line", () => {
  const argument = fc.constantFrom("name", "'<'", "'x'", "'\\n'", "list", "nobody", "2");
  const filter = fc
    .tuple(fc.constantFrom(...Object.keys(engines.html.filters)), fc.array(argument, { maxLength: 2 }))
    .map(([name, given]) => (given.length === 0 ? name : `${name}: ${given.join(", ")}`));
  fc.assert(
    fc.property(fc.array(filter, { maxLength: 4 }), (chain) => {
      const source = `{{ ${["name", ...chain].join(" | ")} }}`;
      if (problemOf(source) === undefined) expect(html(source)).not.toMatch(/[<>"'\n]/);
    }),
    { numRuns: 500 },
  );
});

test.each(Object.keys(engines.html.filters))(
  "the filter %s passes the code on whole or not at all",
  (filter) => {
    const withLetters = { ...scope, code: new Code("KQZW") };
    for (const source of [`{{ code | ${filter}: 'x', 'y' }}`, `{{ 'x' | ${filter}: code, code }}`]) {
      if (problemOf(source) !== undefined) continue;
      const shown = new Template("t.liquid", source, "text").render(withLetters);
      expect(shown === "KQZW" || !/[KQZW]/i.test(shown)).toBe(true);
    }
  },
);

test.each([
  ["in a comparison", "{% if code == '471902' %}x{% endif %}"],
  ["in a search", "{% if code contains '4' %}x{% endif %}"],
  ["by its characters", "{% for one in code %}{{ one }}{% endfor %}"],
  ["among cases", "{% case code %}{% when '471902' %}x{% endcase %}"],
  ["as a size", "{% if code.size == 6 %}x{% endif %}"],
])("a template learns nothing of the code %s", (_, source) => {
  expect(html(source)).toBe("");
});

describe("refuses", () => {
  test.each([
    ["{{ name }", 't.liquid:1: output "{{ name }" not closed'],
    ["a\n{% if name %}", "t.liquid:2: tag {% if name %} not closed"],
    ["{{ missing }}", "t.liquid:1: undefined variable: missing"],
    ["{{ list[7].name }}", "t.liquid:1: undefined variable: list.7"],
    ["{{ name.constructor }}", "t.liquid:1: undefined variable: name.constructor"],
    ["{{ code.constructor }}", "t.liquid:1: undefined variable: code.constructor"],
    ["{{ code['constructor']['constructor'] }}", "t.liquid:1: undefined variable: code.constructor"],
    ["{{ code[0] }}", "t.liquid:1: undefined variable: code.0"],
    ["{{ constructor }}", "t.liquid:1: undefined variable: constructor"],
    ["{{ __proto__ }}", "t.liquid:1: undefined variable: __proto__"],
    ["{{ list }}", "t.liquid:1: puts out a list or a pair as a whole"],
    ["{% for item in list %}\n{{ item }}{% endfor %}", "t.liquid:2: puts out a list or a pair as a whole"],
    ["{{ code | upcase }}", "t.liquid:1: does more with the code than show it"],
    ["{% if code < 500000 %}x{% endif %}", "t.liquid:1: does more with the code than show it"],
    ["\n\n{{ 'x' | append: code }}", "t.liquid:3: does more with the code than show it"],
    ["{{ 'x' | append }}", "t.liquid:1: append expect 2 arguments"],
    ["a\n\u0007", "t.liquid:2: holds a control character"],
    ["a\r\nb", "t.liquid:1: holds a control character"],
    ["\u{FDD0}", "t.liquid:1: holds a control character"],
    ["{% for i in (1..1000000) %}{% endfor %}", "t.liquid:1: memory alloc limit exceeded"],
    [
      "{% for i in (1..5000) %}{% for j in (1..5000) %}{% endfor %}{% endfor %}",
      "t.liquid:1: memory alloc limit exceeded",
    ],
    [
      "{% assign a = name %}{% for i in (1..99) %}{% assign a = a | append: a %}{% endfor %}",
      "t.liquid:1: memory alloc limit exceeded",
    ],
    ["x".repeat(100_001), "t.liquid: parse length limit exceeded"],
    [
      `{% for i in (1..1000) %}${"x".repeat(1_000)}{% endfor %}`,
      "t.liquid: makes more than 100000 characters",
    ],
    [
      `{% for i in (1..300) %}{% for j in (1..300) %}${"x".repeat(90_000)}{% endfor %}{% endfor %}`,
      "t.liquid:1: Invalid string length",
    ],
    [
      "{% capture a %}{{ name }}{% endcapture %}{% for i in (1..99) %}{% capture a %}{{ a }}{{ a }}{% endcapture %}{% endfor %}",
      "t.liquid:1: makes more than 100000 characters",
    ],
    [
      "{% if name %}".repeat(4_000) + "{% endif %}".repeat(4_000),
      "t.liquid:1: Maximum call stack size exceeded",
    ],
  ])("$1", (source, problem) => {
    expect(problemOf(source)).toBe(problem);
  });
});

test("a template says which names it reads, and where, in branches too", () => {
  const source =
    "{{ code }}\n{% if nobody %}{{ first }}{% endif %}{% for item in list %}\n{{ item.name }}{{ forloop.index }}{% endfor %}\n" +
    "{% assign mine = 1 %}{{ mine }}{{ last[second].x }}";
  expect([...new Template("t", source, "text").reads()]).toEqual([
    ["code", 1],
    ["nobody", 2],
    ["first", 2],
    ["list", 2],
    ["last", 4],
    ["second", 4],
  ]);
});
