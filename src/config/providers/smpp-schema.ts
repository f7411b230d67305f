import { z } from "zod";
import { alphanumericSender, e164, shortCode } from "../../delivery/smpp/address.ts";
import { checkClientCertificate, clientCertificateFields } from "../client-certificate.ts";
import { certificateFile, type Files } from "../pem.ts";
import { choice, duration, flag, host, textScalar, wholeNumber } from "../scalar-schema.ts";
import { dlt } from "./dlt-schema.ts";
import { sendersByCountry } from "./http-fields.ts";
import { queueFields, queueSettings } from "./queue-fields.ts";
import { ascii, dataCodingProblem, dialectFields } from "./smpp-dialect-schema.ts";

/** The port that IANA has for SMPP, and the one that is usual for it over TLS. */
const usualPorts = { clear: 2_775, tls: 3_550 } as const;

const sender = textScalar(
  (value) => ([e164, shortCode, alphanumericSender].some((form) => form.test(value)) ? value : undefined),
  "a number such as +41791234567, a short code of 3 to 8 digits, or a name of up to 11 characters " +
    "(letters, digits, spaces and & + . - _, with a letter)",
);

/** An account with an SMSC. */
export function smppSchema(files: Files) {
  return z
    .strictObject({
      kind: z.literal("smpp"),
      host,
      port: wholeNumber({ min: 1, max: 65_535 }).exactOptional(),
      // Left out by those alone who say so: some SMSCs have no TLS and are reached through a VPN.
      tls: flag().default(true),
      ca: certificateFile(files).exactOptional(),
      serverName: host.exactOptional(),
      ...clientCertificateFields(files),
      bind: choice(["transceiver", "transmitter", "transmitter-and-receiver"]).default("transceiver"),
      systemId: ascii({ lengthMax: 15 }),
      // SMPP has room for 8, but there are SMSCs that give out longer ones.
      password: ascii({ lengthMax: 64 }),
      systemType: ascii({ lengthMax: 12 }).exactOptional(),
      from: sender,
      fromByCountry: sendersByCountry(sender),
      ...dialectFields,
      dlt: dlt.exactOptional(),
      // A send takes no longer: less than the 90 seconds after which the ledger takes it for lost.
      timeout: duration({ min: "100ms", max: "20s" }).default(10_000),
      connectTimeout: duration({ min: "100ms", max: "20s" }).default(3_000),
      enquireLink: duration({ min: "1s", max: "10m" }).default(30_000),
      windowMax: wholeNumber({ min: 1, max: 1_000 }).default(10),
      ...queueFields,
    })
    .transform(({ timeout, connectTimeout, enquireLink, dataCoding, ...others }, context) => {
      const { windowMax, ratePerSecond, queueMax, ...given } = others;
      const refuse = (path: string, message: string) =>
        context.addIssue({ code: "custom", path: [path], message });
      for (const path of ["ca", "serverName", "certificate", "key"] as const) {
        if (given[path] !== undefined && !given.tls) refuse(path, "is of no use with tls: false");
      }
      checkClientCertificate(given, context);
      const problem = dataCodingProblem(given.alphabet, dataCoding);
      if (problem !== undefined) refuse("dataCoding", problem);
      return {
        ...given,
        dataCoding: dataCoding ?? 0,
        port: given.port ?? (given.tls ? usualPorts.tls : usualPorts.clear),
        timeoutMs: timeout,
        connectTimeoutMs: connectTimeout,
        enquireLinkMs: enquireLink,
        ...queueSettings({ ratePerSecond, queueMax }, windowMax),
      };
    });
}
