import { callbackHandler } from "./callback/callback-handler.ts";
import type { Clock } from "./clock.ts";
import type { Address, Config, ServerTls } from "./config/config.ts";
import type { Passcodes } from "./passcode/passcodes.ts";
import { createConnectHandler } from "./rpc/connect-handler.ts";
import { GrpcPort } from "./rpc/grpc-port.ts";
import { createGrpcServer } from "./rpc/grpc-server.ts";
import type { Health } from "./rpc/health.ts";
import { httpHandler } from "./rpc/http-handler.ts";
import { HttpServer } from "./rpc/http-server.ts";
import type { PortBounds } from "./rpc/port-bounds.ts";
import { PortLog } from "./rpc/port-log.ts";
import { admission, type Procedure } from "./rpc/procedure.ts";
import type { Log } from "./telemetry/log.ts";

/** A port that is listened on. */
export interface Listener {
  readonly port: number;
  open(): { connections: number; requests: number };
  close(deadline: AbortSignal): Promise<void>;
}

export async function listenGrpc(
  address: Address,
  procedures: readonly Procedure[],
  {
    tls,
    log,
    clock,
    bounds,
  }: { tls: ServerTls | undefined; log: Log; clock: Clock; bounds: Partial<PortBounds> },
): Promise<Listener> {
  const portLog = new PortLog(log, "grpc");
  const server = new GrpcPort(createGrpcServer(procedures, clock), tls, {
    ...bounds,
    log: portLog,
    admit: admission(procedures),
  });
  const port = await server.listen(address);
  return { port, open: () => server.open, close: (deadline) => server.close(deadline) };
}

export async function listenHttp(
  address: Address,
  procedures: readonly Procedure[],
  {
    tls,
    log,
    health,
    isOpen,
    bounds,
  }: {
    tls: ServerTls | undefined;
    log: Log;
    health: Health;
    /** Whether everybody on this machine may call, a web page excepted. */
    isOpen: boolean;
    bounds: Partial<PortBounds>;
  },
): Promise<Listener> {
  const portLog = new PortLog(log, "http");
  const connect = createConnectHandler(procedures, log, portLog);
  const handler = httpHandler({ connect, health, log: portLog, isOpen });
  const server = new HttpServer(handler, tls, { ...bounds, log: portLog });
  const port = await server.listen(address);
  return { port, open: () => server.open, close: (deadline) => server.close(deadline) };
}

/** More than all vendors make at once. The port is open to strangers: they must not use up what calls need. */
const callbackConnectionsMax = 1_000;

/** A port of its own, so that nobody has to open the procedures to the vendors. They show no certificates. */
export async function listenCallbacks(
  { listen, publicUrl }: NonNullable<Config["callbacks"]>,
  passcodes: Passcodes,
  {
    tls,
    log,
    clock,
    bounds,
  }: { tls: ServerTls | undefined; log: Log; clock: Clock; bounds: Partial<PortBounds> },
): Promise<Listener> {
  const own = tls === undefined ? undefined : { certificate: tls.certificate, key: tls.key };
  const portLog = new PortLog(log, "callbacks");
  const server = new HttpServer(callbackHandler(passcodes, { publicUrl, clock, log: portLog }), own, {
    connectionsMax: callbackConnectionsMax,
    ...bounds,
    http2: false,
    log: portLog,
  });
  const port = await server.listen(listen);
  return { port, open: () => server.open, close: (deadline) => server.close(deadline) };
}
