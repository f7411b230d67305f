import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

/** Writes a configuration for callers on this machine, with keys of its own that are the same for every process started with it. */
export function writeServiceFile(folder: string, rest: string): string {
  const path = join(folder, "passcode.yaml");
  writeFileSync(
    path,
    `
listen:
  grpc: 127.0.0.1:0
  http: 127.0.0.1:0
keys:
  index: ${randomBytes(32).toString("base64")}
  codes:
    - id: 1
      secret: ${randomBytes(32).toString("base64")}
${rest}`,
  );
  return path;
}
