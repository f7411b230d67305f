import type { Clock } from "../../clock.ts";
import type { ErrorMeaning } from "../error-meaning.ts";
import { HttpClient, type HttpClientSettings, type HttpResult } from "../http.ts";
import type { DeliveryOutcome, Handover } from "../provider.ts";
import { refusalOf } from "./refusal.ts";

/** What the SDK hands to the network. The operations that send a message have no query. */
interface SdkRequest {
  protocol: string;
  hostname: string;
  port?: number;
  path: string;
  headers: Record<string, string>;
  body?: string | Uint8Array;
}

/** Runs an operation of the SDK's client with the options it is given. */
type Operation = (options: { abortSignal: AbortSignal }) => Promise<{ MessageId?: string | undefined }>;

interface Attempt {
  readonly handover: Handover;
  readonly beganMs: number;
  /** Undefined until the SDK has credentials and a signed request. */
  answer?: Promise<HttpResult>;
}

/**
 * Carries the requests of an SDK client over our own HTTP client.
 *
 * The SDK's own handler tells a connection that never came about from one that broke
 * under a request only by names that both share, such as TimeoutError. Here each send
 * knows what came of its one request: whether anything of it left, and the status.
 */
export class SdkTransport {
  readonly #http: HttpClient;
  readonly #timeoutMs: number;
  readonly #clock: Clock;
  readonly #errors: ReadonlyMap<string, ErrorMeaning>;
  /** Under the signal that the SDK passes on to the handler. */
  readonly #attempts = new WeakMap<AbortSignal, Attempt>();

  /** `errors` is what the service's error codes mean. */
  constructor(settings: HttpClientSettings, clock: Clock, errors: ReadonlyMap<string, ErrorMeaning>) {
    this.#http = new HttpClient(settings);
    this.#timeoutMs = settings.timeoutMs;
    this.#clock = clock;
    this.#errors = errors;
  }

  /** For the SDK's client. */
  readonly requestHandler = {
    handle: (request: SdkRequest, { abortSignal }: { abortSignal: AbortSignal }) =>
      this.#handle(request, abortSignal),
    updateHttpClientConfig: () => {},
    httpHandlerConfigs: () => ({}),
  };

  /** Does not outlast the handover, nor the settings, even while the SDK looks for credentials. */
  send(operation: Operation, handover: Handover): Promise<DeliveryOutcome> {
    const attempt: Attempt = { handover, beganMs: this.#clock.nowMs() };
    const { withinMs, connectWithinMs } = handover;
    const late = AbortSignal.timeout(Math.min(withinMs, connectWithinMs, this.#timeoutMs));
    this.#attempts.set(late, attempt);
    const outcome = operation({ abortSignal: late }).then(
      ({ MessageId }) => this.#outcomeOf(attempt, { messageId: MessageId }),
      (error: unknown) => this.#outcomeOf(attempt, { error }),
    );
    const givenUp = new Promise<DeliveryOutcome>((resolve) => {
      late.addEventListener("abort", () => {
        // Once the request is on its way, the HTTP client ends it in time, and knows how far it got.
        if (attempt.answer === undefined) resolve({ kind: "unreachable", detail: "no credentials in time" });
      });
    });
    return Promise.race([outcome, givenUp]);
  }

  async #handle(request: SdkRequest, signal: AbortSignal) {
    const attempt = this.#attempts.get(signal);
    // Given up already, so it must not leave any more.
    if (attempt === undefined || signal.aborted) throw new Error("too late");
    // The clock may have been set back.
    const spentMs = Math.max(0, this.#clock.nowMs() - attempt.beganMs);
    const left = (ms: number) => Math.max(1, ms - spentMs);
    const port = request.port === undefined ? "" : `:${request.port}`;
    attempt.answer = this.#http.post(
      {
        url: `${request.protocol}//${request.hostname}${port}${request.path}`,
        headers: request.headers,
        body: textOf(request.body),
      },
      {
        withinMs: left(Math.min(attempt.handover.withinMs, this.#timeoutMs)),
        connectWithinMs: left(attempt.handover.connectWithinMs),
      },
    );
    const answer = await attempt.answer;
    if (answer.kind !== "answered") throw new Error(answer.kind);
    const { status, headers, body } = answer;
    return { response: { statusCode: status, headers, body: new TextEncoder().encode(body) } };
  }

  async #outcomeOf(
    attempt: Attempt,
    said: { messageId?: string | undefined; error?: unknown },
  ): Promise<DeliveryOutcome> {
    // Nothing but credentials can be missing before a request is made.
    if (attempt.answer === undefined) return { kind: "accountRefused", detail: "credentials" };
    const answer = await attempt.answer;
    if (answer.kind !== "answered") return answer;
    if (said.messageId !== undefined) return { kind: "accepted", providerMessageId: said.messageId };
    return refusalOf(answer, said.error, this.#errors, this.#clock.nowMs());
  }

  /** Lets the requests under way end. */
  close(): Promise<void> {
    return this.#http.close();
  }
}

/** The SDK warns on the console when its bytes are used as if they were text, as Buffer.from does. */
function textOf(body: SdkRequest["body"]): string {
  return typeof body === "string" ? body : new TextDecoder().decode(body);
}
