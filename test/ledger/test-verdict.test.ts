import { describe, expect, it } from "vitest";
import { brief, DestinationLife } from "./ledgers.ts";

const test = { isTest: true };

describe("A test destination of a test profile", () => {
  it("where every code is right approves a wrong one, once", () => {
    const life = new DestinationLife();
    const session = life.open({ testVerdict: "right" });
    expect(brief(life.wrong(session, test))).toBe("approved");
    expect(brief(life.wrong(session, test))).toBe("alreadyApproved");
  });

  it("where every code is wrong refuses the right one, and counts it", () => {
    const life = new DestinationLife();
    const session = life.open({ testVerdict: "wrong" });
    expect(brief(life.right(session, test))).toBe("pending");
    expect(life.view(session).attempts).toBe(1);
  });

  it("without a verdict of its own compares codes as any other", () => {
    const life = new DestinationLife();
    const session = life.open();
    expect(life.session(session)).not.toHaveProperty("testVerdict");
    expect(brief(life.wrong(session, test))).toBe("pending");
    expect(brief(life.right(session, test))).toBe("approved");
  });

  it("approves no other purpose, whatever is said of its codes", () => {
    const life = new DestinationLife();
    const session = life.open({ testVerdict: "right" });
    const binding = life.keys.bindingOf("transfer", {});
    expect(brief(life.right(session, { ...test, binding }))).toBe("pending");
  });
});

describe("In any other profile", () => {
  it.each(["right", "wrong"] as const)(
    "codes that a session says are always %s are compared",
    (testVerdict) => {
      const life = new DestinationLife();
      const session = life.open({ testVerdict });
      expect(brief(life.wrong(session))).toBe("pending");
      expect(brief(life.right(session))).toBe("approved");
    },
  );
});
