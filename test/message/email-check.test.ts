import { expect, test } from "vitest";
import { unsafePlace } from "../../src/message/email-check.ts";
import { mark } from "../../src/message/trial.ts";

test.each([
  ["<p>V</p>", undefined],
  ["<title>V</title>", undefined],
  ["<p title=\"V\" lang='en'>x</p>", undefined],
  ["<img alt='a > V' src=\"https://acme.test/\">", undefined],
  ["<p>a < b V</p>", undefined],
  ["<!-- x --><p>V</p>", undefined],
  ["<script>1</script>V<style>p{}</style>", undefined],
  ["<!-- V -->", "in a comment"],
  ["<!-- x V", "in a comment"],
  ["<script>let x = 'V'</script>", "in a script or a style sheet"],
  ["<STYLE>p { V }</STYLE>", "in a script or a style sheet"],
  ["<p title=V>", "in a tag, outside of quotes"],
  ["<p V>", "in a tag, outside of quotes"],
  ["<V>", "in a tag, outside of quotes"],
  ["</V>", "in a tag, outside of quotes"],
  ["<3 V", undefined],
  ["<aV>", "in a tag, outside of quotes"],
  ['<a href="https://acme.test/?V">', "in the attribute href"],
  ["<a HREF = 'V'>", "in the attribute href"],
  ['<p style="color: V">', "in the attribute style"],
  ['<p onclick="V">', "in the attribute onclick"],
  ['<img alt="V" src="V">', "in the attribute src"],
  ['<iframe srcdoc="V"></iframe>', "in the attribute srcdoc"],
  ['<a title="x"href="V">', "in the attribute href"],
  ['<a href="https://acme.test/?V>', "in a tag, outside of quotes"],
  ["<a href='V>x</a>", "in a tag, outside of quotes"],
  ['<3 "x <a href="V">', "in the attribute href"],
  ['a < "b <a href="V">', "in the attribute href"],
])("%s: %s", (html, expected) => {
  expect(unsafePlace(html.replaceAll("V", mark))).toBe(expected);
});
