import { request } from "undici";
import { type HttpProxy, openAgent } from "../http.ts";

/** Fetches a page; undefined if it did not come, in time and whole, with status 200. */
export type Get = (url: string) => Promise<string | undefined>;

const bodyBytesMax = 16 * 1024;

/** Follows no redirect and repeats nothing. Milliseconds, in all. */
export function getWithin(timeoutMs: number, proxy?: HttpProxy): Get {
  const settings = { connectTimeoutMs: timeoutMs, ...(proxy !== undefined && { proxy }) };
  const dispatcher = openAgent(settings);
  return async (url) => {
    try {
      const { statusCode, body } = await request(url, {
        // The connection is not worth keeping: such a page is needed once in a long while.
        reset: true,
        dispatcher,
        signal: AbortSignal.timeout(timeoutMs),
      });
      const chunks: Buffer[] = [];
      let length = 0;
      // undici leaves open what a body is made of: of buffers, as long as no encoding is set.
      for await (const chunk of body as AsyncIterable<Buffer>) {
        length += chunk.length;
        if (length > bodyBytesMax) return undefined;
        chunks.push(chunk);
      }
      return statusCode === 200 ? Buffer.concat(chunks).toString("utf8") : undefined;
    } catch {
      return undefined;
    }
  };
}
