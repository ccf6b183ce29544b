import { describe, expect, test } from "vitest";
import { refusals, TWO_TENANTS } from "../declared.ts";

describe("a reference", () => {
  test.each([
    [
      "kind: Vrf\nmetadata: { name: x, namespace: rde }",
      'vrfs/rde/x: metadata.namespace: there is no Tenant "rde"; did you mean "red"?',
    ],
    [
      "kind: Subnet\nmetadata: { name: x, namespace: red }\nspec: { vrf: mian, cidrs: [10.2.0.0/24] }",
      'subnets/red/x: spec.vrf: there is no Vrf "mian" in the tenant red; did you mean "main"?',
    ],
    [
      "kind: Endpoint\nmetadata: { name: x, namespace: red }\nspec: { subnet: db, host: h1, addresses: [10.1.0.12] }",
      'endpoints/red/x: spec.subnet: there is no Subnet "db" in the tenant red; declare it first, or together with this',
    ],
    [
      "kind: Endpoint\nmetadata: { name: x, namespace: red }\nspec: { subnet: web, host: h9, addresses: [10.1.0.12] }",
      'endpoints/red/x: spec.host: there is no Host "h9"; did you mean "h1"?',
    ],
    [
      "kind: Endpoint\nmetadata: { name: x, namespace: red }\nspec: { subnet: web, host: rr, addresses: [10.1.0.12] }",
      "endpoints/red/x: spec.host: the host rr is a route reflector only; name one with the role vtep",
    ],
  ])("that leads nowhere is refused: %s", (text, message) => {
    expect(refusals(TWO_TENANTS, text)).toEqual([message]);
  });

  test("may lead to what is declared together with it, in any order", () => {
    const documents = [
      "kind: Endpoint\nmetadata: { name: x, namespace: green }\nspec: { subnet: a, host: h8, addresses: [10.1.0.1] }",
      "kind: Subnet\nmetadata: { name: a, namespace: green }\nspec: { vrf: main, cidrs: [10.1.0.0/24] }",
      "kind: Vrf\nmetadata: { name: main, namespace: green }",
      "kind: Tenant\nmetadata: { name: green }",
      "kind: Host\nmetadata: { name: h8 }\nspec: { address: 10.0.8.1, asn: 65000, routerId: 10.0.8.1 }",
    ];
    expect(refusals(TWO_TENANTS, documents.join("\n---\n"))).toEqual([]);
    expect(refusals(TWO_TENANTS, documents.toReversed().join("\n---\n"))).toEqual([]);
  });

  test("does not lead into another tenant", () => {
    const text =
      "kind: Tenant\nmetadata: { name: green }\n---\nkind: Subnet\nmetadata: { name: a, namespace: green }\nspec: { vrf: main, cidrs: [10.1.0.0/24] }";
    expect(refusals(TWO_TENANTS, text)).toEqual([
      'subnets/green/a: spec.vrf: there is no Vrf "main" in the tenant green; declare it first, or together with this',
    ]);
  });
});

describe("a deletion", () => {
  test.each([
    [
      "tenants/red",
      "is still used by vrfs/red/main, subnets/red/web and endpoints/red/web-1; delete that first, or together with it",
    ],
    ["vrfs/red/main", "is still used by subnets/red/web; delete that first, or together with it"],
    [
      "subnets/red/web",
      "is still used by endpoints/red/web-1; delete that first, or together with it",
    ],
    [
      "hosts/h1",
      "is still used by endpoints/red/web-1 and endpoints/blue/web-1; delete that first, or together with it",
    ],
  ] as const)("of %s, which is in use, is refused", (key, message) => {
    expect(refusals(TWO_TENANTS, "", [key])).toEqual([`${key}: ${message}`]);
  });

  test("of a resource together with all that uses it is admitted", () => {
    const keys = [...TWO_TENANTS.keys()].filter((key) => key.includes("red"));
    expect(refusals(TWO_TENANTS, "", keys)).toEqual([]);
    expect(refusals(TWO_TENANTS, "", ["hosts/h2", "endpoints/red/web-1"])).toEqual([]);
  });

  test("of what is not there is refused", () => {
    expect(refusals(TWO_TENANTS, "", ["hosts/h7"])).toEqual([
      "hosts/h7: there is no such resource",
    ]);
  });
});

test("a host with endpoints keeps the role vtep", () => {
  const text =
    "kind: Host\nmetadata: { name: h1 }\nspec: { address: 10.0.1.1, asn: 65000, routerId: 10.0.1.1, roles: [reflector] }";
  expect(refusals(TWO_TENANTS, text)).toEqual([
    "hosts/h1: spec.roles: the role vtep is needed by endpoints/red/web-1 and endpoints/blue/web-1; keep it, or move them first",
  ]);
});
