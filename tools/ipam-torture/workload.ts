/** What each host of a torture does, told to its process as JSON on the command line. */

import type { Pool } from "@selvedge/ipam";
import { parseIpPrefix } from "@selvedge/net";
import { z } from "zod";

export const workloadSchema = z.object({
  /** As `--datastore` takes it. */
  datastore: z.string(),
  host: z.string(),
  /** Tenants whose subnets have the same CIDR. */
  tenants: z.array(z.string()).min(1),
  cidr: z.string(),
  blockLength: z.int(),
  /** Addresses to hold in each subnet at the end. */
  hold: z.int(),
  /** Addresses to give and take back on the way, in each subnet. */
  churn: z.int(),
  /** Operations at a time. */
  concurrency: z.int().min(1),
  /** Milliseconds. */
  coolDown: z.int(),
  /** Events are appended to it. */
  log: z.string(),
});

export type Workload = z.infer<typeof workloadSchema>;

/** The pool of a tenant. */
export function poolOf({ cidr, blockLength }: Workload, tenant: string): Pool {
  return {
    tenant,
    subnet: "torture",
    cidrs: [parseIpPrefix(cidr)],
    gateway: [],
    reserved: [],
    excluded: [],
    blockLength: { 4: blockLength, 6: 122 },
  };
}
