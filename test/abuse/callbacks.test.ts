import { expect, test } from "vitest";
import { http } from "../rpc/wire.ts";
import { allClosed, many, serve } from "./abused-service.ts";
import { Attacker } from "./attacker.ts";

const path = "/reports/vendor";
const begin = Buffer.from(`POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n`);

/** A report as a vendor posts it; a service without that vendor answers it as a forged one, having read it. */
async function report(port: number): Promise<number> {
  return (await http(port, { verb: "POST", path, body: "[]" })).status;
}

test("reports are read while more slow ones come than the port has connections", async () => {
  const { ports } = await serve();
  const slow = await many(1_100, () => Attacker.dial(ports.callbacks));
  for (const one of slow) one.write(begin, Buffer.from("["));
  for (let times = 0; times < 5; times++) expect(await report(ports.callbacks)).toBe(403);
});

test("reports that never come whole are given up, and others are read meanwhile", async () => {
  const { ports } = await serve({ patienceMs: 200 });
  const slow = await many(100, () => Attacker.dial(ports.callbacks));
  for (const one of slow) one.write(begin);
  expect(await report(ports.callbacks)).toBe(403);
  while (slow.some(({ closed }) => !closed)) {
    for (const one of slow) await one.push(Buffer.from(" "));
    await new Promise((resolve) => setImmediate(resolve));
  }
  await allClosed(slow);
  expect(await report(ports.callbacks)).toBe(403);
});

test("whoever asks and asks without reading loses the connection, and others are answered", async () => {
  const { ports } = await serve({ patienceMs: 200 });
  const [hasty] = await many(1, () => Attacker.dial(ports.callbacks));
  hasty?.write(Buffer.from(`GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`.repeat(1_000)));
  if (hasty !== undefined) await allClosed([hasty]);
  expect(await report(ports.callbacks)).toBe(403);
});
