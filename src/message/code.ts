/**
 * The code as templates see it: they can put it out, and do nothing else with it.
 *
 * A filter or a comparison would need its text and fails: a device, a voice and a double
 * click take the code for one word, and so do the checks that it is there.
 */
export class Code {
  readonly #shown: string;

  constructor(shown: string) {
    this.#shown = shown;
  }

  /** What stands in the message. Not a property that a template could read. */
  static shown(code: Code): string {
    return code.#shown;
  }

  toString(): never {
    throw new Error("does more with the code than show it");
  }
}

/**
 * Stands for the code in what a voice template renders to, until the speech is cut into its parts there.
 *
 * A noncharacter: no value holds one, and templates are refused that do.
 */
export const codePlace = "\u{FDD0}";
