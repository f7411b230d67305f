import { expect, test } from "vitest";
import { builtIn } from "../../src/message/built-in.ts";
import { languageTags } from "../../src/message/language.ts";
import { fileNameOf, partsOf } from "../../src/message/part.ts";
import { Templates } from "../../src/message/templates.ts";
import { callOf, emailOf, payment, smsOf } from "./message-request.ts";
import { ownTemplates } from "./own-templates.ts";

test.each(languageTags())(
  "the templates in %s make the same messages from files of an operator's own",
  (tag) => {
    const parts = Object.values(partsOf).flat();
    const files = parts.map((part) => [fileNameOf(part, tag), builtIn(tag).part(part).source]);
    const own = ownTemplates(Object.fromEntries(files), {
      locale: tag,
      variables: new Map([["first_name", "Kim"]]),
      autofill: { androidHashes: new Set(["FA+9qCX9VSu"]) },
    });
    const branding = { logoUrl: "https://acme.test/logo.png", color: "#0a7f5c" };
    for (const transaction of [payment, new Map<string, string>()]) {
      const changes = { locale: tag, transaction, branding, keyPressUrl: "https://passcode.test/" };
      for (const messageOf of [smsOf, callOf, emailOf]) {
        const expected = messageOf({ ...changes, templates: new Templates({ locale: tag }) });
        expect(messageOf({ ...changes, templates: own })).toEqual(expected);
      }
    }
  },
);
