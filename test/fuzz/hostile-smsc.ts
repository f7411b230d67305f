import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { encode } from "../../src/delivery/smpp/pdu.ts";

/** An SMSC that takes every login and then says what it likes. */
export interface HostileSmsc {
  readonly port: number;
  /** What it says before it answers a message. Empty: nothing but the answer, with the id `m-1`. */
  say(bytes: Uint8Array): void;
  /** What it says in place of the answer to a login; undefined: the answer. */
  greet(bytes: Uint8Array | undefined): void;
  close(): Promise<void>;
}

const bindTransceiver = 0x00000009;
const submitSm = 0x00000004;
const enquireLink = 0x00000015;
const unbind = 0x00000006;

export async function startHostileSmsc(): Promise<HostileSmsc> {
  let said: Uint8Array = new Uint8Array();
  let greeting: Uint8Array | undefined;
  const sockets = new Set<Socket>();

  function answer(socket: Socket, command: number, sequence_number: number): void {
    if (command === bindTransceiver) {
      socket.write(greeting ?? encode("bind_transceiver_resp", { sequence_number, system_id: "hostile" }));
    }
    if (command === submitSm) {
      socket.write(Buffer.concat([said, encode("submit_sm_resp", { sequence_number, message_id: "m-1" })]));
    }
    if (command === enquireLink) socket.write(encode("enquire_link_resp", { sequence_number }));
    if (command === unbind) socket.end(encode("unbind_resp", { sequence_number }));
  }

  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    let unread: Buffer = Buffer.alloc(0);
    socket.on("data", (chunk: Buffer) => {
      unread = Buffer.concat([unread, chunk]);
      // What the client says is sound.
      while (unread.length >= 16 && unread.length >= unread.readUInt32BE()) {
        const length = unread.readUInt32BE();
        answer(socket, unread.readUInt32BE(4), unread.readUInt32BE(12));
        unread = unread.subarray(length);
      }
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    // A TCP server's address has a port.
    port: (server.address() as AddressInfo).port,
    say: (bytes) => {
      said = bytes;
    },
    greet: (bytes) => {
      greeting = bytes;
    },
    close: async () => {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
