import type { EventEmitter } from "node:events";
import type { TLSSocket, TlsOptions } from "node:tls";
import type { ServerTls } from "../config/config.ts";
import type { PortLog } from "./port-log.ts";

/**
 * For TLS 1.2 (RFC 9325, section 4.2): a key exchange that keeps what was recorded secret
 * when the certificate's key gets out, and no CBC. RFC 9113 forbids HTTP/2 all others.
 * TLS 1.3 has no others.
 */
const cipherSuites = [
  "TLS_AES_256_GCM_SHA384",
  "TLS_CHACHA20_POLY1305_SHA256",
  "TLS_AES_128_GCM_SHA256",
  "ECDHE-ECDSA-AES256-GCM-SHA384",
  "ECDHE-RSA-AES256-GCM-SHA384",
  "ECDHE-ECDSA-CHACHA20-POLY1305",
  "ECDHE-RSA-CHACHA20-POLY1305",
  "ECDHE-ECDSA-AES128-GCM-SHA256",
  "ECDHE-RSA-AES128-GCM-SHA256",
];

/** How every port speaks TLS. `patienceMs`: how long a handshake may take. */
export function tlsOptions({ certificate, key, clientCa }: ServerTls, patienceMs: number): TlsOptions {
  return {
    minVersion: "TLSv1.2",
    ciphers: cipherSuites.join(":"),
    handshakeTimeout: patienceMs,
    cert: certificate,
    key,
    ...(clientCa !== undefined && { ca: clientCa, requestCert: true, rejectUnauthorized: true }),
  };
}

/** Has the log told of handshakes that fail. One that is only broken off is a load balancer's look at the port. */
export function tellOfTls(server: EventEmitter, log: PortLog | undefined): void {
  server.on("tlsClientError", ({ code: trouble = "" }: NodeJS.ErrnoException, socket: TLSSocket) => {
    if (trouble !== "ECONNRESET")
      log?.closed(`TLS could not be agreed on (${trouble})`, socket.remoteAddress);
  });
}
