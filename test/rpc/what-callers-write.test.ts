import { hash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readableLine } from "../../src/telemetry/readable-lines.ts";
import { startService, type TestService } from "../support/service.ts";

let service: TestService;
let number = 41_791_000_000;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

async function sendWith(fields: { locale?: string; endUser?: { deviceId: string } }) {
  number += 1;
  const destination = { case: "phoneNumber", value: `+${number}` } as const;
  await service.clients.connect.sendPasscode({ destination, ...fields });
  return service.messages.findLast(({ to }) => to === destination.value)?.text ?? "";
}

describe("a locale", () => {
  const german = /gültig|Gültig/;
  test.each(["de-CH", "de_CH", "DE_ch", "de_CH.UTF-8", "de_DE.ISO8859-1", "de_CH_1996"])(
    "written as %s is read as the language it names",
    async (locale) => {
      const text = await sendWith({ locale });
      expect(text).toMatch(german);
      expect(text).not.toMatch(/Valid for/);
    },
  );

  test.each(["x-klingon", "i-klingon", "tlh", "C", "POSIX", "zz_ZZ", "qaa-Qaaa-QM"])(
    "that is none the service speaks falls back to the profile's: %s",
    async (locale) => {
      expect(await sendWith({ locale })).toMatch(/Valid for/);
    },
  );
});

describe("a device's name", () => {
  test.each(["Kim’s iPhone", "キムのiPhone", "📱".repeat(128), "é".repeat(128), "<a href='x'>\"\\"])(
    "is any text, and comes into the log as a mark that tells it from others: %s",
    async (deviceId) => {
      await sendWith({ endUser: { deviceId } });
      const lines = service.logLines.map((line) => JSON.parse(line) as Record<string, unknown>);
      const mark = hash("sha256", deviceId).slice(0, 16);
      expect(lines.filter((line) => line["endUserDevice"] === mark)).toHaveLength(1);
      expect(lines.filter((line) => JSON.stringify(line).includes(deviceId))).toEqual([]);
    },
  );

  test("that is not seen, or steers a terminal, is shown by its numbers there", () => {
    const line = JSON.stringify({
      time: "2026-11-22T12:00:00.000Z",
      level: "info",
      event: "call",
      endUserDevice: "a\u200bb\u{e0041}",
    });
    expect(readableLine(line)).toContain('endUserDevice="a\\u{200b}b\\u{e0041}"');
    const other = line.replace("a\u200bb", "Kim’s iPhone \u2028");
    expect(readableLine(other)).toContain('endUserDevice="Kim’s iPhone \\u{2028}\\u{e0041}"');
  });
});
