import fc from "fast-check";

/** A value as JSON and YAML have them. */
export type Tree = null | boolean | number | string | readonly Tree[] | { readonly [name: string]: Tree };

type Change =
  | { kind: "replace"; node: number; by: Tree }
  | { kind: "remove" | "duplicate" | "wrap"; node: number }
  | { kind: "rename"; node: number; to: string }
  /** Changes a bit of a number, and a character of a text. */
  | { kind: "nudge"; node: number; bit: number }
  /** Puts a node in the place of another: of the right kind, perhaps, and out of place. */
  | { kind: "graft"; node: number; from: number }
  | { kind: "add"; node: number; name: string; value: Tree };

/** Names that objects have without having been given them, and some nobody has. */
const oddNames = [
  "__proto__",
  "constructor",
  "toString",
  "hasOwnProperty",
  "",
  "0",
  "a b",
  "ünknown",
  "then",
];

const oddScalars: readonly (null | boolean | number | string)[] = [
  null,
  true,
  false,
  0,
  -0,
  -1,
  1,
  0.5,
  1e300,
  -1e300,
  Number.MAX_SAFE_INTEGER,
  Number.MAX_SAFE_INTEGER + 2,
  8.64e15,
  253_402_300_800_000,
  4_294_967_296,
  "",
  "0",
  "null",
  "10m",
  "\0",
  "\ud800",
  "\u202e",
  "x".repeat(5_000),
];

const scalar = fc.oneof(
  fc.constantFrom(...oddScalars),
  fc.integer(),
  fc.string({ unit: "binary", maxLength: 20 }),
);
const name = fc.oneof(fc.constantFrom(...oddNames), fc.string({ maxLength: 12 }));

const anything: fc.Arbitrary<Tree> = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    scalar,
    fc.array(tie("tree"), { maxLength: 3 }),
    fc.array(fc.tuple(name, tie("tree")), { maxLength: 3 }).map(objectOf),
  ),
})).tree;

/** A list in a list in a list, deeper than any setting or message is. */
const deep = fc.integer({ min: 20, max: 300 }).map((depth) => {
  let tree: Tree = [];
  for (let level = 0; level < depth; level += 1) tree = [tree];
  return tree;
});

const node = fc.nat(10_000);
const change: fc.Arbitrary<Change> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant("replace" as const), node, by: fc.oneof(scalar, anything) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("replace" as const), node, by: deep }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("nudge" as const), node, bit: fc.nat(48) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("graft" as const), node, from: node }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("remove" as const), node }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("duplicate" as const), node }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("wrap" as const), node }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("rename" as const), node, to: name }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("add" as const), node, name, value: anything }) },
);

/** The tree with a few of its nodes gone, doubled, renamed, or of another kind than they should be. */
export function mutatedTree(whole: fc.Arbitrary<Tree>, { most = 3 } = {}): fc.Arbitrary<Tree> {
  return fc
    .tuple(whole, fc.array(change, { minLength: 1, maxLength: most }))
    .map(([tree, changes]) => changes.reduce(changed, tree));
}

function changed(tree: Tree, change: Change): Tree {
  const nodes = nodesOf(tree);
  const left = change.node % nodes.length;
  const made =
    change.kind === "graft"
      ? { kind: "replace" as const, node: left, by: nodes[change.from % nodes.length] ?? null }
      : change;
  return rebuilt(tree, { left }, made)[0] ?? null;
}

/** The tree and all that is in it, in the order in which `rebuilt` counts. */
function nodesOf(tree: Tree): Tree[] {
  return [tree, ...childrenOf(tree).flatMap(([, child]) => nodesOf(child))];
}

function childrenOf(tree: Tree): [string, Tree][] {
  return typeof tree === "object" && tree !== null ? Object.entries(tree) : [];
}

/** What stands in the place of the tree: nothing, itself changed somewhere, or twice itself. Counts down to the node. */
function rebuilt(tree: Tree, counter: { left: number }, change: Exclude<Change, { kind: "graft" }>): Tree[] {
  if (counter.left-- === 0) return inPlaceOf(tree, change);
  if (typeof tree !== "object" || tree === null) return [tree];
  const isList = Array.isArray(tree);
  const children = childrenOf(tree).flatMap(([name, child]) => {
    const isTheNode = counter.left === 0;
    const renamed = isTheNode && change.kind === "rename" ? change.to : name;
    return rebuilt(child, counter, change).map((one, index): [string, Tree] => [
      index === 0 ? renamed : `${renamed}${index}`,
      one,
    ]);
  });
  return [isList ? children.map(([, child]) => child) : objectOf(children)];
}

function inPlaceOf(tree: Tree, change: Exclude<Change, { kind: "graft" }>): Tree[] {
  switch (change.kind) {
    case "replace":
      return [change.by];
    case "remove":
      return [];
    case "duplicate":
      return [tree, tree];
    case "wrap":
      return [[tree]];
    case "rename":
      return [tree];
    case "nudge":
      return [nudged(tree, change.bit)];
    case "add":
      if (Array.isArray(tree)) return [[...tree, change.value]];
      return typeof tree === "object" && tree !== null
        ? [objectOf([...childrenOf(tree), [change.name, change.value]])]
        : [change.value];
  }
}

function nudged(tree: Tree, bit: number): Tree {
  if (typeof tree === "boolean") return !tree;
  if (typeof tree === "number") {
    const has = Math.floor(tree / 2 ** bit) % 2 === 1;
    return has ? tree - 2 ** bit : tree + 2 ** bit;
  }
  if (typeof tree !== "string" || tree === "") return tree;
  const at = bit % tree.length;
  return tree.slice(0, at) + String.fromCharCode(tree.charCodeAt(at) ^ (1 << (bit % 7))) + tree.slice(at + 1);
}

/** `__proto__` is a name like any other. */
function objectOf(entries: readonly (readonly [string, Tree])[]): Tree {
  const tree: Record<string, Tree> = {};
  for (const [name, value] of entries) {
    Object.defineProperty(tree, name, { value, enumerable: true, configurable: true, writable: true });
  }
  return tree;
}
