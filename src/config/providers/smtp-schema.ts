import { z } from "zod";
import type { SmtpSettings } from "../../delivery/smtp/smtp.ts";
import { isLoopback } from "../address.ts";
import { certificateFile, type Files } from "../pem.ts";
import { choice, duration, host, text, wholeNumber } from "../scalar-schema.ts";
import { mailSender } from "./sender-schema.ts";

/** The ports that mail servers listen on for each way of securing the connection. */
const usualPorts = { starttls: 587, tls: 465, none: 25 } as const;

export function smtpSchema(files: Files) {
  return z
    .strictObject({
      kind: z.literal("smtp"),
      host,
      port: wholeNumber({ min: 1, max: 65_535 }).exactOptional(),
      security: choice(["starttls", "tls", "none"]).default("starttls"),
      username: text({ lengthMax: 200 }).exactOptional(),
      password: text({ lengthMax: 1_000 }).exactOptional(),
      from: mailSender,
      ca: certificateFile(files).exactOptional(),
      // A send takes at most thrice as long: less than the 90 seconds after which the ledger takes it for lost.
      timeout: duration({ min: "100ms", max: "20s" }).default(10_000),
      connectionsMax: wholeNumber({ min: 1, max: 100 }).default(5),
    })
    .transform(({ timeout: timeoutMs, ...given }, context): { readonly kind: "smtp" } & SmtpSettings => {
      const refuse = (path: string[], message: string) => context.addIssue({ code: "custom", path, message });
      const settings = { ...given, port: given.port ?? usualPorts[given.security], timeoutMs };
      const { username, password, security } = settings;
      if (username === undefined && password !== undefined)
        refuse(["username"], "is required with a password");
      if (username !== undefined && password === undefined)
        refuse(["password"], "is required with a username");
      if (security === "none") {
        if (password !== undefined && !isLoopback(settings.host)) {
          refuse(["security"], "must be starttls or tls, or the password travels in clear");
        }
        if (settings.ca !== undefined) refuse(["ca"], "is of no use with security: none");
      }
      return settings;
    });
}
