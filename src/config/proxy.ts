import type { HttpProxy } from "../delivery/http.ts";
import type { Environment } from "./environment.ts";

/** The variable may hold a password, so it is not repeated. */
export const proxyProblem = "HTTPS_PROXY: must be a URL such as http://proxy.example:3128";

/** The proxy that the environment names, in the variables that are usual for it; the small ones go first. */
export function proxyOf(env: Environment): HttpProxy | "malformed" | undefined {
  const url = env["https_proxy"] || env["HTTPS_PROXY"];
  if (url === undefined || url === "") return undefined;
  const isSound = /^https?:$/.test(URL.parse(url)?.protocol ?? "");
  return isSound ? { url, noProxy: env["no_proxy"] || env["NO_PROXY"] || "" } : "malformed";
}
