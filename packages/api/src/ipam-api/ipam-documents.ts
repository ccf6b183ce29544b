/** The documents of addresses, out of what IPAM reports. */
import {
  type BlockReport,
  type Finding,
  findingMessage,
  type PlacedAllocation,
  type PoolId,
  type PoolReport,
  type Repair,
} from "@selvedge/ipam";
import type {
  AddressDocument,
  BlockDocument,
  FindingDocument,
  PoolDocument,
} from "../documents/ipam.ts";

export function poolDocument({ pool, ...report }: PoolReport): PoolDocument {
  const { family, cidrs, size, given, reserved, cooling, free, blocks, borrowed } = report;
  return {
    tenant: pool.tenant,
    subnet: pool.subnet,
    family: family === 4 ? "ipv4" : "ipv6",
    cidrs: [...cidrs],
    size: String(size),
    given,
    reserved: String(reserved),
    cooling,
    free: String(free),
    blocks,
    borrowed,
  };
}

export function blockDocument({ pool, block, host, ...usage }: BlockReport): BlockDocument {
  return { tenant: pool.tenant, subnet: pool.subnet, block, host: host ?? null, ...usage };
}

export function addressDocument(
  pool: PoolId,
  use: PlacedAllocation,
  blockHost: string | undefined,
): AddressDocument {
  return {
    tenant: pool.tenant,
    subnet: pool.subnet,
    address: use.address,
    owner: use.owner,
    host: use.host,
    since: new Date(use.time).toISOString(),
    reason: use.reason,
    mac: use.mac ?? null,
    block: use.block,
    blockHost: blockHost ?? null,
  };
}

/** `outcome`: where it was to be repaired. */
export function findingDocument(finding: Finding, outcome?: Repair["outcome"]): FindingDocument {
  const message = findingMessage(finding);
  return { ...finding, message, ...(outcome === undefined ? {} : { outcome }) };
}
