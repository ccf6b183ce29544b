/**
 * Addresses within a VRF: CIDRs do not overlap, endpoints are inside their subnets, have what an endpoint may have there,
 * and share nothing.
 */

import {
  comparePrefix,
  type IpAddress,
  type IpPrefix,
  prefixAddress,
  prefixContains,
} from "@selvedge/net";
import { rangeContains } from "../address-range.ts";
import type { Endpoint } from "../endpoint.ts";
import type { FieldPath } from "../field-path.ts";
import type { Resource, ResourceKey } from "../resource-kind.ts";
import { isSpecialAddress, type Subnet } from "../subnet.ts";
import { type Claim, sharedValues } from "./uniqueness.ts";
import {
  type Finding,
  isBridged,
  nameInTenant,
  subnetKeyOf,
  vrfKeyOf,
  type World,
} from "./world.ts";

interface CidrOfSubnet {
  readonly by: ResourceKey;
  readonly subnet: Subnet;
  readonly path: FieldPath;
  readonly cidr: IpPrefix;
}

/** Rule: no two subnets of a VRF overlap. */
export function* cidrsAreDisjoint(world: World): Generator<Finding> {
  const cidrsOfVrf = new Map<ResourceKey, CidrOfSubnet[]>();
  for (const [by, subnet] of world.ofKind("Subnet")) {
    const vrf = vrfKeyOf(subnet);
    const list = cidrsOfVrf.get(vrf) ?? [];
    cidrsOfVrf.set(vrf, list);
    for (const [index, cidr] of subnet.spec.cidrs.entries()) {
      list.push({ by, subnet, path: ["spec", "cidrs", index], cidr });
    }
  }
  for (const list of cidrsOfVrf.values()) {
    if (list.some(({ by }) => world.isChanged(by))) yield* overlaps(world, list);
  }
}

/** Sorted, a prefix that contains others stands right before them: the open ones form a stack. */
function* overlaps(world: World, list: CidrOfSubnet[]): Generator<Finding> {
  const open: CidrOfSubnet[] = [];
  for (const entry of list.sort((a, b) => comparePrefix(a.cidr, b.cidr))) {
    let top = open.at(-1);
    while (top !== undefined && !prefixContains(top.cidr, entry.cidr)) {
      open.pop();
      top = open.at(-1);
    }
    open.push(entry);
    if (top === undefined || top.by === entry.by) continue;
    const [blamed, other] = world.isChanged(entry.by) ? [entry, top] : [top, entry];
    if (!world.isChanged(blamed.by)) continue;
    yield {
      at: blamed.by,
      path: blamed.path,
      message: `${blamed.cidr} overlaps ${other.cidr} of subnet ${nameInTenant(other.subnet)} in the same VRF; use a prefix that is free there`,
      conflictsWith: other.by,
    };
  }
}

/**
 * Rule: an endpoint's addresses are in the CIDRs of its subnet, are neither its gateway nor excluded, and in a bridged
 * subnet neither network nor broadcast address.
 */
export function* addressesAreInSubnets(world: World): Generator<Finding> {
  for (const [key, endpoint] of world.ofKind("Endpoint")) {
    const subnetKey = subnetKeyOf(endpoint);
    if (!world.isChanged(key) && !world.isChanged(subnetKey)) continue;
    const subnet = world.subnetOf(endpoint);
    if (subnet === undefined) continue;
    for (const [index, address] of endpoint.spec.addresses.entries()) {
      const fault = addressFault(address, subnet, world.before(subnetKey));
      if (fault === undefined) continue;
      if (world.isChanged(key)) {
        yield {
          at: key,
          path: ["spec", "addresses", index],
          message: fault.ofEndpoint,
          conflictsWith: subnetKey,
        };
      } else {
        const message = `${key} has the address ${address}, ${fault.ofSubnet}`;
        yield { at: subnetKey, path: ["spec", fault.field], message, conflictsWith: key };
      }
    }
  }
}

