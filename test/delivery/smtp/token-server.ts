import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

type Answer = { status: number; body: unknown } | "silence" | "hangUp";

/** An authorization server's token endpoint that answers as it is told, the last answer again and again. */
export async function startTokenServer(...answers: Answer[]) {
  const requests: URLSearchParams[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      requests.push(new URLSearchParams(Buffer.concat(chunks).toString()));
      const answer = answers[Math.min(requests.length, answers.length) - 1] ?? "silence";
      if (answer === "hangUp") response.socket?.destroy();
      if (typeof answer === "string") return;
      response.writeHead(answer.status, { "content-type": "application/json" });
      response.end(JSON.stringify(answer.body));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  // A TCP server on a port has an address of this form.
  const { port } = server.address() as AddressInfo;
  return { tokenUrl: `http://127.0.0.1:${port}/token`, requests };
}

export function granted(access_token: string, more: object = { expires_in: 3_600 }): Answer {
  return { status: 200, body: { access_token, token_type: "Bearer", ...more } };
}

export function refused(error: string, status = 400): Answer {
  return { status, body: { error, error_description: "AADSTS7000215: words of the server" } };
}
