import { z } from "zod";
import type { RedisSettings } from "../store/open-store.ts";
import { parseRedisUrl, type RedisNode, type RedisTopology } from "../store/redis-options.ts";
import { parseAddress } from "./address.ts";
import { checkClientCertificate, clientCertificateFields } from "./client-certificate.ts";
import { listOf } from "./collection-schema.ts";
import { certificateFile, type Files } from "./pem.ts";
import { address, type duration, flag, host, text, textScalar } from "./scalar-schema.ts";

/** Never shown: it may hold a password. */
const redisUrl = textScalar((value) => {
  try {
    parseRedisUrl(value);
    return value;
  } catch {
    return undefined;
  }
}, "a URL such as redis://host:6379/0, or rediss: for TLS");

const sentinel = z.strictObject({
  name: text({ lengthMax: 100 }),
  nodes: listOf(address({ portMin: 1 }), { countMax: 100 }),
  username: text({ lengthMax: 200 }).exactOptional(),
  password: text({ lengthMax: 1_000 }).exactOptional(),
});

/** Where the nodes of a cluster are reached, by where they say they are. */
const addressMapSchema = z
  .record(
    z.string().refine((key) => parseAddress(key) !== undefined, "host:port, as the cluster tells it"),
    address({ portMin: 1 }),
  )
  .transform((places): ReadonlyMap<string, RedisNode> => new Map(Object.entries(places)));

export function redisSchema(files: Files, timeout: z.ZodDefault<ReturnType<typeof duration>>) {
  return z
    .strictObject({
      kind: z.literal("redis"),
      url: redisUrl.exactOptional(),
      cluster: listOf(redisUrl, { countMax: 100 }).exactOptional(),
      sentinel: sentinel.exactOptional(),
      username: text({ lengthMax: 200 }).exactOptional(),
      password: text({ lengthMax: 1_000 }).exactOptional(),
      tls: flag().exactOptional(),
      ca: certificateFile(files).exactOptional(),
      serverName: host.exactOptional(),
      ...clientCertificateFields(files),
      addressMap: addressMapSchema.exactOptional(),
      timeout,
    })
    .transform(
      (
        { url, cluster, sentinel, addressMap, tls: tlsGiven, timeout: timeoutMs, ...settings },
        context,
      ): RedisSettings => {
        const refuse = (path: string[], message: string) =>
          context.addIssue({ code: "custom", path, message });
        const [topology, ...others] = topologies({ url, cluster, sentinel, addressMap });
        if (topology === undefined || others.length > 0) {
          refuse([], "needs exactly one of url, cluster and sentinel");
          return z.NEVER;
        }
        const secure = urlsOf(topology).map((one) => one.startsWith("rediss:"));
        if (new Set(secure).size > 1) refuse(["cluster"], "must be redis: or rediss: throughout");
        const [tls = tlsGiven ?? false] = secure;
        if (tlsGiven !== undefined && tlsGiven !== tls)
          refuse(["tls"], `contradicts ${tls ? "a rediss:" : "a redis:"} URL`);
        for (const path of ["ca", "serverName", "certificate", "key"] as const) {
          if (settings[path] !== undefined && !tls) refuse([path], "is of no use without tls");
        }
        checkClientCertificate(settings, context);
        if (addressMap !== undefined && cluster === undefined) {
          refuse(["addressMap"], "is of no use without cluster");
        }
        return { ...settings, topology, tls, timeoutMs };
      },
    );
}

type TopologySettings = {
  url: string | undefined;
  cluster: string[] | undefined;
  addressMap: z.output<typeof addressMapSchema> | undefined;
  sentinel: z.output<typeof sentinel> | undefined;
};

function topologies({ url, cluster, addressMap, sentinel }: TopologySettings): RedisTopology[] {
  const given: RedisTopology[] = [];
  if (url !== undefined) given.push({ kind: "single", url });
  if (cluster !== undefined) given.push({ kind: "cluster", urls: cluster, addressMap });
  if (sentinel !== undefined) given.push({ kind: "sentinel", ...sentinel });
  return given;
}

function urlsOf(topology: RedisTopology): readonly string[] {
  switch (topology.kind) {
    case "single":
      return [topology.url];
    case "cluster":
      return topology.urls;
    case "sentinel":
      return [];
  }
}
