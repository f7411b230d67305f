import type { DeliveryOutcome, Message, Provider } from "./provider.ts";

/** The configured providers, by name. */
export class Deliveries {
  readonly #providers: ReadonlyMap<string, Provider>;

  constructor(providers: ReadonlyMap<string, Provider>) {
    this.#providers = providers;
  }

  /** Hands the message to the provider, once, and answers what became of it. */
  async send(providerName: string, message: Message): Promise<DeliveryOutcome> {
    const provider = this.#providers.get(providerName);
    if (provider === undefined) throw new Error(`no provider is named ${providerName}`);
    return await provider.send(message);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#providers.values()].map((provider) => provider.close()));
  }
}
