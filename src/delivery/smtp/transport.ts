import { createTransport } from "nodemailer";
import type { SMTPConnectionCustomAuthHandler } from "nodemailer/lib/smtp-connection";
import type { AccessTokens } from "./access-tokens.ts";
import type { SmtpSettings } from "./smtp.ts";

export type Transport = ReturnType<typeof openTransport>;

/** A pool of connections to a mail server. */
export function openTransport(settings: SmtpSettings, tokens: AccessTokens | undefined) {
  const { timeoutMs, from, serverName, ca, certificate, key } = settings;
  return createTransport({
    pool: true,
    host: settings.host,
    port: settings.port,
    // By itself the library says the address 127.0.0.1 where the host's name has no dot, as in a container.
    name: settings.ehloName ?? from.slice(from.lastIndexOf("@") + 1),
    secure: settings.security === "tls",
    requireTLS: settings.security === "starttls",
    ignoreTLS: settings.security === "none",
    ...(serverName !== undefined && { servername: serverName }),
    tls: {
      minVersion: "TLSv1.2",
      ...(ca !== undefined && { ca }),
      ...(certificate !== undefined && { cert: certificate }),
      ...(key !== undefined && { key }),
    },
    ...login(settings, tokens),
    maxConnections: settings.connectionsMax,
    // A pooled connection may have died unnoticed. When nothing of the message went over it, a new one is opened, once.
    maxRequeues: 1,
    dnsTimeout: timeoutMs,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: 2 * timeoutMs,
  });
}

function login({ username, password }: SmtpSettings, tokens: AccessTokens | undefined) {
  if (username === undefined) return {};
  if (tokens === undefined) {
    return { auth: { user: username, pass: password ?? "" }, forceAuth: true, customAuth: { PLAIN: plain } };
  }
  return {
    auth: {
      type: "OAuth2",
      user: username,
      provisionCallback: (
        _: string,
        isRefused: boolean,
        done: (error: Error | null, token?: string) => void,
      ) => {
        // Whoever has sent the message knows whether a new token is worth a try.
        if (isRefused) done(failure("TOKEN_REFUSED"));
        else tokens.get().then((token) => done(null, token), done);
      },
    },
    forceAuth: true,
  };
}

/**
 * AUTH PLAIN (RFC 4616), which the library tries too where the server has named nothing that it
 * can do. A password is said to nobody who has not asked for one.
 */
const plain: SMTPConnectionCustomAuthHandler = async ({ auth, authMethods, sendCommand }) => {
  if (!authMethods.includes("PLAIN")) throw failure("NO_PASSWORD_LOGIN");
  const { user, pass } = auth.credentials;
  const { status } = await sendCommand(`AUTH PLAIN ${Buffer.from(`\0${user}\0${pass}`).toString("base64")}`);
  if (status !== 235) throw failure("LOGIN_REFUSED");
};

function failure(code: string): Error {
  return Object.assign(new Error(code), { code });
}
