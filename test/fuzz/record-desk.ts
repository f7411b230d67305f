import { create, type DescMessage, type Message, toBinary, toJson } from "@bufbuild/protobuf";
import { codeToString } from "@connectrpc/connect/protocol-connect";
import { PasscodeService } from "../../gen/passcode/v1/passcode_service_pb.ts";
import type { Keys } from "../../src/ledger/keys.ts";
import type { Passcodes } from "../../src/passcode/passcodes.ts";
import { Guard } from "../../src/rpc/guard.ts";
import { passcodeProcedures } from "../../src/rpc/passcode-procedures.ts";
import type { Procedure } from "../../src/rpc/procedure.ts";
import type { Store } from "../../src/store/store.ts";
import { accepted, ScriptedProvider } from "../delivery/scripted-provider.ts";
import type { Init, MethodName } from "../rpc/wire.ts";
import { passcodesWith, type TestPasscodes } from "../support/passcodes.ts";

/** An answer, or the name of an error's code. */
export interface Answer {
  readonly code: string;
  /** As JSON has it; empty for an error. */
  readonly told: Readonly<Record<string, unknown>>;
}

/** The procedures over a store whose records a test may spoil, without a port between. */
export class RecordDesk {
  readonly passcodes: Passcodes & Pick<TestPasscodes, "logLines">;
  readonly provider: ScriptedProvider;
  readonly #procedures: ReadonlyMap<string, Extract<Procedure, { kind: "unary" }>>;

  static async over(
    store: Store,
    { keys, clock }: { keys: Keys; clock: { nowMs(): number } },
  ): Promise<RecordDesk> {
    const provider = new ScriptedProvider(() => accepted);
    const passcodes = await passcodesWith({ sms: provider, voice: provider }, { clock });
    await passcodes.store.close();
    return new RecordDesk({ ...passcodes, store, keys }, provider, clock);
  }

  private constructor(
    passcodes: RecordDesk["passcodes"],
    provider: ScriptedProvider,
    clock: { nowMs(): number },
  ) {
    this.passcodes = passcodes;
    this.provider = provider;
    const authenticate = () => ({ name: "anybody", mayUse: () => true });
    const guard = new Guard({ authenticate, log: passcodes.log, clock, profiles: passcodes.profiles });
    this.#procedures = new Map(
      passcodeProcedures(passcodes, guard).flatMap((one) =>
        one.kind === "unary" ? [[one.method.localName, one]] : [],
      ),
    );
  }

  /** What a caller would be told, written as both transports write it: what cannot be written is a fault, too. */
  async call<M extends MethodName>(method: M, request: Init<M>): Promise<Answer> {
    const { input, output } = PasscodeService.method[method];
    const procedure = this.#procedures.get(method);
    if (procedure === undefined) throw new Error(`there is no procedure ${method}`);
    const message = create<DescMessage>(input, request);
    const call = {
      authorization: undefined,
      protocol: "none",
      signal: new AbortController().signal,
      gone: () => false,
      remainingMs: () => undefined,
    };
    const result = await procedure.answer({ kind: "decoded", message }, call);
    if (result.kind === "ok") return { code: "ok", told: written(output, result.message) };
    for (const { schema, message } of result.failure.details) written(schema, message);
    return { code: codeToString(result.failure.code), told: {} };
  }
}

function written(schema: DescMessage, message: Message): Record<string, unknown> {
  toBinary(schema, message);
  // A message of ours is an object in JSON.
  return toJson(schema, message, { alwaysEmitImplicit: true }) as Record<string, unknown>;
}
