import smpp, { type PDU } from "smpp";

// Leaves messages as octets: the library reads them as GSM-7 where every SMSC writes its receipts in ASCII.
for (const name of Object.keys(smpp.encodings)) delete smpp.encodings[name];

const headerBytes = 16;

/** Nothing is longer: the longest field holds 64 KiB. A greater length is none, but bytes of something else. */
const frameBytesMax = 128 * 1024;

/** Cuts what a connection brings into PDUs. */
export class Frames {
  #bytes: Buffer = Buffer.alloc(0);

  add(chunk: Buffer): void {
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
  }

  /** The next whole PDU; undefined until there is one. What follows something malformed cannot be read. */
  next(): Buffer | "malformed" | undefined {
    if (this.#bytes.length < 4) return undefined;
    const length = this.#bytes.readUInt32BE();
    if (length < headerBytes || length > frameBytesMax) return "malformed";
    if (this.#bytes.length < length) return undefined;
    const frame = this.#bytes.subarray(0, length);
    this.#bytes = this.#bytes.subarray(length);
    return frame;
  }
}

/** Undefined for what the library cannot read, which throws all sorts of errors. */
export function decode(frame: Buffer): PDU | undefined {
  try {
    return new smpp.PDU(frame);
  } catch {
    return undefined;
  }
}

/** The part of the header that can be read whatever the PDU is. */
export function headerOf(frame: Buffer): { isResponse: boolean; sequence: number } {
  return { isResponse: frame.readUInt32BE(4) >= 0x80000000, sequence: frame.readUInt32BE(12) };
}

/** TLVs are given as octets: the library has no way to write those of vendors. */
export function encode(
  command: string,
  fields: ConstructorParameters<typeof PDU>[1],
  tlvs: ReadonlyMap<number, Buffer> = new Map(),
): Buffer {
  const octets = Array.from(tlvs, ([tag, value]) => {
    const head = Buffer.alloc(4);
    head.writeUInt16BE(tag, 0);
    head.writeUInt16BE(value.length, 2);
    return [head, value];
  });
  const pdu = Buffer.concat([new smpp.PDU(command, fields).toBuffer(), ...octets.flat()]);
  pdu.writeUInt32BE(pdu.length, 0);
  return pdu;
}
