import { create, type DescMessage, type Message } from "@bufbuild/protobuf";
import { pathToString } from "@bufbuild/protobuf/reflect";
import { createValidator } from "@bufbuild/protovalidate";
import { ErrorReason } from "../../gen/passcode/v1/error_reason_pb.ts";
import type { Failure } from "./failure.ts";
import { badRequest } from "./refuse.ts";

const validator = createValidator();

/** Holds a message to the constraints of its schema; the failure names every field that breaks one, and no value. */
export function validate(schema: DescMessage, message: Message): Failure | undefined {
  const result = validator.validate(schema, message);
  switch (result.kind) {
    case "valid":
      return undefined;
    case "invalid":
      return badRequest(
        ErrorReason.INVALID_REQUEST,
        result.violations.map((violation) => ({
          field: pathToString(violation.field),
          why: violation.message,
        })),
      );
    case "error":
      throw result.error;
  }
}

/** Compiles a schema's constraints, so that its first caller does not wait for it. */
export function warmUp(schema: DescMessage): void {
  validator.validate(schema, create(schema));
}
