import type { EventEmitter } from "node:events";

/** What a server itself does on the event, which it no longer does by itself. */
export function takeOver<Args extends unknown[]>(
  server: EventEmitter,
  event: string,
): (...args: Args) => void {
  const listeners = server.listeners(event);
  server.removeAllListeners(event);
  return (...args) => {
    for (const listener of listeners) Reflect.apply(listener, server, args);
  };
}
