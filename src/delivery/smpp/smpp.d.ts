/** What this service uses of npm's smpp, which comes without types. */
declare module "smpp" {
  interface Fields {
    command_status?: number;
    sequence_number?: number;
    [field: string]: string | number | Buffer | undefined;
  }

  interface MessageField {
    /** Octets, unless the header says that the alphabet is a national one. */
    message?: Buffer | string;
  }

  class PDU {
    /** Throws for what it cannot read. */
    constructor(bytes: Buffer);
    constructor(command: string, fields: Fields);
    /** Its name, or `unknown`. */
    readonly command: string;
    readonly command_status: number;
    readonly sequence_number: number;
    /** What follows is there if the PDU has it. Texts are ASCII, of any length. */
    readonly message_id?: string;
    readonly esm_class?: number;
    readonly short_message?: MessageField;
    readonly message_payload?: MessageField;
    readonly receipted_message_id?: string;
    readonly message_state?: number;
    readonly network_error_code?: Buffer;
    isResponse(): boolean;
    toBuffer(): Buffer;
  }

  const smpp: {
    PDU: typeof PDU;
    /** Values of command_status, by name. */
    errors: Readonly<Record<string, number>>;
    /** How messages are turned into text, by the name of the alphabet. */
    encodings: Record<string, unknown>;
  };

  export type { PDU };
  export default smpp;
}
