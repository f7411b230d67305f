/** What a message is about. All of it is one line each, and plain text. */
export interface Words {
  code: string;
  brand: string;
  expiresInMs: number;
  transaction: readonly Pair[];
}

/** One thing the user agrees to, such as `amount` and `12 EUR`. */
export interface Pair {
  name: string;
  value: string;
}

/** What the service says in one language. Layout, escaping and autofill lines are not its concern. */
export interface Wording {
  /** The language, BCP 47, with the region a voice needs. */
  locale: string;
  direction: "ltr" | "rtl";
  /** The SMS without autofill lines. Fits one segment of 160 characters with a usual brand and no transaction. */
  sms(words: Words): string;
  speech(words: Words): string;
  email: {
    /** Without the code, which a locked screen would show. */
    subject(words: Words): string;
    /** What stands above the code. */
    lead(words: Words): string;
    /** How long the code works. */
    validity(words: Words): string;
    /** What stands above the transaction. */
    confirms: string;
    /** Whom to tell the code: nobody. */
    secrecy(words: Words): string;
    /** What to do when somebody else asked for the code. */
    unasked: string;
  };
}
