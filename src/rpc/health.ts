import { create, type Message } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import {
  type HealthCheckRequest,
  HealthCheckResponseSchema,
  HealthListResponseSchema,
  Health as HealthService,
  HealthCheckResponse_ServingStatus as ServingStatus,
} from "../../gen/grpc/health/v1/health_pb.ts";
import { ErrorReason } from "../../gen/passcode/v1/error_reason_pb.ts";
import { type Failure, failure } from "./failure.ts";
import { type PortBounds, portBounds } from "./port-bounds.ts";
import { type Procedure, type Result, StreamRefusal } from "./procedure.ts";

/**
 * Answers `grpc.health.v1.Health` for the server as a whole (the empty name) and for each service.
 *
 * All are SERVING until `stop`, and NOT_SERVING from then on.
 */
export class Health {
  readonly #services: readonly string[];
  readonly #watchersMax: number;
  #serving = true;
  #watchers = new Set<() => void>();
  /** Streams of Watch that have not ended, be they waiting for a change or for their reader. */
  #watching = 0;

  constructor(services: readonly string[], { watchersMax }: Partial<PortBounds> = {}) {
    this.#services = ["", ...services];
    this.#watchersMax = watchersMax ?? portBounds.watchersMax;
  }

  get serving(): boolean {
    return this.#serving;
  }

  stop(): void {
    this.#serving = false;
    for (const wake of this.#watchers) wake();
  }

  procedures(): Procedure[] {
    const { check, list, watch } = HealthService.method;
    return [
      {
        kind: "unary",
        method: check,
        answer: async (request) => {
          if (request.kind === "undecodable") return { kind: "failed", failure: undecodable };
          return this.#check((request.message as HealthCheckRequest).service);
        },
      },
      {
        kind: "unary",
        method: list,
        answer: async () => ({
          kind: "ok",
          message: create(HealthListResponseSchema, {
            statuses: Object.fromEntries(
              this.#services.map((name) => [name, { status: this.#status(name) }]),
            ),
          }),
        }),
      },
      {
        kind: "serverStreaming",
        method: watch,
        stream: (request, signal) => this.#watch((request as HealthCheckRequest).service, signal),
      },
    ];
  }

  #status(service: string): ServingStatus {
    if (!this.#services.includes(service)) return ServingStatus.SERVICE_UNKNOWN;
    return this.#serving ? ServingStatus.SERVING : ServingStatus.NOT_SERVING;
  }

  #check(service: string): Result {
    const status = this.#status(service);
    if (status === ServingStatus.SERVICE_UNKNOWN) return { kind: "failed", failure: serviceUnknown };
    return { kind: "ok", message: create(HealthCheckResponseSchema, { status }) };
  }

  /** Tells the status now, and again when it changes; ends when the watcher leaves or the server stops. */
  async *#watch(service: string, signal: AbortSignal): AsyncGenerator<Message> {
    if (this.#watching >= this.#watchersMax) {
      throw new StreamRefusal(Code.ResourceExhausted, "as many as may watch this server do; use Check");
    }
    this.#watching += 1;
    try {
      yield* this.#statuses(service, signal);
    } finally {
      this.#watching -= 1;
    }
  }

  async *#statuses(service: string, signal: AbortSignal): AsyncGenerator<Message> {
    while (!signal.aborted) {
      yield create(HealthCheckResponseSchema, { status: this.#status(service) });
      if (!this.#serving) return;
      await this.#change(signal);
    }
  }

  async #change(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#watchers.add(resolve);
    signal.addEventListener("abort", () => resolve(), { once: true });
    await promise;
    this.#watchers.delete(resolve);
  }
}

const serviceUnknown: Failure = failure(
  Code.NotFound,
  ErrorReason.INVALID_REQUEST,
  "this server has no such service",
);
const undecodable: Failure = failure(
  Code.InvalidArgument,
  ErrorReason.INVALID_REQUEST,
  "the request is not a HealthCheckRequest",
);
