import { describe, expect, test } from "vitest";
import { admit } from "../../src/admission/admit.ts";
import { formatIssue } from "../../src/issue.ts";
import { parseManifests } from "../../src/manifest.ts";
import { admitted, declared, refusals, TWO_TENANTS } from "../declared.ts";

const ENDPOINT = `apiVersion: selvedge.dev/v1alpha1
kind: Endpoint
metadata: { name: web-2, namespace: red }
spec:
  subnet: web
  host: h1
  addresses:
    - 10.2.0.9
`;

describe("admit", () => {
  test("tells each issue with the place where the resource was declared", () => {
    const parsed = parseManifests(`# one\n---\n${ENDPOINT}`, { file: "examples/x.yaml" });
    if (parsed.kind === "refused") throw new Error("the manifest does not parse");
    const changes = parsed.manifests.map((manifest) => ({ kind: "put", ...manifest }) as const);
    const admission = admit(TWO_TENANTS, changes);
    expect(admission.kind === "refused" && admission.issues.map(formatIssue)).toEqual([
      "examples/x.yaml:10:7: spec.addresses[0]: 10.2.0.9 is outside subnet red/web (10.1.0.0/24); use an address of one of its CIDRs",
    ]);
  });

  test("refuses everything for one fault, and tells all faults in the order of the declarations", () => {
    const text = `
kind: Endpoint
metadata: { name: a, namespace: red }
spec: { subnet: web, host: nowhere, addresses: [10.9.0.1, 10.1.0.11] }
---
kind: Tenant
metadata: { name: green }
---
kind: Vrf
metadata: { name: x, namespace: gren }
`;
    expect(refusals(TWO_TENANTS, text)).toEqual([
      'endpoints/red/a: spec.host: there is no Host "nowhere"; declare it first, or together with this',
      "endpoints/red/a: spec.addresses[0]: 10.9.0.1 is outside subnet red/web (10.1.0.0/24); use an address of one of its CIDRs",
      "endpoints/red/a: spec.addresses[1]: 10.1.0.11 is used by endpoints/red/web-1 in the same VRF already; use another",
      'vrfs/gren/x: metadata.namespace: there is no Tenant "gren"; did you mean "green"?',
    ]);
  });

  test("refuses a resource that is declared twice, and says where else", () => {
    const parsed = parseManifests(
      `${ENDPOINT}---\n${ENDPOINT}`.replaceAll("10.2.0.9", "10.1.0.9"),
      {
        file: "x.yaml",
      },
    );
    if (parsed.kind === "refused") throw new Error("the manifest does not parse");
    const changes = parsed.manifests.map((manifest) => ({ kind: "put", ...manifest }) as const);
    const admission = admit(TWO_TENANTS, changes);
    expect(admission.kind === "refused" && admission.issues.map(formatIssue)).toEqual([
      "x.yaml:10:1: endpoints/red/web-2 is there twice (the first time at x.yaml:1); remove one",
    ]);
    expect(refusals(TWO_TENANTS, "kind: Tenant\nmetadata: { name: red }", ["tenants/red"])).toEqual(
      ["tenants/red: tenants/red is there twice; remove one"],
    );
  });

  test("writes what is new or different, and only that", () => {
    const [red, green] = declared(
      "kind: Tenant\nmetadata: { name: red }\n---\nkind: Tenant\nmetadata: { name: green }",
    );
    if (red === undefined || green === undefined) throw new Error("nothing is declared");
    const admission = admit(TWO_TENANTS, [
      { kind: "put", resource: red },
      { kind: "put", resource: green },
      { kind: "delete", key: "hosts/h2" },
    ]);
    expect(admission).toEqual({
      kind: "admitted",
      writes: [
        { kind: "put", key: "tenants/green", resource: green, isNew: true },
        { kind: "delete", key: "hosts/h2" },
      ],
      unchanged: ["tenants/red"],
    });
  });

  test("finds nothing to write when everything is applied again", () => {
    const changes = [...TWO_TENANTS.values()].map(
      (resource) => ({ kind: "put", resource }) as const,
    );
    expect(admit(TWO_TENANTS, changes)).toMatchObject({ kind: "admitted", writes: [] });
  });

  test("changes nothing that it is given", () => {
    const before = structuredClone(TWO_TENANTS);
    admitted(TWO_TENANTS, declared("kind: Vrf\nmetadata: { name: x, namespace: red }"));
    expect(TWO_TENANTS).toEqual(before);
  });
});
