import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import { effort, tally } from "../proof/effort.ts";
import { furtherMistakes } from "./further-variants.ts";
import { brokenFiles, type Notice } from "./variant.ts";
import { knownMistakes } from "./variants.ts";

const all = [...knownMistakes, ...furtherMistakes];
const tried = (effort > 1 ? all : knownMistakes).flatMap(({ name, noticedBy }) =>
  noticedBy.map((detector) => ({ name, detector: detector.name })),
);

/** Many times what a detector takes, for the machine may have other work. */
const minuteMs = 60_000;

/** Vitest's own variables would have the inner Vitest take itself for a worker; the proof's would have it count for others. */
const env = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(VITEST|PASSCODE_|TEST$|NODE_ENV$)/.test(name)),
);

let ofVariants: readonly Notice[];
let ofTheProduct: readonly Notice[];
beforeAll(async () => {
  const names = new Set(tried.map(({ name }) => name));
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["test/controls/run-variants.ts", ...names],
    { env, maxBuffer: 2 ** 26 },
  );
  // The last line; the cast restates what the script prints.
  const notices = JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "") as Notice[];
  ofVariants = notices.slice(0, tried.length);
  ofTheProduct = notices.slice(tried.length);
}, minuteMs * tried.length);

describe("The suite notices a product in which", () => {
  it.each(tried.map((one, index) => ({ ...one, index })))("$name, by $detector", ({ index }) => {
    const { failed, errors } = ofVariants[index] as Notice;
    expect(errors).toEqual([]);
    expect(failed).not.toEqual([]);
    tally("controls", { "mistakes caught": 1 });
  });
});

it("The suite finds nothing wrong with the product as it is, by the same tests", () => {
  expect(ofTheProduct.length).toBeGreaterThan(0);
  for (const { passed, failed, errors } of ofTheProduct) {
    expect([failed, errors]).toEqual([[], []]);
    expect(passed).toBeGreaterThan(0);
  }
});

it.each(all.map((variant) => [variant.name, variant] as const))(
  "The place to break is still in the source: %s",
  (_, variant) => {
    expect(() => brokenFiles(variant)).not.toThrow();
  },
);
