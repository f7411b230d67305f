import { type Dispatcher, EnvHttpProxyAgent, MockAgent } from "undici";
import { vi } from "vitest";
import { certificateUrl } from "../delivery/aws/sns-signer.ts";

/** What the service asks for over HTTP, and what answers in place of the network. */
export interface Outside {
  /** The URL of every request that any client of the service made, vendors' included; oldest first. */
  readonly asked: string[];
  restore(): void;
}

/**
 * Stands between the service's clients and the network: what they ask of this machine goes
 * through, and of all else there is the certificate of SNS alone, if one is given.
 */
export function standOutside(certificate?: string): Outside {
  const elsewhere = new MockAgent();
  elsewhere.disableNetConnect();
  const { origin, pathname } = new URL(certificateUrl);
  if (certificate !== undefined) {
    elsewhere.get(origin).intercept({ path: pathname }).reply(200, certificate).persist();
  }
  const asked: string[] = [];
  const onTheNetwork = EnvHttpProxyAgent.prototype.dispatch;
  // Every client has an agent of its own, and all are of this class.
  const spy = vi.spyOn(EnvHttpProxyAgent.prototype, "dispatch").mockImplementation(function (
    this: EnvHttpProxyAgent,
    options: Dispatcher.DispatchOptions,
    handler: Dispatcher.DispatchHandler,
  ) {
    const { origin: host = "", path } = options;
    asked.push(`${String(host)}${path}`);
    const isHere = new URL(host).hostname === "127.0.0.1";
    return isHere ? onTheNetwork.call(this, options, handler) : elsewhere.dispatch(options, handler);
  });
  return { asked, restore: () => spy.mockRestore() };
}
