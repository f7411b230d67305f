import { z } from "zod";
import type { Clock } from "../../clock.ts";
import { HttpClient, type HttpProxy, type HttpResult } from "../http.ts";
import { readJson } from "../json.ts";
import type { DeliveryOutcome } from "../provider.ts";

/** A client of an OAuth 2.0 authorization server (RFC 6749). */
export interface OAuth2Settings {
  /** https, or http to this machine. */
  tokenUrl: string;
  clientId: string;
  clientSecret: string;
  /** Absent where the server has one by default. */
  scope?: string;
  /** Stands for a user who has agreed. Absent, the client acts for itself. */
  refreshToken?: string;
}

type Failure = Extract<DeliveryOutcome, { detail: string }>;

/** There is no token, so nothing was sent. */
export class NoToken extends Error {
  readonly outcome: Failure;

  constructor(outcome: Failure) {
    super("no access token");
    this.outcome = outcome;
  }
}

/** A token is not used in its last minute, in milliseconds: it must last until the mail server has looked at it. */
const leftMsMin = 60_000;

/** How long a token is used whose server does not say how long it lasts, in milliseconds. */
const usualMs = 300_000;

/** The access tokens of one client: fetched when needed, each used by everybody until shortly before it expires. */
export class AccessTokens {
  readonly #settings: OAuth2Settings;
  readonly #timeoutMs: number;
  readonly #clock: Clock;
  readonly #client: HttpClient;
  #refreshToken: string | undefined;
  #last: { token: string; untilMs: number } | undefined;
  #fetching: Promise<string> | undefined;

  /** `timeoutMs`: the longest that fetching one may take. */
  constructor(
    settings: OAuth2Settings,
    { timeoutMs, clock, proxy }: { timeoutMs: number; clock: Clock; proxy?: HttpProxy | undefined },
  ) {
    this.#settings = settings;
    this.#timeoutMs = timeoutMs;
    this.#clock = clock;
    this.#client = new HttpClient({
      timeoutMs,
      connectTimeoutMs: timeoutMs,
      ...(proxy !== undefined && { proxy }),
    });
    this.#refreshToken = settings.refreshToken;
  }

  /** The token in use; undefined if one has to be fetched. */
  get current(): string | undefined {
    return this.#last !== undefined && this.#clock.nowMs() < this.#last.untilMs
      ? this.#last.token
      : undefined;
  }

  /** The token in use, or a new one. Rejects with `NoToken`. */
  get(): Promise<string> {
    const { current } = this;
    if (current !== undefined) return Promise.resolve(current);
    this.#fetching ??= this.#fetch().finally(() => {
      this.#fetching = undefined;
    });
    return this.#fetching;
  }

  /** Uses a token no more that the mail server does not take. */
  discard(token: string): void {
    if (this.#last?.token === token) this.#last = undefined;
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  async #fetch(): Promise<string> {
    const { tokenUrl, clientId, clientSecret, scope } = this.#settings;
    const form = new URLSearchParams({
      grant_type: this.#refreshToken === undefined ? "client_credentials" : "refresh_token",
      client_id: clientId,
      client_secret: clientSecret,
      ...(scope !== undefined && { scope }),
      ...(this.#refreshToken !== undefined && { refresh_token: this.#refreshToken }),
    });
    const headers = { "content-type": "application/x-www-form-urlencoded", accept: "application/json" };
    const bounds = { withinMs: this.#timeoutMs, connectWithinMs: this.#timeoutMs };
    const result = await this.#client.post({ url: tokenUrl, headers, body: form.toString() }, bounds);
    const granted =
      result.kind === "answered" && result.status === 200 ? readJson(result.body, grant) : undefined;
    if (granted === undefined) throw new NoToken(failureOf(result));
    // A server that renews it wants the old one no more.
    if (this.#refreshToken !== undefined) this.#refreshToken = granted.refresh_token ?? this.#refreshToken;
    const lastsMs = granted.expires_in === undefined ? usualMs : granted.expires_in * 1_000;
    this.#last = { token: granted.access_token, untilMs: this.#clock.nowMs() + lastsMs - leftMsMin };
    return granted.access_token;
  }
}

const token = z.string().regex(/^[\x21-\x7e]{1,16384}$/);

/** RFC 6749, section 5.1. There are servers that write the seconds as text. */
const grant = z.object({
  access_token: token,
  expires_in: z.coerce.number().nonnegative().optional(),
  refresh_token: token.optional(),
});

/** RFC 6749, section 5.2. Another word would be one that the server chose. */
const refusal = z.object({
  error: z.enum([
    "invalid_request",
    "invalid_client",
    "invalid_grant",
    "unauthorized_client",
    "unsupported_grant_type",
    "invalid_scope",
  ]),
});

function failureOf(result: HttpResult): Failure {
  if (result.kind !== "answered") return { kind: "unreachable", detail: `token ${result.detail}` };
  const { status, body } = result;
  const detail = `token ${readJson(body, refusal)?.error ?? `HTTP ${status}`}`;
  return { kind: status === 429 || status >= 500 ? "overloaded" : "accountRefused", detail };
}
