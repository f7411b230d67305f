import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Pair {
  readonly certificate: string;
  readonly key: string;
}

/** An authority, a server at 127.0.0.1 and a client that it vouches for, and a stranger's client that it does not. */
export interface Certificates {
  readonly authority: string;
  readonly server: Pair;
  /** As `server`, with a key of RSA. */
  readonly rsaServer: Pair;
  readonly client: Pair;
  readonly stranger: Pair;
}

/** Made afresh, with openssl, and valid for a day. */
export function makeCertificates(): Certificates {
  const folder = mkdtempSync(join(tmpdir(), "passcode-certificates-"));
  const path = (name: string) => join(folder, name);
  const openssl = (...args: string[]) => execFileSync("openssl", args, { stdio: "pipe" });
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  const newRsaKey = ["-newkey", "rsa:2048", "-nodes"];
  const selfSigned = (name: string) => {
    const files = ["-keyout", path(`${name}.key`), "-out", path(`${name}.pem`)];
    openssl("req", "-x509", ...newKey, "-days", "1", "-subj", `/CN=${name}`, ...files);
    return read(name);
  };
  const signed = (name: string, extension: string, newOne = newKey) => {
    const request = ["-keyout", path(`${name}.key`), "-out", path(`${name}.csr`)];
    openssl("req", ...newOne, "-subj", `/CN=${name}`, ...request);
    writeFileSync(path(`${name}.ext`), extension);
    const by = ["-CA", path("authority.pem"), "-CAkey", path("authority.key"), "-CAcreateserial"];
    const files = ["-in", path(`${name}.csr`), "-extfile", path(`${name}.ext`), "-out", path(`${name}.pem`)];
    openssl("x509", "-req", "-days", "1", ...by, ...files);
    return read(name);
  };
  const read = (name: string): Pair => ({
    certificate: readFileSync(path(`${name}.pem`), "utf8"),
    key: readFileSync(path(`${name}.key`), "utf8"),
  });
  try {
    return {
      authority: selfSigned("authority").certificate,
      server: signed("server", "subjectAltName = IP:127.0.0.1"),
      rsaServer: signed("rsa-server", "subjectAltName = IP:127.0.0.1", newRsaKey),
      client: signed("client", "extendedKeyUsage = clientAuth"),
      stranger: selfSigned("stranger"),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
