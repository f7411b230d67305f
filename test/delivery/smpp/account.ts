import { afterEach } from "vitest";
import type { Handover, Report, ReportSink, SmsMessage } from "../../../src/delivery/provider.ts";
import { SmppProvider, type SmppSettings } from "../../../src/delivery/smpp/smpp-provider.ts";
import { systemRandom } from "../../../src/random.ts";
import { login, type Smsc, startSmsc, usualDialect } from "../../support/smsc.ts";

/** Keeps reports in memory, and fails or waits when told to. */
class KeptReports implements ReportSink {
  readonly references = new Map<string, string>();
  readonly recorded: Report[] = [];
  failing: "remember" | "recall" | "record" | undefined;
  /** Hears of every recall, once it is answered. */
  onRecall: () => void = () => {};
  /** What `remember` waits for before it does anything. */
  held: Promise<void> = Promise.resolve();

  async remember(providerMessageId: string, reference: string): Promise<void> {
    await this.held;
    if (this.failing === "remember") throw new Error("The store is away.");
    this.references.set(providerMessageId, reference);
  }

  async recall(providerMessageId: string): Promise<string | undefined> {
    if (this.failing === "recall") throw new Error("The store is away.");
    const reference = this.references.get(providerMessageId);
    this.onRecall();
    return reference;
  }

  async record(report: Report): Promise<void> {
    if (this.failing === "record") throw new Error("The store is away.");
    this.recorded.push(report);
  }
}

/** Troubles as they come. */
class Troubles {
  readonly details: string[] = [];
  #waiting: (() => void)[] = [];

  readonly hear = (detail: string): void => {
    this.details.push(detail);
    for (const check of this.#waiting.splice(0)) check();
  };

  /** Resolves once there was such a trouble. */
  async until(detail: string): Promise<void> {
    while (!this.details.includes(detail)) await new Promise<void>((check) => this.#waiting.push(check));
  }
}

const opened: { provider: SmppProvider; smscs: Smsc[] }[] = [];

afterEach(async () => {
  for (const { provider, smscs } of opened.splice(0)) {
    await provider.close();
    await Promise.all(smscs.map((smsc) => smsc.stop()));
  }
});

/** Generous, so that a slow machine changes no outcome; tests of bounds have their own. */
const usual = {
  host: "127.0.0.1",
  tls: false,
  ...login,
  ...usualDialect,
  from: "+41440000000",
  fromByCountry: new Map<string, string>(),
  timeoutMs: 20_000,
  connectTimeoutMs: 20_000,
  enquireLinkMs: 30_000,
} satisfies Omit<SmppSettings, "port">;

/** An account at an SMSC, or at whatever listens on the port of the settings. Closed after the test. */
export function accountAt(settings: Partial<SmppSettings> & { port: number }, smscs: Smsc[] = []) {
  const sink = new KeptReports();
  const troubles = new Troubles();
  const clock = { ms: Date.UTC(2026, 11, 1, 12), nowMs: () => clock.ms };
  const provider = new SmppProvider(
    { ...usual, ...settings },
    { sink, clock, random: systemRandom, onTrouble: troubles.hear },
  );
  opened.push({ provider, smscs });
  return { provider, sink, troubles, clock };
}

/** An account at an SMSC of its own, bound. */
export async function boundAccount(settings: Partial<SmppSettings> = {}) {
  const smsc = await startSmsc();
  const account = accountAt({ ...settings, port: smsc.port }, [smsc]);
  await smsc.until("bind_transceiver");
  return { ...account, smsc };
}

export function smsTo(to: string, text = "Your code is 471902."): SmsMessage {
  return { channel: "sms", locale: "en", to, text, validForMs: 600_000 };
}

export const handover: Handover = { reference: "ref-1", withinMs: 20_000, connectWithinMs: 20_000 };
