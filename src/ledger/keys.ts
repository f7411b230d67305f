import { createHmac, createSecretKey, hkdfSync, type KeyObject } from "node:crypto";
import type { CodeKeys } from "./code.ts";

/** The service's secrets, as configured. */
export interface Secrets {
  /** Hashes destinations into store keys. At least 32 bytes. */
  readonly index: KeyObject;
  /** Derive codes and seal session ids. The first serves new sessions, the others live ones. */
  readonly codes: readonly { readonly id: number; readonly secret: KeyObject }[];
}

/** 132 bits, as base64url. */
const fingerprintLength = 22;

/**
 * Keys made of the secrets, one for each use, so that no output of one use says
 * anything about another.
 */
export class Keys {
  /** The id of the key that serves new sessions. */
  readonly currentId: number;
  readonly codes: CodeKeys;
  /** What tells the secret of each code key from any other, and says nothing else about it. */
  readonly fingerprints: ReadonlyMap<number, string>;
  /** Records in the store carry a MAC under it (R15). */
  readonly records: KeyObject;
  readonly #sessionIds: ReadonlyMap<number, KeyObject>;
  /** Made when they are first asked for: as many as there are keys and profiles. */
  readonly #profileKeys = new Map<string, KeyObject>();
  readonly #ledgers: KeyObject;
  readonly #requests: KeyObject;
  readonly #devices: KeyObject;
  readonly #bindings: ReadonlyMap<number, KeyObject>;
  readonly #addresses: ReadonlyMap<number, KeyObject>;
  readonly #deliveries: ReadonlyMap<number, KeyObject>;
  readonly #calls: ReadonlyMap<number, KeyObject>;

  constructor(secrets: Secrets) {
    const current = secrets.codes[0];
    if (current === undefined) throw new RangeError("at least one code key is needed");
    this.currentId = current.id;
    const keysFor = (use: string) =>
      new Map(secrets.codes.map(({ id, secret }) => [id, keyFor(secret, use)]));
    this.codes = keysFor("code");
    this.#sessionIds = keysFor("session-id");
    this.#bindings = keysFor("binding");
    this.#addresses = keysFor("address");
    this.#deliveries = keysFor("delivery");
    this.#calls = keysFor("call");
    this.fingerprints = new Map(
      secrets.codes.map(({ id, secret }) => [
        id,
        bytesFor(secret, "fingerprint").toString("base64url").slice(0, fingerprintLength),
      ]),
    );
    this.records = keyFor(secrets.index, "record");
    this.#ledgers = keyFor(secrets.index, "ledger");
    this.#requests = keyFor(secrets.index, "request");
    this.#devices = keyFor(secrets.index, "device");
  }

  /** 128 bits that name a destination's ledger without telling the destination. */
  ledgerOf(profile: string, destination: { kind: string; canonical: string }): Buffer {
    return digest(this.#ledgers, [profile, destination.kind, destination.canonical]);
  }

  /**
   * What stands for a device among those that one destination knows (R17): at no other does
   * the device look the same. Of the index secret, for it outlives a change of the code keys.
   */
  deviceOf(ledger: Buffer, deviceId: string): string {
    return digest(this.#devices, [ledger.toString("base64url"), deviceId]).toString("base64url");
  }

  /** What stands for a request id, and for a request's content, in the store. */
  requestDigest(parts: readonly unknown[]): string {
    return digest(this.#requests, parts).toString("base64url");
  }

  /**
   * What a code is bound to besides its session (R11), under the session's own key so that
   * it outlives a change of the others. Pairs bind whatever their order.
   */
  bindingOf(
    purpose: string,
    transaction: Readonly<Record<string, string>>,
    keyId: number = this.currentId,
  ): string {
    const key = keyOf(this.#bindings, keyId);
    return digest(key, [purpose, sortedPairs(transaction)]).toString("base64url");
  }

  /**
   * What stands for the very address a session's code is delivered to (R11), under the
   * session's own key. Spellings that share their limits do not share it: they may be the
   * mailboxes of different people.
   */
  addressOf(destination: { kind: string; address: string }, keyId: number = this.currentId): string {
    const key = keyOf(this.#addresses, keyId);
    return digest(key, [destination.kind, destination.address]).toString("base64url");
  }

  /** 32 bits that tell the profiles of a service apart. */
  profileTag(profile: string): Buffer {
    return digest(this.#requests, ["profile", profile]).subarray(0, 4);
  }

  /** Seals what stands for a send with its provider; undefined if there is no such key. */
  deliveryKey(id: number): KeyObject | undefined {
    return this.#deliveries.get(id);
  }

  /** Seals what a call is to say after a key press; undefined if there is no such key. */
  callKey(id: number): KeyObject | undefined {
    return this.#calls.get(id);
  }

  /** Seals the session ids of a profile; undefined if there is no such key. */
  sessionIdKey(id: number, profile: string): KeyObject | undefined {
    const name = `${id} ${profile}`;
    const known = this.#profileKeys.get(name);
    const key = this.#sessionIds.get(id);
    if (known !== undefined || key === undefined) return known;
    const made = createSecretKey(createHmac("sha256", key).update(profile).digest());
    this.#profileKeys.set(name, made);
    return made;
  }
}

/** The pairs in the order of their names: the same for every order they came in. */
export function sortedPairs(pairs: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(pairs).sort(([a], [b]) => (a < b ? -1 : 1));
}

function keyOf(keys: ReadonlyMap<number, KeyObject>, id: number): KeyObject {
  const key = keys.get(id);
  if (key === undefined) throw new Error(`no code key has the id ${id}`);
  return key;
}

/** The first 128 bits of an HMAC over a JSON list: no two lists are written alike, so no separator can be forged. */
function digest(key: KeyObject, parts: readonly unknown[]): Buffer {
  return createHmac("sha256", key).update(JSON.stringify(parts)).digest().subarray(0, 16);
}

function bytesFor(secret: KeyObject, use: string): Buffer {
  return Buffer.from(hkdfSync("sha256", secret, "", `passcode ${use}`, 32));
}

function keyFor(secret: KeyObject, use: string): KeyObject {
  return createSecretKey(bytesFor(secret, use));
}
