import { expect, test } from "vitest";
import { policySchema } from "../../src/config/policy-schema.ts";
import { defaultPolicy, minuteMs, type Policy } from "../../src/ledger/policy.ts";
import { ledgerRecord } from "../../src/ledger/record.ts";
import { DestinationLife, fixedName } from "./ledgers.ts";

/** As wide as the configuration takes them. */
const widest = policySchema.parse({
  codeLength: 10,
  expiry: "24h",
  tries: 10,
  cooldown: "0s",
  sendsPerMinute: 60,
  sendsPerHour: 100,
  sendsPerDay: 100,
  verifiesPerMinute: 60,
  guessesPerDay: 100,
  resend: "fresh",
  retention: "24h",
});

/** Policies and providers are named by 63 characters at most. */
const long = (name: string) => name.padEnd(63, "-");

const masked = `l***@m***.${"x".repeat(63)}`;

/**
 * What a caller can make of one destination who has its codes: as many sends as are taken,
 * each in a session of its own and with a request id and a device of its own, and reports of
 * every message; then, for answers tell more while nothing can be sent, as many codes as are
 * compared, the last one right, for that forgives the others. Of known devices and of others,
 * until the first sessions are about to be forgotten.
 */
class WorstLife extends DestinationLife {
  readonly #sessions: string[] = [];
  #names = 0;

  live(): void {
    const { expiryMs, retentionMs, verifiesPerMinute } = this.policies.base;
    const endMs = this.nowMs + expiryMs + retentionMs;
    for (; this.nowMs < endMs; this.advance(minuteMs)) {
      const known = this.record?.devices.at(-1)?.digest;
      for (const session of [...this.#openAll(() => known), ...this.#openAll(() => this.#newName())]) {
        this.#approve(session);
        this.#sessions.push(session);
      }
    }
    // All that were called in one minute remember it, the ended ones too (R8).
    this.nowMs = endMs - 1;
    for (const session of this.#sessions) {
      for (let call = 0; call < verifiesPerMinute; call++) this.wrong(session);
    }
  }

  /** What the store has to hold of it. */
  get kilobytes(): number {
    return this.record === undefined ? 0 : Buffer.byteLength(ledgerRecord.encode(this.record)) / 1_000;
  }

  #openAll(deviceOf: () => string | undefined): string[] {
    const opened: string[] = [];
    for (;;) {
      const device = deviceOf();
      if (device === undefined) return opened;
      const outcome = this.send({
        request: this.#newName(),
        device,
        masked,
        policy: long("policy"),
        channel: "email",
        provider: long("first"),
      });
      if (outcome.kind !== "send") return opened;
      const { id } = outcome.view.session;
      this.settle(id, 0, "noAnswer", { provider: long("second") });
      for (const provider of ["first", "second"]) {
        this.report(id, 0, "noSuchDestination", { provider: long(provider) });
      }
      opened.push(id);
    }
  }

  #approve(session: string): void {
    const request = () => ({ request: this.#newName() });
    for (let code = 1; code < this.policies.base.tries; code++) this.wrong(session, request());
    this.right(session, request());
  }

  #newName(): string {
    return fixedName(`name ${++this.#names}`);
  }
}

test.each<[policy: string, limits: Partial<Policy>, kilobytes: number]>([
  ["the default policy", defaultPolicy, 160],
  ["the widest policy that the configuration takes", widest, 1_400],
])("under %s, a destination's record stays bounded on the worst of days", (_, limits, kilobytes) => {
  const life = new WorstLife(limits);
  life.live();
  expect(life.kilobytes).toBeLessThanOrEqual(kilobytes);
  // A life that came nowhere near would bound nothing.
  expect(life.kilobytes).toBeGreaterThan(0.9 * kilobytes);
});
