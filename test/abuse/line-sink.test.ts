import { describe, expect, test, vi } from "vitest";
import { LineSink } from "../../src/telemetry/line-sink.ts";

/** A pipe that has room for so many bytes until its reader takes them. */
class Pipe {
  room: number;
  taken = "";
  gone = false;

  constructor(room: number) {
    this.room = room;
  }

  readonly write = (bytes: Uint8Array): number => {
    if (this.gone) throw Object.assign(new Error("the reader has gone"), { code: "EPIPE" });
    if (this.room === 0) throw Object.assign(new Error("no room"), { code: "EAGAIN" });
    const some = bytes.subarray(0, this.room);
    this.room -= some.length;
    this.taken += Buffer.from(some).toString();
    return some.length;
  };
}

const line = (name: string) => `${name.padEnd(9, ".")}\n`;

describe("lines for a reader", () => {
  test("who keeps up are written at once", () => {
    const pipe = new Pipe(1_000);
    const sink = new LineSink(pipe.write);
    sink.write(line("a"));
    expect(pipe.taken).toBe(line("a"));
  });

  test("who is slow wait for him, whole and in order", async () => {
    const pipe = new Pipe(15);
    const sink = new LineSink(pipe.write);
    for (const name of ["a", "b", "c"]) sink.write(line(name));
    expect(pipe.taken).toBe(line("a") + line("b").slice(0, 5));
    pipe.room = 1_000;
    await vi.waitUntil(() => sink.waiting === 0);
    sink.write(line("d"));
    expect(pipe.taken).toBe(["a", "b", "c", "d"].map(line).join(""));
  });

  test("who has stopped are bounded: those on top are dropped, and counted once there is room again", async () => {
    const pipe = new Pipe(0);
    const sink = new LineSink(pipe.write, { bytesMax: 50 });
    const dropped: number[] = [];
    sink.onDropped = (count) => dropped.push(count);
    for (let made = 0; made < 10_000; made++) sink.write(line(String(made)));
    expect(sink.waiting).toBe(50);
    pipe.room = 1_000;
    await vi.waitUntil(() => dropped.length > 0);
    expect(dropped).toEqual([9_995]);
    expect(pipe.taken).toBe(["0", "1", "2", "3", "4"].map(line).join(""));
  });

  test("whom trouble keeps from reading wait for it to pass", async () => {
    const pipe = new Pipe(1_000);
    let fullDisk = true;
    const sink = new LineSink((bytes) => {
      if (fullDisk) throw Object.assign(new Error("no space"), { code: "ENOSPC" });
      return pipe.write(bytes);
    });
    sink.write(line("a"));
    fullDisk = false;
    await vi.waitUntil(() => pipe.taken === line("a"));
  });

  test("who has gone are kept for nobody", () => {
    const pipe = new Pipe(1_000);
    const sink = new LineSink(pipe.write);
    pipe.gone = true;
    sink.write(line("a"));
    sink.write(line("b"));
    expect(sink.waiting).toBe(0);
  });

  test("who comes back as the process ends are all there", () => {
    const pipe = new Pipe(0);
    let asked = 0;
    const sink = new LineSink((bytes) => {
      asked += 1;
      if (asked === 5) pipe.room = 1_000;
      return pipe.write(bytes);
    });
    sink.write(line("a"));
    sink.write(line("b"));
    sink.flush();
    expect(pipe.taken).toBe(line("a") + line("b"));
  });

  test("who does not come back hold the process's end up no longer than moderately", () => {
    const pipe = new Pipe(0);
    const sink = new LineSink(pipe.write);
    sink.write(line("a"));
    sink.flush();
    expect(sink.waiting).toBe(line("a").length);
  });
});
