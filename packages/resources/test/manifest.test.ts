import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatIssue } from "../src/issue.ts";
import { parseManifests } from "../src/manifest.ts";
import { resourceKey } from "../src/resource-kind.ts";
import { TWO_TENANTS } from "./declared.ts";

function issues(text: string): string[] {
  const parsed = parseManifests(text, { file: "x.yaml" });
  return parsed.kind === "refused" ? parsed.issues.map(formatIssue) : [];
}

function keys(text: string): string[] {
  const parsed = parseManifests(text, { file: "x.yaml" });
  if (parsed.kind === "refused") throw new Error(parsed.issues.map(formatIssue).join("\n"));
  return parsed.manifests.map(({ resource }) => resourceKey(resource));
}

const TENANT = "apiVersion: selvedge.dev/v1alpha1\nkind: Tenant\nmetadata: { name: red }\n";

describe("parseManifests", () => {
  test("reads many documents and skips empty ones", () => {
    const vrf =
      "apiVersion: selvedge.dev/v1alpha1\nkind: Vrf\nmetadata: { name: main, namespace: red }\n";
    expect(keys(`---\n${TENANT}---\n# nothing\n---\n${vrf}---\n`)).toEqual([
      "tenants/red",
      "vrfs/red/main",
    ]);
    expect(keys("")).toEqual([]);
    expect(keys("# only a comment\n")).toEqual([]);
  });

  test("reads JSON, also with tabs, and a List of resources", () => {
    const items = [...TWO_TENANTS.values()];
    for (const apiVersion of ["v1", "selvedge.dev/v1alpha1"]) {
      const list = { apiVersion, kind: "List", metadata: {}, items };
      expect(keys(JSON.stringify(list, undefined, "\t"))).toEqual([...TWO_TENANTS.keys()]);
    }
    expect(keys(JSON.stringify(items[0]))).toEqual(["hosts/h1"]);
  });

  test("reads an alias as what it stands for", () => {
    const text = `${TENANT.replace("{ name: red }", "&m { name: red }")}---\n`;
    expect(keys(text)).toEqual(["tenants/red"]);
  });

  test("finds every issue of every document, with file, line, column and path", () => {
    const text = `apiVersion: selvedge.dev/v1alpha1
kind: Endpoint
metadata: { name: web-1, namespace: red }
spec:
  subnet: web
  adresses:
    - 10.1.0.11
---
apiVersion: selvedge.dev/v1alpha1
kind: Endpoint
metadata:
  name: web-2
  namespace: red
spec:
  subnet: web
  host: h1
  addresses:
    - 10.1.0.11
    - 10.1.0.300
---
apiVersion: selvedge.dev/v2
kind: Tenant
metadata: { name: Red }
`;
    expect(issues(text)).toEqual([
      "x.yaml:4:1: spec.host: is missing; write the name of a Host with the role vtep",
      'x.yaml:6:3: spec.adresses: unknown field "adresses"; did you mean "addresses"?',
      'x.yaml:19:7: spec.addresses[1]: "10.1.0.300" is not an IP address: 300 is above 255',
      'x.yaml:21:13: apiVersion: "selvedge.dev/v2" is not possible here; write selvedge.dev/v1alpha1',
      'x.yaml:23:19: metadata.name: "Red" is not a name; use at most 63 lower-case letters, digits and hyphens, with a letter or digit first and last',
    ]);
  });

  test("names the item of a List that is wrong", () => {
    const text = `apiVersion: v1
kind: List
items:
  - { apiVersion: selvedge.dev/v1alpha1, kind: Tenant, metadata: { name: red } }
  - apiVersion: selvedge.dev/v1alpha1
    kind: Tenant
    metadata: {}
`;
    expect(issues(text)).toEqual([
      "x.yaml:7:5: items[1].metadata.name: is missing; write the name of the resource",
    ]);
    expect(issues("apiVersion: v1\nkind: List\nitem: []\n")).toEqual([
      "x.yaml:1:1: items: is missing; write a list of resources",
      'x.yaml:3:1: item: unknown field "item"; did you mean "items"?',
    ]);
  });

  test("tells faults of YAML by their place, and still reads the other documents", () => {
    expect(issues(`a: [\n---\n${TENANT}extra: 1\n---\nb: 1\nb: 2\n`)).toEqual([
      "x.yaml:2:1: Flow sequence in block collection must be sufficiently indented and end with a ]",
      'x.yaml:6:1: extra: unknown field "extra"; the fields here are apiVersion, kind, metadata, spec',
      "x.yaml:9:1: Map keys must be unique",
    ]);
    expect(issues("a: *nowhere\n")).toEqual([
      "x.yaml:1:1: Unresolved alias (the anchor must be set before the alias): nowhere",
    ]);
  });

  test("refuses an alias bomb", () => {
    const levels = Array.from({ length: 12 }, (_, level) => {
      const refs = level === 0 ? "x" : Array.from({ length: 9 }, () => `*a${level - 1}`).join(", ");
      return `a${level}: &a${level} [${refs}]\n`;
    });
    expect(issues(levels.join(""))).toEqual([
      "x.yaml:1:1: Excessive alias count indicates a resource exhaustion attack",
    ]);
  });

  test("never throws, whatever the text", () => {
    const pieces = fc.constantFrom(
      "kind: List",
      "items:",
      "- ",
      "\n",
      "  ",
      "{",
      "]",
      "&a",
      "*a",
      "? ",
      ": ",
      "---",
      "%YAML 1.1",
      "!!binary",
      "<<",
      '"',
      "|",
      "a",
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(pieces).map((parts) => parts.join("")),
        ),
        (text) => {
          parseManifests(text, { file: "x.yaml" });
        },
      ),
      { numRuns: 500 },
    );
  });

  test("keeps where a resource was declared, for later issues", () => {
    const parsed = parseManifests(`# head\n---\n${TENANT}`, { file: "x.yaml" });
    const source = parsed.kind === "parsed" ? parsed.manifests[0]?.source : undefined;
    expect(source?.locate([])).toEqual({ file: "x.yaml", line: 3, column: 1 });
    expect(source?.locate(["metadata", "name"])).toEqual({ file: "x.yaml", line: 5, column: 19 });
    expect(source?.locate(["metadata", "labels", "a"])).toMatchObject({ line: 5, column: 1 });
  });
});
