import { isLoopback, parseAddress } from "./address.ts";
import type { Problem } from "./problem.ts";
import { readFlag } from "./scalar-schema.ts";
import { fieldOf, fieldsOf } from "./unchecked.ts";

/**
 * What the service refuses to start with, however well it is written.
 *
 * Reads the values as the file has them, so that these problems are reported together
 * with those of the schema.
 */
export function insecurities(file: unknown): Problem[] {
  return [...openListeners(file), ...developmentOnly(file)];
}

/** Whoever reaches the service can make it send messages and try codes. */
function openListeners(file: unknown): Problem[] {
  const apiKeys = fieldOf(file, "apiKeys");
  const isGuarded =
    (Array.isArray(apiKeys) && apiKeys.length > 0) || fieldOf(fieldOf(file, "tls"), "clientCa") !== undefined;
  if (isGuarded) return [];
  return reachableListeners(file).map((listener) => {
    const message = "can be reached from other machines, which needs apiKeys or tls.clientCa";
    return { path: ["listen", listener], message };
  });
}

/** Those of the callers' ports that other machines can reach. */
function reachableListeners(file: unknown): string[] {
  return ["grpc", "http"].filter((listener) => {
    const text = fieldOf(fieldOf(file, "listen"), listener);
    const address = typeof text === "string" ? parseAddress(text) : undefined;
    return address !== undefined && !isLoopback(address.host);
  });
}

/** It shows every code to whoever reads the output, which is for the machine of one developer. */
function exposedOutboxes(file: unknown): Problem[] {
  const [listener] = reachableListeners(file);
  if (listener === undefined) return [];
  return fieldsOf(fieldOf(file, "providers")).flatMap(([name, provider]) => {
    if (fieldOf(provider, "kind") !== "outbox") return [];
    const message = `must not be outbox where listen.${listener} can be reached from other machines: it shows codes to whoever reads the output`;
    return [{ path: ["providers", name, "kind"], message }];
  });
}

function developmentOnly(file: unknown): Problem[] {
  const development = readFlag(fieldOf(file, "development") ?? false);
  // What is neither true nor false is reported as such.
  if (development === undefined) return [];
  const problems: Problem[] = [];
  const storeKind = fieldOf(fieldOf(file, "store"), "kind");
  if (fieldOf(file, "keys") === undefined) {
    if (!development) {
      problems.push({ path: ["keys"], message: "is required without `development: true`" });
    } else if (storeKind === "sqlite" || storeKind === "redis") {
      const message =
        "is required with a store that outlives the process, or what it holds is lost at the next start";
      problems.push({ path: ["keys"], message });
    }
  }
  if (development) return [...problems, ...exposedOutboxes(file)];
  for (const [name, provider] of fieldsOf(fieldOf(file, "providers"))) {
    if (fieldOf(provider, "kind") !== "outbox") continue;
    const message =
      "must not be outbox without `development: true`: it shows codes to whoever reads the output";
    problems.push({ path: ["providers", name, "kind"], message });
  }
  return problems;
}
