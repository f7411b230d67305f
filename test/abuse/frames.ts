/*
 * HTTP/2 as bytes (RFC 9113), without a client's good manners: frames may come in any
 * order and number, and headers are not indexed (RFC 7541, 6.2.2).
 */

export const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

export const frameTypes = {
  data: 0,
  headers: 1,
  priority: 2,
  resetStream: 3,
  settings: 4,
  ping: 6,
  goAway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

export const endStream = 0x1;
export const endHeaders = 0x4;

export function frame(
  type: number,
  payload: Uint8Array = Buffer.alloc(0),
  { flags = 0, stream = 0 }: { flags?: number; stream?: number } = {},
): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** A setting's number and its value. */
export function settings(...pairs: readonly (readonly [number, number])[]): Buffer {
  const payload = Buffer.alloc(6 * pairs.length);
  pairs.forEach(([id, value], index) => {
    payload.writeUInt16BE(id, 6 * index);
    payload.writeUInt32BE(value, 6 * index + 2);
  });
  return frame(frameTypes.settings, payload);
}

/** The setting for how much of each answer may be sent before the reader asks for more. */
export const initialWindowSize = 4;

export function headers(
  stream: number,
  fields: Readonly<Record<string, string>>,
  { end = false, whole = true }: { end?: boolean; whole?: boolean } = {},
): Buffer {
  const flags = (end ? endStream : 0) | (whole ? endHeaders : 0);
  return frame(frameTypes.headers, headerBlock(Object.entries(fields)), { flags, stream });
}

export function headerBlock(fields: readonly (readonly [string, string])[]): Buffer {
  return Buffer.concat(fields.flatMap(([name, value]) => [Buffer.from([0]), text(name), text(value)]));
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  if (bytes.length < 127) return Buffer.concat([Buffer.from([bytes.length]), bytes]);
  const length = [127];
  let rest = bytes.length - 127;
  for (; rest >= 128; rest = Math.floor(rest / 128)) length.push((rest % 128) + 128);
  return Buffer.concat([Buffer.from([...length, rest]), bytes]);
}

export function data(stream: number, payload: Uint8Array, { end = false }: { end?: boolean } = {}): Buffer {
  return frame(frameTypes.data, payload, { flags: end ? endStream : 0, stream });
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** A whole gRPC message (its five bytes before it), compressed or not. */
export function grpcMessage(message: Uint8Array, compressed = false): Buffer {
  return Buffer.concat([Buffer.from([compressed ? 1 : 0]), uint32(message.length), message]);
}

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

/** The whole frames at the beginning of the bytes, and what is left. */
export function framesIn(bytes: Buffer): { frames: Frame[]; rest: Buffer } {
  const frames: Frame[] = [];
  let at = 0;
  while (bytes.length - at >= 9) {
    const end = at + 9 + bytes.readUIntBE(at, 3);
    if (end > bytes.length) break;
    frames.push({
      type: bytes.readUInt8(at + 3),
      flags: bytes.readUInt8(at + 4),
      stream: bytes.readUInt32BE(at + 5) & 0x7fffffff,
      payload: bytes.subarray(at + 9, end),
    });
    at = end;
  }
  return { frames, rest: bytes.subarray(at) };
}
