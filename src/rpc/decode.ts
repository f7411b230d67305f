import { type DescMessage, fromBinary, fromJson, type JsonValue } from "@bufbuild/protobuf";
import { isFieldError } from "@bufbuild/protobuf/reflect";
import type { Decoded, Undecodable } from "./procedure.ts";

/** The largest request body that is read, in bytes: several times the largest valid request. */
export const requestBytesMax = 64 * 1024;

/*
 * The libraries' own errors repeat the value that they could not read, which may be a
 * code or a number. These name the field alone.
 */

export function decodeBinary(schema: DescMessage, bytes: Uint8Array): Decoded {
  try {
    return { kind: "decoded", message: fromBinary(schema, bytes) };
  } catch {
    return undecodable("", `is not the binary form of ${schema.typeName}`);
  }
}

/** Unknown fields are refused: a misspelt limit must not be a missing one. */
export function decodeJson(schema: DescMessage, bytes: Uint8Array): Decoded {
  let json: JsonValue;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) as JsonValue;
  } catch {
    return undecodable("", "is not JSON");
  }
  try {
    return { kind: "decoded", message: fromJson(schema, json) };
  } catch (error) {
    return jsonFault(schema, error);
  }
}

function jsonFault(schema: DescMessage, error: unknown): Undecodable {
  const cause: unknown = error instanceof Error ? (error.cause ?? error) : error;
  if (isFieldError(cause)) {
    const field = cause.field();
    if (field.kind === "oneof") return undecodable(field.name, "has more than one of its fields set");
    // A request holds no message within a message within a message.
    const outer = schema.fields.find((outer) => outer.message === field.parent);
    const name = outer === undefined ? field.name : `${outer.name}.${field.name}`;
    return undecodable(name, "does not have the form that its type has in JSON");
  }
  const message = error instanceof Error ? error.message : "";
  // A name with digits is no misspelt field of ours: it may be a code or a number in the wrong place.
  const [, owner, key] = /message ([\w.]+) from JSON: key "([A-Za-z_]{1,64})" is unknown/.exec(message) ?? [];
  if (key !== undefined) return undecodable(key, `is not a field of ${owner}`);
  const type = /^cannot decode (?:enum|message) ([\w.]+) from JSON/.exec(message)?.[1];
  const field = schema.fields.find(({ enum: values, message: fields }) =>
    [values?.typeName, fields?.typeName].includes(type),
  );
  if (field !== undefined) return undecodable(field.name, `does not have the form of ${type} in JSON`);
  return undecodable("", `is not the JSON form of ${schema.typeName}`);
}

function undecodable(field: string, why: string): Undecodable {
  return { kind: "undecodable", field, why };
}
