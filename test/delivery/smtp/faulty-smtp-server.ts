import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";

/** Where in a conversation: the greeting, a command, the first line of the message's text, the dot that ends it. */
type Step = "greeting" | "EHLO" | "STARTTLS" | "AUTH" | "MAIL" | "RCPT" | "DATA" | "text" | "end" | "RSET";

/** What the server does there: says a line, at once or later, ends the connection, drops it unread, says nothing, or says a reply without an end. */
type Reaction = { say: string; afterMs?: number } | "hangUp" | "cutOff" | "silence" | "trickle";

/** Says the usual thing wherever no reaction is given. */
export type Script = Partial<Record<Step, Reaction>>;

export interface FaultySmtpServer {
  port: number;
  connections: number;
  /** Connections open at the same time, at most. */
  connectionsPeak: number;
  /** Every command of every connection, in order. */
  commands: string[];
  /** The text of every message that was taken, as it was sent. */
  texts: string[];
  /** Ends every connection, without a word. */
  hangUp(): void;
  stop(): Promise<void>;
}

const usual: Readonly<Record<Step, string>> = {
  greeting: "220 mail.test",
  EHLO: "250 mail.test",
  STARTTLS: "502 not here",
  AUTH: "503 not here",
  MAIL: "250 ok",
  RCPT: "250 ok",
  DATA: "354 go on",
  text: "",
  end: "250 taken",
  RSET: "250 ok",
};

/** A mail server in clear text that misbehaves as the script says. */
export async function startFaultySmtpServer(script: Script): Promise<FaultySmtpServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    faulty.connections += 1;
    faulty.connectionsPeak = Math.max(faulty.connectionsPeak, sockets.size);
    converse(socket, script, faulty);
  });
  const faulty: FaultySmtpServer = {
    port: 0,
    connections: 0,
    connectionsPeak: 0,
    commands: [],
    texts: [],
    hangUp: () => hangUp(sockets),
    stop: () => close(server, sockets),
  };
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address !== null && typeof address === "object") faulty.port = address.port;
  return faulty;
}

function converse(socket: Socket, script: Script, seen: FaultySmtpServer): void {
  let unread = "";
  let text: string[] | undefined;

  function react(step: Step): void {
    const reaction = script[step] ?? { say: usual[step] };
    if (reaction === "hangUp") socket.end();
    else if (reaction === "cutOff") socket.destroy();
    else if (reaction === "trickle") trickle(socket);
    else if (reaction !== "silence" && reaction.say !== "") say(socket, reaction);
  }

  function hear(line: string): void {
    if (text === undefined) {
      seen.commands.push(line);
      const step = (line.split(/[ :]/, 1)[0] ?? "") as Step;
      if (line === "DATA") text = [];
      react(step);
    } else if (line === ".") {
      seen.texts.push(text.join("\r\n"));
      text = undefined;
      react("end");
    } else {
      if (text.length === 0) react("text");
      text.push(line.replace(/^\./, ""));
    }
  }

  react("greeting");
  socket.setEncoding("utf8");
  socket.on("data", (chunk: string) => {
    const lines = (unread + chunk).split("\r\n");
    unread = lines.pop() ?? "";
    lines.forEach(hear);
  });
}

function say(socket: Socket, { say, afterMs }: { say: string; afterMs?: number }): void {
  const write = () => socket.write(`${say}\r\n`);
  if (afterMs === undefined) write();
  else setTimeout(write, afterMs);
}

/** Keeps a client busy with a reply that never ends, which no limit on silence notices. */
function trickle(socket: Socket): void {
  const timer = setInterval(() => socket.write("250-and so on\r\n"), 20);
  socket.on("close", () => clearInterval(timer));
}

function hangUp(sockets: ReadonlySet<Socket>): void {
  for (const socket of sockets) socket.destroy();
}

async function close(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  hangUp(sockets);
  server.close();
  await once(server, "close");
}
