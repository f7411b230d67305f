import { z } from "zod";
import type { SmtpSettings } from "../../delivery/smtp/smtp.ts";
import { isLoopback } from "../address.ts";
import { checkClientCertificate, clientCertificateFields } from "../client-certificate.ts";
import { certificateFile, type Files } from "../pem.ts";
import { choice, duration, host, text, textScalar, wholeNumber } from "../scalar-schema.ts";
import { safeUrl } from "./http-fields.ts";
import { queueFields, queueSettings } from "./queue-fields.ts";
import { mailSender } from "./sender-schema.ts";

/** The ports that mail servers listen on for each way of securing the connection. */
const usualPorts = { starttls: 587, tls: 465, none: 25 } as const;

const secret = text({ lengthMax: 4_000 });

/** A client of an authorization server, such as https://login.microsoftonline.com/<tenant>/oauth2/v2.0/token. */
const oauth2 = z.strictObject({
  tokenUrl: textScalar(
    (value) => (safeUrl(value) !== undefined && !/\s/.test(value) ? value : undefined),
    "an https URL without credentials or fragment (http only to this machine)",
  ),
  clientId: text({ lengthMax: 1_000 }),
  clientSecret: secret,
  scope: text({ lengthMax: 1_000 }).exactOptional(),
  refreshToken: secret.exactOptional(),
});

export function smtpSchema(files: Files) {
  return z
    .strictObject({
      kind: z.literal("smtp"),
      host,
      port: wholeNumber({ min: 1, max: 65_535 }).exactOptional(),
      security: choice(["starttls", "tls", "none"]).default("starttls"),
      username: text({ lengthMax: 200 }).exactOptional(),
      password: text({ lengthMax: 1_000 }).exactOptional(),
      oauth2: oauth2.exactOptional(),
      from: mailSender,
      replyTo: mailSender.exactOptional(),
      ehloName: host.exactOptional(),
      ca: certificateFile(files).exactOptional(),
      serverName: host.exactOptional(),
      ...clientCertificateFields(files),
      // A send takes at most thrice as long: less than the 90 seconds after which the ledger takes it for lost.
      timeout: duration({ min: "100ms", max: "20s" }).default(10_000),
      connectionsMax: wholeNumber({ min: 1, max: 100 }).default(5),
      ...queueFields,
    })
    .transform(({ timeout: timeoutMs, ratePerSecond, queueMax, ...given }, context) => {
      const refuse = (path: string[], message: string) => context.addIssue({ code: "custom", path, message });
      const settings: { readonly kind: "smtp" } & SmtpSettings = {
        ...given,
        port: given.port ?? usualPorts[given.security],
        timeoutMs,
      };
      const { username, password, oauth2, security } = settings;
      if (username === undefined && password !== undefined)
        refuse(["username"], "is required with a password");
      if (username === undefined && oauth2 !== undefined) refuse(["username"], "is required with oauth2");
      if (oauth2 !== undefined && password !== undefined)
        refuse(["password"], "is of no use with oauth2, which takes its place");
      if (username !== undefined && password === undefined && oauth2 === undefined)
        refuse(["password"], "is required with a username, or oauth2");
      checkClientCertificate(settings, context);
      if (security === "none") {
        if (username !== undefined && !isLoopback(settings.host)) {
          refuse(["security"], "must be starttls or tls, or the login travels in clear");
        }
        for (const field of ["ca", "serverName", "certificate", "key"] as const) {
          if (settings[field] !== undefined) refuse([field], "is of no use with security: none");
        }
      }
      return { ...settings, ...queueSettings({ ratePerSecond, queueMax }, settings.connectionsMax) };
    });
}
