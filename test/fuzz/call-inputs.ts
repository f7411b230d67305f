import { create, type DescMessage, toBinary, toJson } from "@bufbuild/protobuf";
import fc from "fast-check";
import { PasscodeService } from "../../gen/passcode/v1/passcode_service_pb.ts";
import type { Init, MethodName } from "../rpc/wire.ts";
import { mutatedText } from "./bytes.ts";
import { mutatedMessage } from "./messages.ts";
import { mutatedTree, type Tree } from "./tree.ts";

/** A code that is wrong. */
export const wrongCode = "135790";

/** Not of the length, or the alphabet, of any code that is sent. */
const malformedCodes = ["13579024", "1357902468", "QWRTZP"];

/** In the place of a session id that is not known yet when an input is made. */
export const standingId = "S".repeat(44);

/** In values alone, and with characters that no name has: names of fields are told. */
export const canary = "C4N-4RY!";

export interface Input {
  readonly method: MethodName;
  /** A part of the message that nobody may see again when it is refused. */
  readonly secret: string;
  readonly body: Uint8Array;
}

interface Sound {
  readonly schema: DescMessage;
  readonly request: Init<MethodName>;
  readonly secret: string;
}

const sending: fc.Arbitrary<Init<"sendPasscode">> = fc
  .tuple(fc.stringMatching(/^79[1-9]{7}$/), fc.boolean())
  .map(([digits, isPhone]) => ({
    destination: isPhone
      ? { case: "phoneNumber", value: `+41${digits}` }
      : { case: "email", value: `n${digits}@b.example` },
    profile: "default",
    locale: "de-CH",
    purpose: "payment",
    transaction: { amount: canary, payee: "Bob" },
    endUser: { ipAddress: "192.0.2.7", deviceId: "a-device" },
  }));

/** Requests that nothing is wrong with. */
const sound: fc.Arbitrary<Sound & { method: MethodName }> = fc.oneof(
  sending.map((request) => ({
    method: "sendPasscode" as const,
    request,
    secret: /\d{9}/.exec(request.destination?.value ?? "")?.[0] ?? "",
    schema: PasscodeService.method.sendPasscode.input,
  })),
  fc.constantFrom(wrongCode, wrongCode, ...malformedCodes).map((code) => ({
    method: "verifyPasscode" as const,
    request: { sessionId: standingId, code, transaction: { amount: canary }, purpose: "payment" },
    secret: code,
    schema: PasscodeService.method.verifyPasscode.input,
  })),
  fc.constant({
    method: "getSession" as const,
    request: { sessionId: standingId, profile: "default" },
    secret: canary,
    schema: PasscodeService.method.getSession.input,
  }),
  fc.constant({
    method: "cancelSession" as const,
    // No session has it: one that was canceled would be of no more use.
    request: { sessionId: `AQ${"c".repeat(42)}`, profile: "default" },
    secret: canary,
    schema: PasscodeService.method.cancelSession.input,
  }),
);

/** Messages with something wrong, in their binary form. */
export const binaryInputs = inputs(({ schema, request }) =>
  mutatedMessage(fc.constant(toBinary(schema, create(schema, request)))),
);

/** The same in JSON. */
export const jsonInputs = inputs(({ schema, request }) => {
  // What Protobuf makes is JSON, without `undefined`.
  const whole = toJson(schema, create(schema, request)) as Tree;
  return fc
    .oneof(
      mutatedTree(fc.constant(whole)).map((tree) => JSON.stringify(tree)),
      mutatedText(fc.constant(JSON.stringify(whole))),
    )
    .map((text) => Buffer.from(text));
});

function inputs(bodies: (sound: Sound) => fc.Arbitrary<Uint8Array>): fc.Arbitrary<Input> {
  return sound.chain((one) => bodies(one).map((body) => ({ method: one.method, secret: one.secret, body })));
}
