import { once } from "node:events";
import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { causeOf, Session, type TakeMessage } from "./session.ts";
import { isLoginRefusal, status, statusName } from "./status.ts";

/** What a connection is for: to send messages, to take receipts, or both. */
export type BindCommand = "bind_transceiver" | "bind_transmitter" | "bind_receiver";

export interface BindSettings {
  host: string;
  port: number;
  /** Verifies the certificate. Without it, the password and every message travel in clear. */
  tls: boolean;
  /** Certificates, as PEM, trusted in place of the system's. */
  ca?: string;
  /** The name that the certificate must have, where it is not the host's. */
  serverName?: string;
  /** Our own certificate and its key, as PEM, for an SMSC that asks for one. */
  certificate?: string;
  key?: string;
  systemId: string;
  password: string;
  /** What kind of client this is, for the SMSCs that ask. */
  systemType?: string;
  /** Milliseconds to connect, agree on TLS and bind. */
  connectTimeoutMs: number;
}

/** `refused`: the login is not accepted. */
export type Bound =
  | { kind: "bound"; session: Session }
  | { kind: "refused"; detail: string }
  | { kind: "unreachable"; detail: string };

interface BindParts {
  command: BindCommand;
  takeMessage: TakeMessage;
  cancelled: AbortSignal;
}

/** Connects and logs in, once. */
export async function bind(
  settings: BindSettings,
  { command, takeMessage, cancelled }: BindParts,
): Promise<Bound> {
  const deadline = AbortSignal.any([cancelled, AbortSignal.timeout(settings.connectTimeoutMs)]);
  const socket = connect(settings);
  const session = new Session(socket, takeMessage);
  try {
    await once(socket, settings.tls ? "secureConnect" : "connect", { signal: deadline });
  } catch (error) {
    session.end("not connected");
    return { kind: "unreachable", detail: deadline.aborted ? "timeout" : causeOf(error) };
  }
  const answer = await session.request(command, { fields: loginOf(settings) }, deadline);
  if (answer.kind === "answered" && answer.pdu.command_status === status.ok)
    return { kind: "bound", session };
  session.end("not bound");
  if (answer.kind !== "answered") return { kind: "unreachable", detail: answer.detail };
  const { command_status } = answer.pdu;
  return {
    kind: isLoginRefusal(command_status) ? "refused" : "unreachable",
    detail: statusName(command_status),
  };
}

function connect({ host, port, tls, ca, serverName, certificate, key }: BindSettings): Socket {
  if (!tls) return connectTcp({ host, port, noDelay: true });
  // Names only: an address is not one that a server can choose its certificate by (RFC 6066, section 3).
  const servername = serverName ?? (isIP(host) === 0 ? host : undefined);
  return connectTls({
    host,
    port,
    minVersion: "TLSv1.2",
    ...(servername !== undefined && { servername }),
    ...(ca !== undefined && { ca }),
    ...(certificate !== undefined && { cert: certificate }),
    ...(key !== undefined && { key }),
  }).setNoDelay();
}

function loginOf({ systemId, password, systemType = "" }: BindSettings) {
  const version34 = 0x34;
  return { system_id: systemId, password, system_type: systemType, interface_version: version34 };
}
