/**
 * What an enhanced status code is about.
 *
 * - `destination`: the address is none, or takes no mail.
 * - `mailbox`: the address is good, and takes no mail for now.
 * - `account`: ours, its sender, its rights or how it is set up.
 * - `server`: the mail server, whoever the mail is for.
 * - `command`: what it answers, so it is the command that tells whom it is about.
 */
export type About = "destination" | "mailbox" | "account" | "server" | "command";

/**
 * By subject and detail: IANA's registry of enumerated status codes (RFC 3463, RFC 5248 and
 * those that added to it), and two of Exchange Online's and Gmail's own.
 */
const codes: ReadonlyMap<string, About> = new Map<string, About>([
  ...about("destination", "1.1 1.2 1.3 1.4 1.6 1.10 2.1 4.1 4.4 7.17 7.18"),
  ...about("mailbox", "2.0 2.2 2.4 4.0 4.2 4.3 4.6 4.7"),
  // The sender: its syntax, its domain, and who may use it. 1.90 is Exchange's quota of recipients, 4.5 Gmail's of messages.
  ...about(
    "account",
    "1.7 1.8 1.90 4.5 7.8 7.9 7.10 7.11 7.12 7.13 7.14 7.20 7.21 7.22 7.23 7.24 7.25 7.26 7.27 7.29",
  ),
  // The message, which is made by us and is alike for everybody.
  ...about(
    "account",
    "2.3 3.3 3.4 3.6 6.0 6.1 6.2 6.3 6.4 6.5 6.6 6.8 6.9 6.10 7.3 7.4 7.5 7.6 7.7 7.15 7.16 7.19 7.30",
  ),
  ...about("server", "3.0 3.1 3.2 3.5 7.28"),
  ...about("command", "0.0 1.0 1.5 1.9 5.0 5.1 5.2 5.3 5.4 5.5 5.6 6.7 7.0 7.1 7.2"),
]);

/** Of subjects whose details grow: what a detail that is not in the registry is about. */
const subjects: Readonly<Record<string, About>> = {
  "1": "destination",
  "2": "mailbox",
  "3": "server",
  "4": "mailbox",
  "6": "account",
  "7": "command",
};

/** Of an enhanced status code's subject and detail, such as `1.1`. */
export function aboutOf(code: string): About {
  return codes.get(code) ?? subjects[code.split(".")[0] ?? ""] ?? "command";
}

function about(what: About, list: string): [string, About][] {
  return list.split(" ").map((code) => [code, what]);
}
