import { create, type DescMessage, type Message } from "@bufbuild/protobuf";
import { type Path, pathToString } from "@bufbuild/protobuf/reflect";
import { createValidator } from "@bufbuild/protovalidate";
import { ErrorReason } from "../../gen/passcode/v1/error_reason_pb.ts";
import type { Failure } from "./failure.ts";
import { badRequest } from "./refuse.ts";

const validator = createValidator();

/** More than one caller's honest mistakes, and few enough for the trailers of a gRPC answer, which many clients take 8 KiB of. */
const violationsMax = 8;

/** Holds a message to the constraints of its schema; the failure names the fields that break one, and no value. */
export function validate(schema: DescMessage, message: Message): Failure | undefined {
  const result = validator.validate(schema, message);
  switch (result.kind) {
    case "valid":
      return undefined;
    case "invalid":
      return badRequest(
        ErrorReason.INVALID_REQUEST,
        result.violations.slice(0, violationsMax).map((violation) => ({
          field: fieldName(violation.field),
          why: violation.message,
        })),
      );
    case "error":
      throw result.error;
  }
}

/** Callers choose the names in a map, so a name that is at fault itself is not repeated. */
function fieldName(path: Path): string {
  const foreign = path.findIndex((step) => step.kind === "map_sub" && !mapName.test(String(step.key)));
  return pathToString(foreign < 0 ? path : path.slice(0, foreign));
}

/** The form of every name in a map of the schema. */
const mapName = /^[a-z][a-z0-9_]{0,31}$/;

/** Compiles a schema's constraints, so that its first caller does not wait for it. */
export function warmUp(schema: DescMessage): void {
  validator.validate(schema, create(schema));
}
