import { parseIpPrefix, prefixesOverlap } from "@selvedge/net";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { admit } from "../../src/admission/admit.ts";
import { admitted, declared, refusals, TWO_TENANTS } from "../declared.ts";

const subnet = (name: string, spec: string, tenant = "red") =>
  `kind: Subnet\nmetadata: { name: ${name}, namespace: ${tenant} }\nspec: { vrf: main, ${spec} }`;
const endpoint = (name: string, spec: string, tenant = "red") =>
  `kind: Endpoint\nmetadata: { name: ${name}, namespace: ${tenant} }\nspec: { subnet: web, host: h2, ${spec} }`;

describe("CIDRs of a VRF", () => {
  test.each(["10.1.0.0/24", "10.1.0.128/25", "10.0.0.0/8"])("do not overlap: %s", (cidr) => {
    expect(refusals(TWO_TENANTS, subnet("x", `cidrs: [192.168.0.0/24, ${cidr}]`))).toContain(
      `subnets/red/x: spec.cidrs[1]: ${cidr} overlaps 10.1.0.0/24 of subnet red/web in the same VRF; use a prefix that is free there`,
    );
  });

  test("may occur again in another VRF of the same tenant", () => {
    const text = `
kind: Vrf
metadata: { name: other, namespace: red }
---
${subnet("x", "cidrs: [10.1.0.0/24]").replace("vrf: main", "vrf: other")}`;
    expect(refusals(TWO_TENANTS, text)).toEqual([]);
  });

  test("are checked right however they nest", () => {
    const cidrs = fc.uniqueArray(
      fc.tuple(fc.nat(15), fc.nat(15), fc.constantFrom(8, 12, 16, 20)).map(([a, b, length]) => {
        const bits = ((10 << 24) | (a << 20) | (b << 16)) >>> 0;
        const kept = (bits & (0xffffffff << (32 - length))) >>> 0;
        const octets = [kept >>> 24, (kept >>> 16) & 255, (kept >>> 8) & 255, 0];
        return parseIpPrefix(`${octets.join(".")}/${length}`);
      }),
      { minLength: 1, maxLength: 8 },
    );
    const empty = admitted(
      new Map(),
      declared(
        "kind: Tenant\nmetadata: { name: red }\n---\nkind: Vrf\nmetadata: { name: main, namespace: red }",
      ),
    );
    fc.assert(
      fc.property(cidrs, (list) => {
        const overlap = list.some((a, i) => list.some((b, j) => i < j && prefixesOverlap(a, b)));
        const text = list.map((cidr, index) => subnet(`s${index}`, `cidrs: [${cidr}]`));
        expect(refusals(empty, text.join("\n---\n")).length > 0).toBe(overlap);
      }),
    );
  });
});

