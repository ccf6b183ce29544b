/** A Subnet: prefixes of a VRF, whose addresses endpoints have, and the gateway that endpoints see. */

import {
  type IpAddress,
  type IpPrefix,
  parseIpPrefix,
  prefixAddress,
  prefixContains,
  prefixesOverlap,
  prefixFamily,
  prefixLast,
  prefixLength,
} from "@selvedge/net";
import { z } from "zod";
import { apiVersionSchema, nameSchema, tenantMetadataSchema } from "./metadata.ts";
import { ROUTER_ADDRESS_RANGES } from "./router-address-ranges.ts";
import { addressPlanFaults, addressPlanFields } from "./subnet-address-plan.ts";
import { interfaceAddressSchema, prefixSchema, vniSchema } from "./value-schema.ts";
import { MAX_VRF_ID } from "./vrf.ts";

/** Blocks that prefixes of a subnet must not touch, for they hold no addresses of single interfaces. */
const UNUSABLE = [
  "0.0.0.0/8",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "224.0.0.0/3",
  "::/127",
  "fe80::/10",
  "ff00::/8",
].map(parseIpPrefix);

/** They are compared pair by pair, with each other and with those of the VRF's other subnets. */
const MOST_CIDRS = 16;

/** Fields that mean nothing without a broadcast domain. */
const BRIDGED_FIELDS = ["vni", "flooding"] as const;

const subnetSpecSchema = z
  .strictObject({
    vrf: nameSchema.describe("the name of a Vrf of the same tenant"),
    cidrs: z
      .array(prefixSchema)
      .min(1)
      .max(MOST_CIDRS, { abort: true })
      .describe("a list of prefixes such as [10.1.0.0/24, 2001:db8:1::/64]"),
    gateway: z
      .array(interfaceAddressSchema)
      .max(MOST_CIDRS, { abort: true })
      .optional()
      .describe("a list of addresses, at most one in each CIDR"),
    ...addressPlanFields,
    mode: z
      .enum(["routed", "bridged"])
      .default("routed")
      .describe(
        "routed: endpoints share no link, each is reached by a host route; bridged: they share one broadcast domain over all hosts",
      ),
    vni: vniSchema
      .optional()
      .describe(
        "the L2VNI of a bridged subnet, unique over all tenants; absent: the lowest free one of the tenant's range",
      ),
    flooding: z
      .enum(["head-end-replication", "disabled"])
      .optional()
      .describe(
        "of a bridged subnet: whether broadcast, multicast and frames to unknown MACs are copied to its other hosts; absent: head-end-replication",
      ),
  })
  .superRefine((spec, context) => {
    for (const field of BRIDGED_FIELDS) {
      if (spec.mode !== "routed" || spec[field] === undefined) continue;
      const message = "is of bridged subnets; leave it out, or write mode: bridged";
      context.addIssue({ code: "custom", path: [field], message });
    }
    for (const [index, cidr] of spec.cidrs.entries()) {
      for (const message of cidrFaults(cidr, spec.cidrs.slice(0, index))) {
        context.addIssue({ code: "custom", path: ["cidrs", index], message });
      }
    }
    const gateways = spec.gateway ?? [];
    for (const [index, gateway] of gateways.entries()) {
      const message = gatewayFault(gateway, gateways.slice(0, index), spec.cidrs);
      if (message !== undefined) {
        context.addIssue({ code: "custom", path: ["gateway", index], message });
      }
    }
    for (const fault of addressPlanFaults(spec)) context.addIssue({ code: "custom", ...fault });
  });

function* cidrFaults(cidr: IpPrefix, earlier: readonly IpPrefix[]): Generator<string> {
  const other = earlier.find((candidate) => prefixesOverlap(candidate, cidr));
  if (other !== undefined) yield `${cidr} overlaps ${other} of the same list; leave one out`;
  const unusable = UNUSABLE.find((block) => prefixesOverlap(block, cidr));
  if (unusable !== undefined) {
    yield `${cidr} touches ${unusable}, which holds no addresses of single interfaces; use another prefix`;
  }
  const reserved = ROUTER_ADDRESS_RANGES.find((range) => prefixesOverlap(range, cidr));
  if (reserved !== undefined) {
    yield `${cidr} touches ${reserved}, which holds the hosts' router addresses in every VRF; use another prefix`;
  }
}

function gatewayFault(
  gateway: IpAddress,
  earlier: readonly IpAddress[],
  cidrs: readonly IpPrefix[],
): string | undefined {
  const cidr = cidrs.find((candidate) => prefixContains(candidate, gateway));
  if (cidr === undefined) {
    return `${gateway} is outside the subnet (${cidrs.join(", ")}); use an address of one of its CIDRs`;
  }
  const other = earlier.find((candidate) => prefixContains(cidr, candidate));
  if (other !== undefined) return `${cidr} has the gateway ${other} already; leave one out`;
  if (isTooSmallForSpecialAddresses(cidr)) return undefined;
  if (gateway === prefixAddress(cidr)) {
    return `${gateway} is the network address of ${cidr}; use another address of it`;
  }
  if (prefixFamily(cidr) === 4 && gateway === prefixLast(cidr)) {
    return `${gateway} is the broadcast address of ${cidr}; use another address of it`;
  }
  return undefined;
}

/**
 * Whether an address is the network or, of IPv4, the broadcast address of a CIDR that has them: in a broadcast domain no
 * interface can have it.
 */
export function isSpecialAddress(address: IpAddress, cidr: IpPrefix): boolean {
  if (isTooSmallForSpecialAddresses(cidr)) return false;
  const isLast = prefixFamily(cidr) === 4 && address === prefixLast(cidr);
  return isLast || address === prefixAddress(cidr);
}

/** Prefixes of one or two addresses have neither a network nor a broadcast address (RFC 3021, RFC 6164). */
function isTooSmallForSpecialAddresses(cidr: IpPrefix): boolean {
  return prefixLength(cidr) >= (prefixFamily(cidr) === 4 ? 31 : 127);
}

/** Schema of a Subnet. */
export const subnetSchema = z.strictObject({
  apiVersion: apiVersionSchema,
  kind: z.literal("Subnet"),
  metadata: tenantMetadataSchema,
  spec: subnetSpecSchema.describe("vrf and cidrs of the subnet"),
  status: z
    .strictObject({ id: z.int().min(1).max(MAX_VRF_ID) })
    .optional()
    .describe("given by admission to bridged subnets"),
});

/**
 * Prefixes of a VRF. A bridged one has `spec.vni` and `status.id` once it is admitted; the id is unique among those of
 * Vrfs and Subnets of all tenants, since both are in route distinguishers.
 */
export type Subnet = z.infer<typeof subnetSchema>;
