import { isSupportedCountry } from "libphonenumber-js/max";
import { z } from "zod";
import { isLoopback } from "../address.ts";
import { checkClientCertificate, clientCertificateFields } from "../client-certificate.ts";
import { certificateFile, type Files } from "../pem.ts";
import { duration, textScalar, wholeNumber } from "../scalar-schema.ts";
import { queueFields, queueSettings } from "./queue-fields.ts";

/** Settings that the providers reached over HTTP share. */
export function httpFields(files: Files) {
  return {
    // Less than the ledger waits before it takes a send for lost, twice over.
    timeout: duration({ min: "100ms", max: "20s" }).default(10_000),
    connectTimeout: duration({ min: "100ms", max: "20s" }).default(3_000),
    ca: certificateFile(files).exactOptional(),
    ...clientCertificateFields(files),
    concurrency: wholeNumber({ min: 1, max: 1_000 }).default(64),
    ...queueFields,
  };
}

/** https, or http to this machine, without credentials or a fragment: secrets and codes travel over it. */
export function safeUrl(text: string): URL | undefined {
  const url = URL.parse(text);
  if (url === null || url.username !== "" || url.password !== "" || url.hash !== "") return undefined;
  const hostname = url.hostname.replace(/^\[|\]$/g, "");
  const isSafe = url.protocol === "https:" || (url.protocol === "http:" && isLoopback(hostname));
  return isSafe ? url : undefined;
}

/** What paths are appended to: no slash at its end. */
export const baseUrl = textScalar(
  // The parser reads past space, and an empty query or fragment is none to it.
  (value) => (safeUrl(value) !== undefined && !/[\s?#]/.test(value) ? value.replace(/\/+$/, "") : undefined),
  "an https URL without credentials, query or fragment (http only to this machine)",
);

interface HttpFields {
  timeout: number;
  connectTimeout: number;
  certificate?: string;
  key?: string;
  concurrency: number;
  ratePerSecond?: number;
  queueMax: number;
}

/** What `httpFields` reads, as the client and its queue take it, and the rest as it is. */
export function withHttpSettings<T extends HttpFields>(given: T, context: z.RefinementCtx) {
  checkClientCertificate(given, context);
  const { timeout: timeoutMs, connectTimeout: connectTimeoutMs, concurrency, ...others } = given;
  const { ratePerSecond, queueMax, ...rest } = others;
  return { ...rest, timeoutMs, connectTimeoutMs, ...queueSettings({ ratePerSecond, queueMax }, concurrency) };
}

const countryCode = z.string().refine((value): boolean => isSupportedCountry(value), {
  error: "must be a country code of ISO 3166-1 in capitals, such as CH",
});

/** Senders by country, for those that need another than `from`. */
export function sendersByCountry(sender: z.ZodType<string>) {
  return z
    .record(countryCode, sender)
    .default({})
    .transform((senders): ReadonlyMap<string, string> => new Map(Object.entries(senders)));
}
