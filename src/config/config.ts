import type { Secrets } from "../ledger/keys.ts";
import type { Profile } from "../passcode/profile.ts";

/** Everything the service is told at its start, checked and in its own words. Spans are milliseconds. */
export interface Config {
  /** Permits what would be insecure in earnest: the outbox as a provider, keys made at the start. */
  readonly development: boolean;
  /** At least one of the two is there. */
  readonly listen: { readonly grpc?: Address; readonly http?: Address };
  readonly tls?: ServerTls;
  readonly apiKeys: readonly ApiKeyHolder[];
  readonly keys: Secrets;
  readonly store: StoreSettings;
  readonly providers: ReadonlyMap<string, ProviderSettings>;
  readonly profiles: ReadonlyMap<string, Profile>;
  readonly log: { readonly level: LogLevel };
  readonly shutdown: {
    /** How long work in hand may take after the signal to stop. */
    readonly drainMs: number;
  };
}

export interface Address {
  /** A host name or an IP address, without brackets. */
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
}

/** PEM texts. */
export interface ServerTls {
  readonly certificate: string;
  readonly key: string;
  /** Whoever calls must show a certificate signed by this one. */
  readonly clientCa?: string;
}

export interface ApiKeyHolder {
  readonly name: string;
  /** Of the key as it is presented, in lower-case hexadecimal. */
  readonly sha256: string;
  /** Absent: every profile. */
  readonly profiles?: ReadonlySet<string>;
}

export type StoreSettings =
  | { readonly kind: "memory"; readonly recordsMax: number; readonly timeoutMs: number }
  | { readonly kind: "sqlite"; readonly path: string; readonly timeoutMs: number }
  | RedisSettings;

export interface RedisSettings {
  readonly kind: "redis";
  readonly topology: RedisTopology;
  readonly username?: string;
  readonly password?: string;
  /** Whether connections are encrypted. URLs in the topology say the same. */
  readonly tls: boolean;
  /** PEM text. */
  readonly ca?: string;
  readonly timeoutMs: number;
}

export type RedisTopology =
  | { readonly kind: "single"; readonly url: string }
  | { readonly kind: "cluster"; readonly urls: readonly string[] }
  | { readonly kind: "sentinel"; readonly name: string; readonly nodes: readonly Address[] };

export type ProviderSettings = SmtpSettings | { readonly kind: "outbox" };

export interface SmtpSettings {
  readonly kind: "smtp";
  readonly host: string;
  readonly port: number;
  readonly security: "starttls" | "tls" | "none";
  readonly username?: string;
  readonly password?: string;
  /** The sender's address, without display name. */
  readonly from: string;
  /** PEM text. */
  readonly ca?: string;
  readonly timeoutMs: number;
  readonly connectionsMax: number;
}

export const logLevels = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof logLevels)[number];
