import type { ApiKeys } from "../config/api-key.ts";

/** Who calls, and what they may do. */
interface Caller {
  /** For the log, and to tell the sends of one from those of another. */
  readonly name: string;
  mayUse(profile: string): boolean;
}

export type Authenticate = (authorization: string | undefined) => Caller | undefined;

const anyone: Caller = { name: "anonymous", mayUse: () => true };
const bearer = /^Bearer ([!-~]{1,256})$/i;

/** Callers hold API keys; where none are configured, everybody who can connect may call. */
export function authenticateBy(apiKeys: ApiKeys | undefined): Authenticate {
  if (apiKeys === undefined) return () => anyone;
  return (authorization) => {
    const key = bearer.exec(authorization ?? "")?.[1];
    const holder = key === undefined ? undefined : apiKeys.find(key);
    if (holder === undefined) return undefined;
    const { name, profiles } = holder;
    return { name, mayUse: (profile) => profiles === undefined || profiles.has(profile) };
  };
}
