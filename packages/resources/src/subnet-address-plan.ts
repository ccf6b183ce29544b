/** Fields of a Subnet that say which of its addresses are given, and in blocks of what size. */

import {
  type IpAddress,
  type IpPrefix,
  prefixContains,
  prefixFamily,
  prefixLength,
} from "@selvedge/net";
import { z } from "zod";
import { addressRangeSchema, boundsOf, rangeContains } from "./address-range.ts";

const BITS = { ipv4: 32, ipv6: 128 } as const;
/** A block is one value of the datastore: it has at most 2^16 addresses. */
const MAX_BLOCK_BITS = 16;

/** Each is looked for in every CIDR. */
const MOST_RANGES = 256;

/** The fields; all may be absent. */
export const addressPlanFields = {
  reserved: z
    .array(addressRangeSchema)
    .max(MOST_RANGES, { abort: true })
    .optional()
    .describe(
      "ranges that are given only to who asks for one of their addresses, such as [10.1.0.0/28, 10.1.0.40-10.1.0.49]",
    ),
  excluded: z
    .array(addressRangeSchema)
    .max(MOST_RANGES, { abort: true })
    .optional()
    .describe("ranges whose addresses no endpoint gets, such as [10.1.0.240-10.1.0.254]"),
  blockLength: z
    .strictObject({
      ipv4: blockLengthSchema("ipv4").optional().describe("prefix length; absent: 26"),
      ipv6: blockLengthSchema("ipv6").optional().describe("prefix length; absent: 122"),
    })
    .optional()
    .describe("the blocks that hosts take addresses from, such as { ipv4: 26, ipv6: 122 }"),
};

function blockLengthSchema(family: keyof typeof BITS): z.ZodInt {
  return z
    .int()
    .min(BITS[family] - MAX_BLOCK_BITS)
    .max(BITS[family]);
}

interface AddressPlan {
  readonly cidrs: readonly IpPrefix[];
  readonly gateway?: readonly IpAddress[] | undefined;
  readonly reserved?: readonly string[] | undefined;
  readonly excluded?: readonly string[] | undefined;
  readonly blockLength?:
    | { readonly ipv4?: number | undefined; readonly ipv6?: number | undefined }
    | undefined;
}

/** A fault of the plan, at a path within the spec. */
export interface PlanFault {
  readonly path: (string | number)[];
  readonly message: string;
}

/** What is wrong with fields that are right each by itself. */
export function* addressPlanFaults(plan: AddressPlan): Generator<PlanFault> {
  const { cidrs, blockLength = {} } = plan;
  for (const field of ["reserved", "excluded"] as const) {
    for (const [index, range] of (plan[field] ?? []).entries()) {
      const { first, last } = boundsOf(range);
      if (cidrs.some((cidr) => prefixContains(cidr, first) && prefixContains(cidr, last))) continue;
      const message = `${range} is not within one CIDR of the subnet (${cidrs.join(", ")}); leave out what is outside`;
      yield { path: [field, index], message };
    }
  }
  for (const [index, range] of (plan.excluded ?? []).entries()) {
    const gateway = plan.gateway?.find((address) => rangeContains(range, address));
    if (gateway === undefined) continue;
    const message = `${range} has the gateway ${gateway} in it, which is in use; leave it out (no endpoint gets it anyway)`;
    yield { path: ["excluded", index], message };
  }
  for (const family of ["ipv4", "ipv6"] as const) {
    const length = blockLength[family];
    if (length === undefined) continue;
    const wider = cidrs.find(
      (cidr) => bitsOf(cidr) === BITS[family] && prefixLength(cidr) > length,
    );
    if (wider === undefined) continue;
    const message = `blocks of length ${length} do not fit into ${wider}; use at least ${prefixLength(wider)}`;
    yield { path: ["blockLength", family], message };
  }
}

function bitsOf(cidr: IpPrefix): number {
  return prefixFamily(cidr) === 4 ? BITS.ipv4 : BITS.ipv6;
}