describe("an endpoint's address", () => {
  test.each([
    [
      "addresses: [10.2.0.9]",
      "spec.addresses[0]: 10.2.0.9 is outside subnet red/web (10.1.0.0/24); use an address of one of its CIDRs",
    ],
    [
      "addresses: [10.1.0.1]",
      "spec.addresses[0]: 10.1.0.1 is the gateway of subnet red/web; use another address",
    ],
    [
      "addresses: [10.1.0.12, 10.1.0.11]",
      "spec.addresses[1]: 10.1.0.11 is used by endpoints/red/web-1 in the same VRF already; use another",
    ],
    [
      "addresses: [10.1.0.12], mac: 02:00:0a:01:00:0b",
      "spec.mac: 02:00:0a:01:00:0b is used by endpoints/red/web-1 in the same VRF already; use another",
    ],
  ])("is refused: %s", (spec, message) => {
    expect(refusals(TWO_TENANTS, endpoint("x", spec))).toEqual([`endpoints/red/x: ${message}`]);
  });

  test("may be in use in another VRF, and so may a MAC address", () => {
    const red = TWO_TENANTS.get("endpoints/red/web-1");
    const blue = TWO_TENANTS.get("endpoints/blue/web-1");
    expect(red?.spec).toEqual(blue?.spec);
  });

  test("may pass from one endpoint to another in one go", () => {
    const text = [
      endpoint("web-1", "addresses: [10.1.0.12]"),
      endpoint("x", "addresses: [10.1.0.11]"),
    ];
    expect(refusals(TWO_TENANTS, text.join("\n---\n"))).toEqual([]);
  });

  test("is charged to the subnet when it is the subnet that changes", () => {
    expect(refusals(TWO_TENANTS, subnet("web", "cidrs: [10.1.0.0/29]"))).toEqual([
      "subnets/red/web: spec.cidrs: endpoints/red/web-1 has the address 10.1.0.11, which would be outside; keep a CIDR that contains it, or change the endpoint first",
    ]);
    expect(
      refusals(TWO_TENANTS, subnet("web", "cidrs: [10.1.0.0/24], gateway: [10.1.0.11]")),
    ).toEqual([
      "subnets/red/web: spec.gateway: endpoints/red/web-1 has the address 10.1.0.11, which cannot be the gateway too; use another address",
    ]);
  });

  test("is not looked at when neither it nor its subnet changes", () => {
    const broken = new Map(TWO_TENANTS);
    const [moved] = declared(subnet("web", "cidrs: [10.7.0.0/24]"));
    if (moved !== undefined) broken.set("subnets/red/web", moved);
    expect(admit(broken, []).kind).toBe("admitted");
    expect(refusals(broken, "kind: Tenant\nmetadata: { name: green }")).toEqual([]);
  });
});

describe("the network and the broadcast address of a bridged subnet", () => {
  const lan = (mode: string) => subnet("lan", `cidrs: [10.7.0.0/24, 10.8.0.0/31], mode: ${mode}`);
  const station = (address: string) =>
    endpoint("station", `addresses: [${address}]`).replace("subnet: web", "subnet: lan");

  test.each([
    ["10.7.0.0", "network"],
    ["10.7.0.255", "broadcast"],
  ])("are no endpoint's: %s", (address, what) => {
    expect(refusals(TWO_TENANTS, `${lan("bridged")}\n---\n${station(address)}`)).toEqual([
      `endpoints/red/station: spec.addresses[0]: ${address} is the ${what} address of 10.7.0.0/24, which no interface of a bridged subnet can have; use another address`,
    ]);
  });

  test.each(["10.7.0.1", "10.8.0.0", "10.8.0.1"])("are not %s", (address) => {
    expect(refusals(TWO_TENANTS, `${lan("bridged")}\n---\n${station(address)}`)).toEqual([]);
  });

  test("are none of its endpoints' when the mode or the CIDRs change either", () => {
    const first = "addresses: [10.7.0.128]";
    const present = (mode: string, cidr: string) =>
      admitted(
        TWO_TENANTS,
        declared(
          `${subnet("lan", `cidrs: [${cidr}], mode: ${mode}`)}\n---\n${endpoint("station", first).replace("subnet: web", "subnet: lan")}`,
        ),
      );
    const bridged = subnet("lan", "cidrs: [10.7.0.128/25], mode: bridged");
    const what =
      "endpoints/red/station has the address 10.7.0.128, which would be the network address of 10.7.0.128/25";
    expect(refusals(present("routed", "10.7.0.128/25"), bridged)).toContain(
      `subnets/red/lan: spec.mode: ${what}; leave the subnet routed, or change the endpoint first`,
    );
    expect(refusals(present("bridged", "10.7.0.0/24"), bridged)).toEqual([
      `subnets/red/lan: spec.cidrs: ${what}; use another CIDR, or change the endpoint first`,
    ]);
  });

  test("may be an endpoint's while the subnet is routed", () => {
    expect(refusals(TWO_TENANTS, `${lan("routed")}\n---\n${station("10.7.0.255")}`)).toEqual([]);
  });
});
