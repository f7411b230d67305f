import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import { afterEach, expect, it, vi } from "vitest";
import { dial } from "../../src/store/redis-dial.ts";

const servers: Server[] = [];
afterEach(() => {
  vi.restoreAllMocks();
  for (const server of servers.splice(0)) server.close();
});

/** A node that tells this of the cluster's slots and OK to all else; without slots to tell it says nothing at all. */
async function node(
  slots?: (own: number) => readonly number[],
  { host = "127.0.0.1", named = "$9\r\n127.0.0.1" } = {},
): Promise<number> {
  const server = createServer((socket) => {
    socket.on("error", () => {}).unref();
    socket.on("data", (data) => {
      // One answer for each command, which begins with how many words it has.
      for (const [command] of data.toString().matchAll(/\*\d+\r\n(?:\$\d+\r\n[^\r]*\r\n)+/g)) {
        if (slots === undefined) return;
        const told = command.includes("SLOTS") ? slots((server.address() as AddressInfo).port) : undefined;
        socket.write(told === undefined ? "+OK\r\n" : slotsReply(told, named));
      }
    });
  });
  servers.push(server);
  server.listen(0, host);
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

/** What CLUSTER SLOTS answers where the ports' nodes have an equal share each; `named` is the host of all, as it is written. */
function slotsReply(ports: readonly number[], named: string): string {
  const share = 16_384 / ports.length;
  const shards = ports.map(
    (port, index) =>
      `*3\r\n:${index * share}\r\n:${(index + 1) * share - 1}\r\n` +
      `*3\r\n${named}\r\n:${port}\r\n$1\r\n${index}\r\n`,
  );
  return `*${ports.length}\r\n${shards.join("")}`;
}

async function deadPort(): Promise<number> {
  const port = await node();
  const server = servers.pop();
  server?.close();
  return port;
}

it("a cluster that changes while it is dialled is refused in one sentence, and leaves no failure behind that would end the process", async () => {
  const dead = await deadPort();
  const silent = await node();
  // One node still names the dead primary, the other its successor already, which is not quite up.
  const before = await node((own) => [own, dead]);
  const after = await node((own) => [own, silent]);
  vi.spyOn(Math, "random").mockReturnValue(0); // The client asks its nodes from a random one on.

  const dialled = dial({
    topology: { kind: "cluster", urls: [before, after].map((port) => `redis://127.0.0.1:${port}`) },
    tls: false,
    timeoutMs: 200,
    onError: () => {},
  });

  await expect(dialled).rejects.toThrow(
    /^Redis at cluster 127\.0\.0\.1:\d+, 127\.0\.0\.1:\d+ cannot be used: .*\.$/,
  );
});

it.each([
  ["nothing", "$-1"],
  ["an empty host", "$0\r\n"],
  ["a question mark", "$1\r\n?"],
])("nodes of a cluster that tells %s of where they are, are where it was asked", async (_, named) => {
  const host = "127.0.0.2"; // The client by itself would try localhost.
  const port = await node((own) => [own], { host, named });

  const dialled = dial({
    topology: { kind: "cluster", urls: [`redis://${host}:${port}`] },
    tls: false,
    timeoutMs: 1_000,
    onError: () => {},
  });

  // The stand-in has been asked for its INFO, to which it says what no primary does.
  await expect(dialled).rejects.toThrow(`Redis at cluster ${host}:${port} cannot be used: it is a replica`);
});
