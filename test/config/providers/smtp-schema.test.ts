import { describe, expect, test } from "vitest";
import { smtpSchema } from "../../../src/config/providers/smtp-schema.ts";
import { certificate, key } from "../certificate.ts";

const schema = smtpSchema({
  directory: "/etc/passcode",
  list: () => [],
  read: (path) => (path.endsWith("key.pem") ? key : certificate),
});

const least = { kind: "smtp", host: "smtp.example", from: "codes@acme.example" };

const oauth2 = {
  tokenUrl: "https://login.microsoftonline.com/tenant/oauth2/v2.0/token",
  clientId: "acme",
  clientSecret: "secret",
  scope: "https://outlook.office365.com/.default",
};

/** What is wrong with a group of settings: the path and the message of each problem. */
function problemsOf(changes: Record<string, unknown>): [string, string][] {
  const { error } = schema.safeParse({ ...least, ...changes });
  return (error?.issues ?? []).map(({ path, message }) => [path.join("."), message]);
}

test("an account has what the file says", () => {
  const given = {
    ...least,
    username: "codes@acme.example",
    oauth2: { ...oauth2, refreshToken: "refresh" },
    replyTo: "help@acme.example",
    ehloName: "otp.acme.example",
    serverName: "mail.acme.example",
    certificate: "our.pem",
    key: "our-key.pem",
  };
  expect(schema.parse(given)).toMatchObject({ ...given, certificate, key, port: 587, security: "starttls" });
});

describe("refuses", () => {
  const login = { username: "codes@acme.example" };
  test.each<[string, Record<string, unknown>, string, string]>([
    ["a login with nothing to show for it", login, "password", "is required with a username, or oauth2"],
    ["tokens of nobody", { oauth2 }, "username", "is required with oauth2"],
    [
      "a password beside tokens",
      { ...login, oauth2, password: "p" },
      "password",
      "is of no use with oauth2, which takes its place",
    ],
    [
      "tokens in clear",
      { ...login, oauth2, security: "none" },
      "security",
      "must be starttls or tls, or the login travels in clear",
    ],
    [
      "a token server in clear",
      { ...login, oauth2: { ...oauth2, tokenUrl: "http://login.example/token" } },
      "oauth2.tokenUrl",
      "must be an https URL without credentials or fragment (http only to this machine)",
    ],
    [
      "a client without a secret",
      { ...login, oauth2: { ...oauth2, clientSecret: undefined } },
      "oauth2.clientSecret",
      "is required",
    ],
    [
      "answers to a name",
      { replyTo: "Help <help@acme.example>" },
      "replyTo",
      "must be one e-mail address, without a display name",
    ],
    [
      "a greeting of two words",
      { ehloName: "acme example" },
      "ehloName",
      "must be a host name or an IP address",
    ],
    [
      "a certificate's name without TLS",
      { security: "none", serverName: "mail" },
      "serverName",
      "is of no use with security: none",
    ],
    ["a certificate without its key", { certificate: "our.pem" }, "key", "is required with a certificate"],
  ])("%s", (_, changes, path, message) => {
    expect(problemsOf(changes)).toEqual([[path, message]]);
  });

  test("what is not a setting of tokens", () => {
    const { error } = schema.safeParse({ ...least, ...login, oauth2: { ...oauth2, grant: "password" } });
    expect(error?.issues).toMatchObject([{ code: "unrecognized_keys", keys: ["grant"] }]);
  });
});
