/** Why addresses are not given. Callers switch on `code`; `message` says what is wrong and what would be right. */

import type { IpAddress } from "@selvedge/net";
import { type Pool, poolName } from "./pool.ts";
import type { FamilyUsage } from "./usage.ts";

/** A request that cannot be met; nothing of it was given. */
export type Refusal =
  | { readonly kind: "pool-full"; readonly usage: FamilyUsage }
  /** The pool has no CIDR of the family. */
  | { readonly kind: "no-such-family"; readonly family: 4 | 6 }
  | { readonly kind: "taken"; readonly address: IpAddress; readonly owner: string }
  /** The address is in no CIDR of the pool, is its gateway, or is excluded. */
  | { readonly kind: "outside" | "gateway" | "excluded"; readonly address: IpAddress }
  /** The owner is an Endpoint, which has its addresses by endpointCompanion. */
  | { readonly kind: "endpoint"; readonly owner: string }
  /** What the datastore holds under the key cannot be read. */
  | { readonly kind: "unreadable"; readonly key: string };

/** A refusal as an error. */
export class IpamError extends Error {
  override readonly name = "IpamError";
  readonly code: Refusal["kind"];
  /** "red/web". */
  readonly pool: string;
  readonly refusal: Refusal;

  constructor(pool: Pool, refusal: Refusal) {
    super(`pool ${poolName(pool)}: ${refusalMessage(pool, refusal)}`);
    this.code = refusal.kind;
    this.pool = poolName(pool);
    this.refusal = refusal;
  }
}

/** What is wrong and what would be right, without the pool's name. */
export function refusalMessage(pool: Pool, refusal: Refusal): string {
  const cidrs = pool.cidrs.join(", ");
  switch (refusal.kind) {
    case "pool-full": {
      const { family, size, given, reserved, cooling } = refusal.usage;
      return `no IPv${family} address is free: of ${size} in ${cidrs}, ${given} are given, ${reserved} reserved and ${cooling} cooling down after their release; release some, wait, or add a CIDR to the subnet`;
    }
    case "no-such-family":
      return `it has no IPv${refusal.family} addresses (${cidrs}); add a CIDR of that family`;
    case "taken":
      return `${refusal.address} is given to ${refusal.owner}; use another address`;
    case "outside":
      return `${refusal.address} is outside (${cidrs}); use an address of one of its CIDRs`;
    case "gateway":
      return `${refusal.address} is the gateway; use another address`;
    case "excluded":
      return `${refusal.address} is excluded; use another address`;
    case "endpoint":
      return `${refusal.owner} gets and loses its addresses with the Endpoint itself; apply or delete that`;
    case "unreadable":
      return `${refusal.key} in the datastore cannot be read; use the version of Selvedge that wrote it, or see \`selvedge ipam check\``;
    default:
      return refusal satisfies never;
  }
}
