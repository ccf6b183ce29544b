import { parseIpAddress, parseIpPrefix } from "@selvedge/net";
import { describe, expect, test } from "vitest";
import { isSpecialAddress } from "../src/subnet.ts";
import { declaredOne } from "./declared.ts";
import { faults } from "./faults.ts";

const subnet = (spec: string) =>
  `kind: Subnet\nmetadata: { name: web, namespace: red }\nspec: { vrf: main, ${spec} }`;

describe("a Subnet", () => {
  test("is routed and has prefixes of both families", () => {
    const text = subnet("cidrs: [10.1.0.0/24, '2001:DB8:1::/64'], gateway: [10.1.0.1]");
    expect(declaredOne(text).spec).toEqual({
      vrf: "main",
      cidrs: ["10.1.0.0/24", "2001:db8:1::/64"],
      gateway: ["10.1.0.1"],
      mode: "routed",
    });
  });

  test("may be bridged, with an L2VNI and a policy for what is flooded", () => {
    const text = subnet("cidrs: [10.1.0.0/24], mode: bridged, vni: 6001, flooding: disabled");
    expect(declaredOne(text).spec).toMatchObject({
      mode: "bridged",
      vni: 6001,
      flooding: "disabled",
    });
    expect(faults(subnet("cidrs: [10.1.0.0/24], mode: bridged"))).toEqual([]);
  });

  test("says which addresses are not given, in canonical text, and how large blocks are", () => {
    const text = subnet(
      "cidrs: [10.1.0.0/24, 'fd00::/64'], reserved: [10.1.0.0/28, 'FD00::2 - fd00::9'], excluded: [10.1.0.99, 'FD00:0::40/124'], blockLength: { ipv4: 28 }",
    );
    expect(declaredOne(text).spec).toMatchObject({
      reserved: ["10.1.0.0/28", "fd00::2-fd00::9"],
      excluded: ["10.1.0.99", "fd00::40/124"],
      blockLength: { ipv4: 28 },
    });
  });

  test.each([
    "cidrs: [10.1.0.0/31], gateway: [10.1.0.0]",
    "cidrs: ['fd00::/127'], gateway: ['fd00::']",
  ])("of two addresses may have its first one as gateway: %s", (spec) => {
    expect(faults(subnet(spec))).toEqual([]);
  });

  test.each([
    ["cidrs", 16, (index: number) => `10.1.${index}.0/24`],
    ["reserved", 256, (index: number) => `10.1.${index >> 8}.${index & 255}`],
    ["excluded", 256, (index: number) => `10.1.${index >> 8}.${index & 255}`],
  ])("has at most so many %s: %d", (field, most, entry) => {
    const listOf = (count: number) => Array.from({ length: count }, (_, index) => entry(index));
    const other = field === "cidrs" ? "" : ", cidrs: [10.1.0.0/23]";
    const declare = (count: number) => faults(subnet(`${field}: [${listOf(count)}]${other}`));
    expect(declare(most)).toEqual([]);
    expect(declare(most + 1)).toEqual([
      `spec.${field}: the list has more than ${most} entries, the most`,
    ]);
  });

  test.each([
    [
      "cidrs: []",
      "spec.cidrs: the list is empty; write a list of prefixes such as [10.1.0.0/24, 2001:db8:1::/64]",
    ],
    [
      "cidrs: [10.1.0.0/24], vni: 6001",
      "spec.vni: is of bridged subnets; leave it out, or write mode: bridged",
    ],
    [
      "cidrs: [10.1.0.0/24], mode: routed, flooding: disabled",
      "spec.flooding: is of bridged subnets; leave it out, or write mode: bridged",
    ],
    [
      "cidrs: [10.1.0.0/24, 10.1.0.128/25]",
      "spec.cidrs[1]: 10.1.0.128/25 overlaps 10.1.0.0/24 of the same list; leave one out",
    ],
    [
      "cidrs: [224.0.0.0/24]",
      "spec.cidrs[0]: 224.0.0.0/24 touches 224.0.0.0/3, which holds no addresses of single interfaces; use another prefix",
    ],
    [
      "cidrs: [100.64.8.0/24]",
      "spec.cidrs[0]: 100.64.8.0/24 touches 100.64.0.0/10, which holds the hosts' router addresses in every VRF; use another prefix",
    ],
    [
      "cidrs: ['fd00::/8']",
      "spec.cidrs[0]: fd00::/8 touches fd53:656c:7665:6467::/64, which holds the hosts' router addresses in every VRF; use another prefix",
    ],
    [
      "cidrs: [10.1.0.0/24], reserved: [10.1.0.9-10.1.0.2]",
      'spec.reserved[0]: "10.1.0.9-10.1.0.2" is no range of addresses; write a prefix such as 10.1.0.0/28, or FIRST-LAST such as 10.1.0.2-10.1.0.9, of one family and the lower one first',
    ],
    [
      "cidrs: [10.1.0.0/24], reserved: [10.1.0.200-10.1.1.4]",
      "spec.reserved[0]: 10.1.0.200-10.1.1.4 is not within one CIDR of the subnet (10.1.0.0/24); leave out what is outside",
    ],
    [
      "cidrs: [10.1.0.0/24], excluded: [10.2.0.0/28]",
      "spec.excluded[0]: 10.2.0.0/28 is not within one CIDR of the subnet (10.1.0.0/24); leave out what is outside",
    ],
    [
      "cidrs: [10.1.0.0/24], gateway: [10.1.0.1], excluded: [10.1.0.0/28]",
      "spec.excluded[0]: 10.1.0.0/28 has the gateway 10.1.0.1 in it, which is in use; leave it out (no endpoint gets it anyway)",
    ],
    [
      "cidrs: [10.1.0.0/28], blockLength: { ipv4: 26 }",
      "spec.blockLength.ipv4: blocks of length 26 do not fit into 10.1.0.0/28; use at least 28",
    ],
    [
      "cidrs: [10.0.0.0/8], blockLength: { ipv4: 15 }",
      "spec.blockLength.ipv4: the number 15 is below 16, the least",
    ],
    [
      "cidrs: ['fd00:1::/48'], blockLength: { ipv6: 129 }",
      "spec.blockLength.ipv6: the number 129 is above 128, the most",
    ],
    [
      "cidrs: [10.1.0.0/24], gateway: [10.1.1.1]",
      "spec.gateway[0]: 10.1.1.1 is outside the subnet (10.1.0.0/24); use an address of one of its CIDRs",
    ],
    [
      "cidrs: [10.1.0.0/24], gateway: [10.1.0.1, 10.1.0.2]",
      "spec.gateway[1]: 10.1.0.0/24 has the gateway 10.1.0.1 already; leave one out",
    ],
    [
      "cidrs: [10.1.0.0/24], gateway: [10.1.0.0]",
      "spec.gateway[0]: 10.1.0.0 is the network address of 10.1.0.0/24; use another address of it",
    ],
    [
      "cidrs: [10.1.0.0/24], gateway: [10.1.0.255]",
      "spec.gateway[0]: 10.1.0.255 is the broadcast address of 10.1.0.0/24; use another address of it",
    ],
    [
      "cidrs: ['2001:db8::/64'], gateway: ['2001:db8::']",
      "spec.gateway[0]: 2001:db8:: is the network address of 2001:db8::/64; use another address of it",
    ],
    [
      "cidrs: [10.1.0.0/24], mode: switched",
      'spec.mode: "switched" is not possible here; write one of routed, bridged',
    ],
  ])("with %s is refused", (spec, fault) => {
    expect(faults(subnet(spec))).toEqual([fault]);
  });
});

test("the first and the last address of a prefix are no interface's in a broadcast domain", () => {
  const special = (cidr: string, ...addresses: readonly string[]): boolean[] =>
    addresses.map((address) => isSpecialAddress(parseIpAddress(address), parseIpPrefix(cidr)));
  expect(special("10.1.0.0/24", "10.1.0.0", "10.1.0.1", "10.1.0.255")).toEqual([true, false, true]);
  expect(special("10.1.0.0/31", "10.1.0.0", "10.1.0.1")).toEqual([false, false]);
  expect(special("fd00::/126", "fd00::", "fd00::1", "fd00::3")).toEqual([true, false, false]);
  expect(special("fd00::/127", "fd00::", "fd00::1")).toEqual([false, false]);
});