interface AddressFault {
  readonly field: "cidrs" | "gateway" | "excluded" | "mode";
  readonly ofEndpoint: string;
  readonly ofSubnet: string;
}

/** `before` is what the subnet was before the changes. */
function addressFault(
  address: IpAddress,
  subnet: Subnet,
  before: Resource | undefined,
): AddressFault | undefined {
  const { cidrs, gateway = [], excluded = [] } = subnet.spec;
  const name = nameInTenant(subnet);
  if (!cidrs.some((cidr) => prefixContains(cidr, address))) {
    return {
      field: "cidrs",
      ofEndpoint: `${address} is outside subnet ${name} (${cidrs.join(", ")}); use an address of one of its CIDRs`,
      ofSubnet:
        "which would be outside; keep a CIDR that contains it, or change the endpoint first",
    };
  }
  if (gateway.includes(address)) {
    return {
      field: "gateway",
      ofEndpoint: `${address} is the gateway of subnet ${name}; use another address`,
      ofSubnet: "which cannot be the gateway too; use another address",
    };
  }
  const special = isBridged(subnet) ? specialAddressFault(address, cidrs, before) : undefined;
  if (special !== undefined) return special;
  const range = excluded.find((candidate) => rangeContains(candidate, address));
  if (range !== undefined) {
    return {
      field: "excluded",
      ofEndpoint: `${address} is in ${range}, which subnet ${name} excludes; use another address`,
      ofSubnet: `which is in ${range}; exclude less, or change the endpoint first`,
    };
  }
  return undefined;
}

/** In a broadcast domain. Of a subnet that has been one already, it is the CIDRs that changed. */
function specialAddressFault(
  address: IpAddress,
  cidrs: readonly IpPrefix[],
  before: Resource | undefined,
): AddressFault | undefined {
  const cidr = cidrs.find((candidate) => prefixContains(candidate, address));
  if (cidr === undefined || !isSpecialAddress(address, cidr)) return undefined;
  const what = address === prefixAddress(cidr) ? "network" : "broadcast";
  const [field, hint] = isBridged(before)
    ? (["cidrs", "use another CIDR"] as const)
    : (["mode", "leave the subnet routed"] as const);
  return {
    field,
    ofEndpoint: `${address} is the ${what} address of ${cidr}, which no interface of a bridged subnet can have; use another address`,
    ofSubnet: `which would be the ${what} address of ${cidr}; ${hint}, or change the endpoint first`,
  };
}

/** Rule: an address is one endpoint's within a VRF, and so is a MAC address. In another VRF both may occur again. */
export function* endpointsAreDistinct(world: World): Generator<Finding> {
  const addresses = new Map<ResourceKey, Claim<string>[]>();
  const macs = new Map<ResourceKey, Claim<string>[]>();
  for (const [by, endpoint] of world.ofKind("Endpoint")) {
    const subnet = world.subnetOf(endpoint);
    if (subnet === undefined) continue;
    claimsOf(addresses, vrfKeyOf(subnet)).push(...addressClaims(by, endpoint));
    const { mac } = endpoint.spec;
    if (mac === undefined) continue;
    claimsOf(macs, vrfKeyOf(subnet)).push({ by, path: ["spec", "mac"], value: mac });
  }
  for (const claims of [...addresses.values(), ...macs.values()]) {
    yield* sharedValues(
      world,
      claims,
      (value, other) => `${value} is used by ${other} in the same VRF already; use another`,
    );
  }
}

function claimsOf(map: Map<ResourceKey, Claim<string>[]>, vrf: ResourceKey): Claim<string>[] {
  const claims = map.get(vrf) ?? [];
  map.set(vrf, claims);
  return claims;
}

function addressClaims(by: ResourceKey, endpoint: Endpoint): Claim<string>[] {
  return endpoint.spec.addresses.map((value, index) => ({
    by,
    path: ["spec", "addresses", index],
    value,
  }));
}
