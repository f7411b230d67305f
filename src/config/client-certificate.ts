import type { z } from "zod";
import { certificateFile, type Files, isKeyOf, privateKeyFile } from "./pem.ts";

/** Our own certificate and its key, for a server that asks its clients for one: two files in PEM. */
export function clientCertificateFields(files: Files) {
  return {
    certificate: certificateFile(files).exactOptional(),
    key: privateKeyFile(files).exactOptional(),
  };
}

/** Refuses one of the two without the other, and a key of another certificate. */
export function checkClientCertificate(
  { certificate, key }: { certificate?: string; key?: string },
  context: z.RefinementCtx,
): void {
  const refuse = (path: string, message: string) =>
    context.addIssue({ code: "custom", path: [path], message });
  if (certificate === undefined && key !== undefined) refuse("certificate", "is required with a key");
  if (certificate !== undefined && key === undefined) refuse("key", "is required with a certificate");
  if (certificate !== undefined && key !== undefined && !isKeyOf({ certificate, key })) {
    refuse("key", "is not the key of the certificate");
  }
}
