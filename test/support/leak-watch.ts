import { ConnectError, type Interceptor } from "@connectrpc/connect";

/** What a message tells its receiver, as the outbox shows it or a provider is handed it. */
interface Delivered {
  readonly to: string;
  readonly text: string;
}

/** What is left of a number without its country code is no shorter. */
const nationalDigitsMin = 9;

/** What the tests of this file were sent and handed in, in the forms that whole words may have. */
const watched = { codes: new Set<string>(), numbers: new Set<string>(), texts: new Set<string>() };

/** From now on neither the destination nor the code of the message may be found. */
export function watchMessage({ to, text }: Delivered): void {
  watchDestination(to);
  const unspoken = text.replaceAll(/(?<=\b\w)\. (?=\w\b)/g, "");
  // Shorter codes are found by chance in ports, line numbers and durations. Of six digits, one in
  // a million words of six digits is alike, and hardly a log has one.
  for (const [word] of unspoken.matchAll(/\b(?:\d{6,10}|[2-79CDFGHJKMNP-TV-Z]{6,10})\b/g)) {
    watched.codes.add(word);
  }
}

/** From now on the number in E.164, or the address, may not be found. What is neither is not watched for. */
export function watchDestination(destination: string): void {
  if (/^\+\d{10,15}$/.test(destination)) {
    for (let start = 1; destination.length - start >= nationalDigitsMin; start++) {
      watched.numbers.add(destination.slice(start));
    }
  } else if (/^.{2,}@.{4,}$/.test(destination)) {
    watched.texts.add(destination.toLowerCase());
  } else {
    return;
  }
  for (const text of [destination, destination.replace(/^\+/, "")]) {
    const bytes = Buffer.from(text);
    watched.texts.add(bytes.toString("base64url").toLowerCase()).add(bytes.toString("hex"));
  }
}

/** The codes and destinations that a text has as words of their own, plain or encoded. */
function leaksIn(text: string): string[] {
  const words = (pattern: RegExp) => text.match(pattern) ?? [];
  const codes = words(/(?<![0-9A-Za-z])[0-9A-Za-z]{6,10}(?![0-9A-Za-z])/g).filter((word) =>
    watched.codes.has(word.toUpperCase()),
  );
  const numbers = words(/\d{9,}/g).filter((digits) => watched.numbers.has(digits));
  const texts = words(/[^\s"\\<>,;:=()[\]{}]{9,}/g).filter((word) => {
    const plain = word.toLowerCase();
    return watched.texts.has(plain) || watched.texts.has(plain.replaceAll("+", "-").replaceAll("/", "_"));
  });
  return [...codes, ...numbers, ...texts];
}

/** Throws if any of the texts has a watched code or destination in it. */
export function refuseLeaks(where: string, texts: Iterable<string>): void {
  const leaks = [...texts].flatMap((text) =>
    leaksIn(text).map((leak) => `${leak} in: ${text.slice(0, 500)}`),
  );
  if (leaks.length > 0) throw new Error(`found in ${where}:\n${leaks.slice(0, 10).join("\n")}`);
}

/** Watches for the destinations that a client hands in, and keeps what it is told. */
export function watchCalls(told: string[]): Interceptor {
  return (next) => async (request) => {
    if (!request.stream && "destination" in request.message) {
      // The one message with this field; its oneof has a text as value, or none.
      const { value } = request.message.destination as { value?: string };
      watchDestination(value ?? "");
    }
    try {
      const answer = await next(request);
      if (!answer.stream) told.push(JSON.stringify(answer.message, plainly));
      return answer;
    } catch (error) {
      const { message, metadata, details } = ConnectError.from(error);
      told.push(`${message}\n${JSON.stringify([...metadata])}\n${JSON.stringify(details, plainly)}`);
      throw error;
    }
  };
}

function plainly(_: string, value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  return value instanceof Uint8Array ? Buffer.from(value).toString("latin1") : value;
}

/** A Redis of the tests. */
interface WatchedRedis {
  command(...words: string[]): Promise<unknown>;
}

/**
 * Rejects if a key or a value in Redis has a watched code or destination in it, or if a
 * key would live for ever; and if it cannot be looked through. A server that is gone, or
 * is a sentinel, which keeps no records, has nothing to be looked through.
 */
export async function refuseLeaksInRedis(redis: WatchedRedis): Promise<void> {
  refuseLeaks("Redis", await listBy(everyRecord, redis));
  const immortal = await listBy(immortalKeys, redis);
  if (immortal.length > 0) throw new Error(`never expire: ${immortal.join(", ")}`);
}

/** What a script answers, which has to be a list. The scripts write nothing, so a full Redis runs them too. */
async function listBy(script: string, redis: WatchedRedis): Promise<string[]> {
  const answer = await redis.command("EVAL", script, "0").catch((error: unknown) => {
    if (isGone(error) || isSentinels(error)) return [];
    throw error;
  });
  if (!Array.isArray(answer)) throw new TypeError("Redis answered something other than a list");
  return answer.map(String);
}

function isGone(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = "code" in error ? error.code : undefined;
  return code === "ECONNREFUSED" || code === "ECONNRESET" || error.message === "Socket closed unexpectedly";
}

function isSentinels(error: unknown): boolean {
  return error instanceof Error && /^ERR unknown command 'eval'/i.test(error.message);
}

const everyRecord = `
local records = {}
for _, key in ipairs(redis.call('KEYS', '*')) do
  table.insert(records, key)
  if redis.call('TYPE', key).ok == 'string' then table.insert(records, redis.call('GET', key)) end
end
return records
`;

const immortalKeys = `
local immortal = {}
for _, key in ipairs(redis.call('KEYS', '*')) do
  if redis.call('PTTL', key) == -1 then table.insert(immortal, key) end
end
return immortal
`;
