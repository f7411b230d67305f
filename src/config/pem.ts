import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { resolve } from "node:path";
import { z } from "zod";
import { text } from "./scalar-schema.ts";

/** The files that the configuration names, found from the directory it is in. */
export interface Files {
  readonly directory: string;
  /** Answers the text of a file, or throws with a `code` such as ENOENT. */
  readonly read: (path: string) => string;
  /** Answers the names in a directory, or throws likewise. */
  readonly list: (path: string) => readonly string[];
}

const pathLengthMax = 4_096;

/** A path, made absolute. */
export function filePath(files: Files) {
  return text({ lengthMax: pathLengthMax }).transform((path) => resolve(files.directory, path));
}

/** A path to certificates in PEM, as their text. */
export function certificateFile(files: Files): z.ZodType<string> {
  return pemFile(files, "certificates in PEM", (pem) => parseCertificates(pem) !== undefined);
}

/** A path to a private key in PEM, as its text. */
export function privateKeyFile(files: Files): z.ZodType<string> {
  return pemFile(
    files,
    "a private key in PEM without a passphrase",
    (pem) => parsePrivateKey(pem) !== undefined,
  );
}

function pemFile(files: Files, expected: string, isSound: (pem: string) => boolean): z.ZodType<string> {
  return filePath(files).transform((path, context) => {
    try {
      const pem = files.read(path);
      if (isSound(pem)) return pem;
      context.addIssue({ code: "custom", message: `names a file that does not hold ${expected}` });
    } catch (error) {
      context.addIssue({ code: "custom", message: `names a file that cannot be read (${codeOf(error)})` });
    }
    return z.NEVER;
  });
}

/** Whether the key is that of the first certificate, which is the server's own. */
export function isKeyOf({ certificate, key }: { certificate: string; key: string }): boolean {
  const [own] = parseCertificates(certificate) ?? [];
  const privateKey = parsePrivateKey(key);
  return own !== undefined && privateKey !== undefined && own.checkPrivateKey(privateKey);
}

/** Every certificate of the text, the first one first; undefined if there is none or one is broken. */
function parseCertificates(pem: string): X509Certificate[] | undefined {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g);
  try {
    return blocks?.map((block) => new X509Certificate(block));
  } catch {
    return undefined;
  }
}

function parsePrivateKey(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    return undefined;
  }
}

/** The short cause of a failed reading; the message would do too, but repeats the path. */
export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "unknown cause";
}
