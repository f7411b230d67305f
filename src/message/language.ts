import { readdirSync, readFileSync } from "node:fs";

/** Everything the service says, each without layout. */
export const phraseNames = [
  "smsCode",
  "smsConfirm",
  "valid",
  "secret",
  "speechGreeting",
  "speechConfirms",
  "speechCode",
  "speechAgain",
  "speechClosing",
  "keyPress",
  "emailSubject",
  "emailLead",
  "emailValid",
  "emailConfirms",
  "emailSecret",
  "emailUnasked",
] as const;

export type PhraseName = (typeof phraseNames)[number];

export type Direction = "ltr" | "rtl";

/** What the service says in one language. */
export interface Language {
  /** The language, BCP 47, with the region a voice needs. */
  readonly locale: string;
  readonly direction: Direction;
  /** Plain text with the variables `brand`, `expires_in` and, in the two for SMS, `code`. */
  readonly phrases: Readonly<Record<PhraseName, string>>;
}

const folder = new URL("./languages/", import.meta.url);

let tags: readonly string[] | undefined;

/** The tags of the built-in languages, such as `en` and `zh-Hant`. */
export function languageTags(): readonly string[] {
  tags ??= readdirSync(folder)
    .filter((file) => file.endsWith(".json"))
    .map((file) => file.slice(0, -".json".length))
    .sort();
  return tags;
}

/** Reads a built-in language. */
export function readLanguage(tag: string): Language {
  // The files are the project's own, and each is held to this form by a test.
  return JSON.parse(readFileSync(new URL(`${tag}.json`, folder), "utf8")) as Language;
}
