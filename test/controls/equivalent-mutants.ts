import type { EquivalentMutants } from "./judge-mutants.ts";

/** In all of these the product does what it did. */
export const equivalentMutants: readonly EquivalentMutants[] = [
  {
    file: "src/ledger/code.ts",
    line: "for (let block = 0; code.length < source.codeLength; block++) {",
    mutants: [["block++", "block--"]],
    why: "A second block is derived when 23 of the first one's 32 bytes are skipped: once in 10^17 codes of ten letters.",
  },
  {
    file: "src/ledger/delivery-standing.ts",
    line: "reports = [],",
    mutants: [["[]", '["Stryker was here"]']],
    why: "What is no report has neither a state nor a provider to be found by.",
  },
  {
    file: "src/ledger/delivery-token.ts",
    line: "if (token.length !== tokenLength) return undefined;",
    mutants: [["token.length !== tokenLength", "false"]],
    why: "Nothing else was ever sealed with these keys, so what has another length fails its tag. It is spared the work.",
  },
  {
    file: "src/ledger/destination-email.ts",
    line: 'const [local = "", domainText, ...rest] = text.split("@");',
    mutants: [['""', '"Stryker was here!"']],
    why: "What is split has a first part. The default is for the compiler.",
  },
  {
    file: "src/ledger/mail-domain.ts",
    line: 'if (!sound || !topLevelLabel.test(labels.at(-1) ?? "")) return malformed;',
    mutants: [['""', '"Stryker was here!"']],
    why: "There are two labels at least. The default is for the compiler.",
  },
  {
    file: "src/ledger/destination-phone.ts",
    line: "const number = parsePhoneNumberFromString(text, { extract: false });",
    mutants: [
      ["{ extract: false }", "{}"],
      ["false", "true"],
    ],
    why: "The pattern before it lets nothing through that a number could be extracted from. This is the second lock.",
  },
  {
    file: "src/ledger/destination-phone.ts",
    line: "if (number === undefined || plannedKind === undefined) {",
    mutants: [["number === undefined", "false"]],
    why: "What is no number has no kind either. The compiler does not know it.",
  },
  {
    file: "src/ledger/keys.ts",
    line: "return Object.entries(pairs).sort(([a], [b]) => (a < b ? -1 : 1));",
    mutants: [["a < b", "a <= b"]],
    why: "No two pairs of an object have one name.",
  },
  {
    file: "src/ledger/ledger.ts",
    line: "const emptyWindows: Windows = { sends: [], failures: [], exhaustions: [], cooldownUntilMs: 0 };",
    mutants: [["[]", '["Stryker was here"]']],
    why: "What is no instant lies in no window and is dropped when the ledger is first looked at.",
  },
  {
    file: "src/ledger/ledger.ts",
    line: "sessions: ledger.sessions.some((session) => session.keptUntilMs <= lastMs || hasLostSend(session, lastMs))",
    mutants: [["session.keptUntilMs <= lastMs || hasLostSend(session, lastMs)", "true"]],
    why: "The same sessions in a new array. It is spared where nothing is to be dropped.",
  },
  {
    file: "src/ledger/number-kind.ts",
    line: '["800", "tollFree"],',
    mutants: [
      ['["800", "tollFree"]', "[]"],
      ['"800"', '""'],
    ],
    why: "The library says the same of this code. The list is whole, so that it need not be known where the library is right.",
  },
  {
    file: "src/ledger/number-kind.ts",
    line: '["808", "sharedCost"],',
    mutants: [
      ['["808", "sharedCost"]', "[]"],
      ['"808"', '""'],
    ],
    why: "The same.",
  },
  {
    file: "src/ledger/number-kind.ts",
    line: '["979", "premiumRate"],',
    mutants: [
      ['["979", "premiumRate"]', "[]"],
      ['"979"', '""'],
    ],
    why: "The same.",
  },
  {
    file: "src/ledger/send.ts",
    line: "const repeated = command.request === undefined ? undefined : findRepeated(ledger, command.request);",
    mutants: [["command.request === undefined", "false"]],
    why: "Without a request only sends without an answer are found, which are passed over. The compiler wants a request.",
  },
  {
    file: "src/ledger/send.ts",
    line: "const current = command.sessionId === undefined ? undefined : findSession(ledger, command.sessionId);",
    mutants: [["command.sessionId === undefined", "false"]],
    why: "No session is without an id. The compiler wants one.",
  },
  {
    file: "src/ledger/verify.ts",
    line: "const repeated = command.request === undefined ? undefined : findRepeated(session, command.request);",
    mutants: [["command.request === undefined", "false"]],
    why: "Without a request only a comparison without an answer is found, which is none. The compiler wants a request.",
  },
  {
    file: "src/ledger/window.ts",
    line: "while (index > 0 && (instants[index - 1] as number) > nowMs - spanMs) index--;",
    mutants: [
      ["index > 0", "true"],
      ["index > 0", "index >= 0"],
    ],
    why: "Before the first instant there is undefined, which is greater than nothing, so the loop ends there all the same.",
  },
];
