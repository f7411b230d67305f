import { execFileSync } from "node:child_process";

export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly text: string;
  readonly children: readonly Element[];
}

const parser = `
import json, sys
from xml.etree import ElementTree
def tree(one):
    return {"name": one.tag, "attributes": one.attrib, "text": one.text or "", "children": [tree(child) for child in one]}
print(json.dumps([tree(ElementTree.fromstring(one.encode())) for one in json.load(sys.stdin)]))
`;

/** The root elements of documents, as Expat reads them. Throws if one is not well-formed. */
export function parseXml(...documents: string[]): Element[] {
  const answer = execFileSync("/usr/bin/python3", ["-c", parser], {
    input: JSON.stringify(documents),
    maxBuffer: 64 * 1024 * 1024,
  });
  return JSON.parse(answer.toString());
}
