import { describe, expect, it } from "vitest";
import { looksBroken } from "../../src/store/redis-connection.ts";

describe("Another connection is sought", () => {
  it.each([
    ["the connection broke", new Error("Socket closed unexpectedly")],
    ["Redis is a replica now", new Error("READONLY You can't write against a read only replica.")],
    [
      "Redis 6.2 is a replica now",
      new Error(
        "ERR Error running script (call to f_5e1e): @user_script:4: @user_script: 4: -READONLY You can't write against a read only replica.",
      ),
    ],
  ])("when %s", (_, error) => expect(looksBroken(error)).toBe(true));

  it.each([
    ["its memory is full", "OOM command not allowed when used memory > 'maxmemory'."],
    ["another kind of record is there", "WRONGTYPE Operation against a key holding the wrong kind of value"],
  ])("not when %s", (_, message) => expect(looksBroken(new Error(message))).toBe(false));
});
