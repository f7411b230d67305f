import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

/** Writes a configuration for development with a store, whose keys stay the same for every process started with it. */
export function writeDevelopmentFile(folder: string, store: string, more = ""): string {
  const path = join(folder, "passcode.yaml");
  writeFileSync(
    path,
    `
development: true
listen:
  grpc: 127.0.0.1:0
  http: 127.0.0.1:0
keys:
  index: ${randomBytes(32).toString("base64")}
  codes:
    - id: 1
      secret: ${randomBytes(32).toString("base64")}
store: ${store}
providers:
  dev:
    kind: outbox
profiles:
  default:
    brand: Acme
    channels:
      sms: dev
      voice: dev
      email: dev
${more}`,
  );
  return path;
}
