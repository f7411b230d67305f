import { isIP, isIPv4, isIPv6 } from "node:net";
import type { Address } from "./config.ts";

/** Reads `host:port`, `192.0.2.1:port` or `[2001:db8::1]:port`; undefined for anything else. */
export function parseAddress(text: string): Address | undefined {
  const parts = /^(?:\[([^\]]+)\]|([^:[\]]+)):([0-9]{1,5})$/.exec(text);
  if (parts === null) return undefined;
  const [, bracketed, plain] = parts;
  const host = bracketed ?? plain ?? "";
  const port = Number(parts[3]);
  const fits = bracketed === undefined ? isHost(host) : isIPv6(host);
  return fits && port <= 65_535 ? { host, port } : undefined;
}

/** Whether the text is an IP address or could be the name of a host. */
export function isHost(text: string): boolean {
  if (isIP(text) !== 0) return true;
  return (
    text.length <= 253 &&
    text.split(".").every((part) => /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/.test(part))
  );
}

/** Whether only this machine can reach the host. Spellings out of the ordinary count as reachable from elsewhere. */
export function isLoopback(host: string): boolean {
  return host.toLowerCase() === "localhost" || host === "::1" || (isIPv4(host) && host.startsWith("127."));
}
