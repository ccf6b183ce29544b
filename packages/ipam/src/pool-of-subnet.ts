/** From a declared Subnet to the pool of its addresses. */

import type { Subnet } from "@selvedge/resources";
import { parseAddressRange } from "./address-range.ts";
import { DEFAULT_BLOCK_LENGTH, type Pool } from "./pool.ts";

/** What of a Subnet's spec matters here. */
interface AddressPlan extends Pick<Subnet["spec"], "cidrs" | "gateway"> {
  /** Prefixes or ranges FIRST-LAST. */
  readonly reserved?: readonly string[] | undefined;
  readonly excluded?: readonly string[] | undefined;
  readonly blockLength?:
    | { readonly ipv4?: number | undefined; readonly ipv6?: number | undefined }
    | undefined;
}

/** The pool of a Subnet. */
export function poolOfSubnet({ metadata, spec }: Subnet): Pool {
  const { cidrs, gateway = [], reserved = [], excluded = [], blockLength }: AddressPlan = spec;
  return {
    tenant: metadata.namespace,
    subnet: metadata.name,
    cidrs,
    gateway,
    reserved: reserved.map(parseAddressRange),
    excluded: excluded.map(parseAddressRange),
    blockLength: {
      4: blockLength?.ipv4 ?? DEFAULT_BLOCK_LENGTH[4],
      6: blockLength?.ipv6 ?? DEFAULT_BLOCK_LENGTH[6],
    },
  };
}
