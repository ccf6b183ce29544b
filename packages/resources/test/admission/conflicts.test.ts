import { describe, expect, test } from "vitest";
import { admit } from "../../src/admission/admit.ts";
import { type Issue, withoutConflict } from "../../src/issue.ts";
import type { ResourceKey } from "../../src/resource-kind.ts";
import { declared, TWO_TENANTS } from "../declared.ts";

function issuesOf(text: string, deleted: readonly ResourceKey[] = []): readonly Issue[] {
  const puts = text === "" ? [] : declared(text);
  const admission = admit(TWO_TENANTS, [
    ...puts.map((resource) => ({ kind: "put", resource }) as const),
    ...deleted.map((key) => ({ kind: "delete", key }) as const),
  ]);
  return admission.kind === "refused" ? admission.issues : [];
}

const RED = "namespace: red";
const endpoint = (spec: string) =>
  `kind: Endpoint\nmetadata: { name: new, ${RED} }\nspec: { ${spec} }`;
const subnet = (name: string, spec: string) =>
  `kind: Subnet\nmetadata: { name: ${name}, ${RED} }\nspec: { ${spec} }`;
const vrf = (name: string, l3vni: number) =>
  `kind: Vrf\nmetadata: { name: ${name}, ${RED} }\nspec: { l3vni: ${l3vni} }`;
const host = (spec: string) => `kind: Host\nmetadata: { name: h1 }\nspec: { asn: 65000, ${spec} }`;

describe("an issue names the resource that stands against the change", () => {
  test.each<[string, string, readonly ResourceKey[], ResourceKey]>([
    [
      "an address in use",
      endpoint("subnet: web, host: h1, addresses: [10.1.0.11]"),
      [],
      "endpoints/red/web-1",
    ],
    [
      "an address outside the subnet",
      endpoint("subnet: web, host: h1, addresses: [10.2.0.1]"),
      [],
      "subnets/red/web",
    ],
    ["a reflector", endpoint("subnet: web, host: rr, addresses: [10.1.0.12]"), [], "hosts/rr"],
    ["an overlap", subnet("new", "vrf: main, cidrs: [10.1.0.128/25]"), [], "subnets/red/web"],
    [
      "a subnet that shrinks",
      subnet("web", "vrf: main, cidrs: [10.1.0.128/25]"),
      [],
      "endpoints/red/web-1",
    ],
    [
      "an excluded address",
      `${subnet("new", "vrf: main, cidrs: [10.3.0.0/24], excluded: [10.3.0.4-10.3.0.6]")}\n---\n${endpoint("subnet: new, host: h1, addresses: [10.3.0.5]")}`,
      [],
      "subnets/red/new",
    ],
    [
      "a subnet that excludes what is in use",
      subnet("web", "vrf: main, cidrs: [10.1.0.0/24], excluded: [10.1.0.8-10.1.0.12]"),
      [],
      "endpoints/red/web-1",
    ],
    ["a VNI in use", vrf("new", 5001), [], "vrfs/blue/main"],
    ["a VNI that is fixed", vrf("main", 9000), [], "endpoints/red/web-1"],
    [
      "an L2VNI in use",
      subnet("new", "vrf: main, cidrs: [10.3.0.0/24], mode: bridged, vni: 5001"),
      [],
      "vrfs/blue/main",
    ],
    [
      "a mode that is fixed",
      subnet("web", "vrf: main, cidrs: [10.1.0.0/24], mode: bridged"),
      [],
      "endpoints/red/web-1",
    ],
    [
      "the broadcast address of a bridged subnet",
      `${subnet("new", "vrf: main, cidrs: [10.3.0.0/24], mode: bridged")}\n---\n${endpoint("subnet: new, host: h1, addresses: [10.3.0.255]")}`,
      [],
      "subnets/red/new",
    ],
    ["a shared address", host("address: 10.0.2.1, routerId: 10.0.1.1"), [], "hosts/h2"],
    ["a shared router id", host("address: 10.0.1.1, routerId: 10.0.2.1"), [], "hosts/h2"],
    [
      "a role in use",
      host("address: 10.0.1.1, routerId: 10.0.1.1, roles: [reflector]"),
      [],
      "endpoints/red/web-1",
    ],
    ["a deletion of what is used", "", ["subnets/red/web"], "endpoints/red/web-1"],
  ])("%s", (_what, text, deleted, other) => {
    expect(issuesOf(text, deleted).map(({ conflictsWith }) => conflictsWith)).toEqual([other]);
  });

  test("and names none where something is missing", () => {
    const issues = issuesOf(endpoint("subnet: none, host: h1, addresses: [10.1.0.12]"));
    expect(issues).toHaveLength(1);
    expect(issues[0]).not.toHaveProperty("conflictsWith");
  });
});

describe("an issue for one who may not know of the other resource", () => {
  test("says the same without its name", () => {
    expect(issuesOf(vrf("new", 5001)).map(withoutConflict)).toEqual([
      {
        key: "vrfs/red/new",
        path: ["spec", "l3vni"],
        message:
          "the VNI 5001 is that of another resource; use another, or leave the field out to get a free one",
      },
    ]);
  });

  test("leaves a longer name that begins alike", () => {
    const message = "vrfs/blue/main is not vrfs/blue/main-2";
    expect(withoutConflict({ path: [], message, conflictsWith: "vrfs/blue/main" }).message).toBe(
      "another resource is not vrfs/blue/main-2",
    );
  });

  test("is as it was when it conflicts with none", () => {
    const issue: Issue = { path: [], message: "is missing" };
    expect(withoutConflict(issue)).toEqual(issue);
  });
});
