import { once } from "node:events";
import { connect } from "node:tls";
import { type RedisEndpoint, type RedisOptions, tlsOptions } from "./redis-options.ts";

/**
 * Resolves once one of the servers has answered a command over TLS; rejects with why the last one has not.
 *
 * With TLS 1.3 a server refuses a client's certificate when the client takes itself for connected already.
 * The Redis client loses the reason there, and waits. So each server is asked beforehand, by a
 * connection whose errors are heard from the start. Any answer will do, a refusal for want of a password too.
 */
export async function shakeHands(endpoints: readonly RedisEndpoint[], options: RedisOptions): Promise<void> {
  let failure: unknown;
  for (const endpoint of endpoints) {
    if (!endpoint.tls) return;
    try {
      return await shakeHandsWith(endpoint, options);
    } catch (error) {
      failure = error;
    }
  }
  if (failure !== undefined) throw failure;
}

async function shakeHandsWith(endpoint: RedisEndpoint, options: RedisOptions): Promise<void> {
  const { host, port } = endpoint;
  const socket = connect({ host, port, ...tlsOptions(options) });
  try {
    const answered = once(socket, "data", { signal: AbortSignal.timeout(options.timeoutMs) });
    // Between an answer and its end nobody waits, and an error then is nobody's.
    socket.on("error", () => {});
    socket.once("end", () => socket.destroy(new Error("it hung up during the handshake")));
    socket.write("PING\r\n");
    await answered;
  } catch (error) {
    throw refusal(error, options);
  } finally {
    socket.destroy();
  }
}

/** OpenSSL names the alert; its message is for its own developers. */
function refusal(error: unknown, { certificate, timeoutMs }: RedisOptions): unknown {
  if (!(error instanceof Error)) return error;
  if (error.name === "AbortError") return new Error(`no answer within ${timeoutMs} ms`);
  const trouble = "code" in error ? String(error.code) : "";
  if (!trouble.startsWith("ERR_SSL_")) return error;
  const reason = "reason" in error ? String(error.reason) : trouble;
  const demanded = certificate === undefined && /certificate.required|handshake.failure/i.test(reason);
  const hint = demanded ? "it demands a client certificate, and none is configured" : "TLS failed";
  return new Error(`${hint} (${reason})`, { cause: error });
}
