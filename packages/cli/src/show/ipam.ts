/** The documents and tables of `selvedge ipam`. */
import {
  type BlockReport,
  type Finding,
  findingMessage,
  type PlacedAllocation,
  type PoolId,
  type PoolReport,
  type Repair,
} from "@selvedge/ipam";
import { formatTable, type TableColumn } from "../table.ts";

/** A family of a subnet's addresses. */
export interface PoolDocument {
  readonly tenant: string;
  readonly subnet: string;
  readonly family: string;
  readonly cidrs: readonly string[];
  readonly size: string;
  readonly given: number;
  readonly reserved: string;
  readonly cooling: number;
  readonly free: string;
  readonly blocks: number;
  readonly borrowed: number;
}

/** A block. */
export interface BlockDocument {
  readonly tenant: string;
  readonly subnet: string;
  readonly block: string;
  readonly host: string | null;
  readonly size: number;
  readonly given: number;
  readonly reserved: number;
  readonly cooling: number;
  readonly free: number;
  readonly borrowed: number;
}

/** An address and who has it. */
export interface AddressDocument {
  readonly tenant: string;
  readonly subnet: string;
  readonly address: string;
  readonly owner: string;
  readonly host: string;
  readonly since: string;
  readonly reason: string;
  readonly mac: string | null;
  readonly block: string;
  readonly blockHost: string | null;
}

/** What is wrong, and what became of it when it was to be repaired. */
export type FindingDocument = Finding & {
  readonly message: string;
  readonly outcome?: Repair["outcome"];
};

/** Counts of an IPv6 pool are more than a number of JSON holds: `size`, `reserved` and `free` are decimal text. */
export function poolDocument({
  pool,
  cidrs,
  size,
  reserved,
  free,
  ...rest
}: PoolReport): PoolDocument {
  const { family, given, cooling, blocks, borrowed } = rest;
  return {
    ...{ tenant: pool.tenant, subnet: pool.subnet, family: `ipv${family}`, cidrs },
    ...{ size: String(size), given, reserved: String(reserved), cooling, free: String(free) },
    ...{ blocks, borrowed },
  };
}

/** A block. */
export function blockDocument({ pool, block, host, ...usage }: BlockReport): BlockDocument {
  return { tenant: pool.tenant, subnet: pool.subnet, block, host: host ?? null, ...usage };
}

/** An address. */
export function addressDocument(
  pool: PoolId,
  use: PlacedAllocation,
  blockHost?: string,
): AddressDocument {
  return {
    ...{ tenant: pool.tenant, subnet: pool.subnet, address: use.address, owner: use.owner },
    ...{ host: use.host, since: new Date(use.time).toISOString(), reason: use.reason },
    ...{ mac: use.mac ?? null, block: use.block, blockHost: blockHost ?? null },
  };
}

/** A finding, and what became of it when it was to be repaired. */
export function findingDocument(finding: Finding, outcome?: Repair["outcome"]): FindingDocument {
  const message = findingMessage(finding);
  return { ...finding, message, ...(outcome === undefined ? {} : { outcome }) };
}

/** Rows of poolDocument. */
export function formatPools({ pools }: { pools: readonly PoolDocument[] }): string {
  const numbers = ["SIZE", "GIVEN", "RESERVED", "COOLING", "FREE", "BLOCKS", "BORROWED"];
  return formatTable(
    [...texts("TENANT", "SUBNET", "CIDRS"), ...rightAligned(numbers)],
    pools.map((pool) => [
      ...[pool.tenant, pool.subnet, pool.cidrs.join(",")],
      ...[shorten(pool.size), String(pool.given), shorten(pool.reserved), String(pool.cooling)],
      ...[shorten(pool.free), String(pool.blocks), String(pool.borrowed)],
    ]),
  );
}

/** Rows of blockDocument. */
export function formatBlocks({ blocks }: { blocks: readonly BlockDocument[] }): string {
  const numbers = ["SIZE", "GIVEN", "RESERVED", "COOLING", "FREE", "BORROWED"];
  return formatTable(
    [...texts("TENANT", "SUBNET", "BLOCK", "HOST"), ...rightAligned(numbers)],
    blocks.map(({ tenant, subnet, block, host, ...usage }) => [
      ...[tenant, subnet, block, host ?? "-"],
      ...[usage.size, usage.given, usage.reserved, usage.cooling, usage.free].map(String),
      String(usage.borrowed),
    ]),
  );
}

/** Rows of addressDocument. */
export function formatAddresses(document: { addresses: readonly AddressDocument[] }): string {
  return formatTable(
    texts("TENANT", "SUBNET", "ADDRESS", "OWNER", "HOST", "SINCE", "REASON", "MAC", "BLOCK", "OF"),
    document.addresses.map((use) => [
      ...[use.tenant, use.subnet, use.address, use.owner, use.host, use.since],
      ...[use.reason === "" ? "-" : use.reason, use.mac ?? "-", use.block, use.blockHost ?? "-"],
    ]),
  );
}

/** One line a finding. */
export function formatFindings(document: { findings: readonly FindingDocument[] }): string {
  if (document.findings.length === 0) return "nothing is wrong\n";
  const hasOutcome = document.findings.some(({ outcome }) => outcome !== undefined);
  return formatTable(
    texts("FINDING", "SUBNET", "WHERE", ...(hasOutcome ? ["OUTCOME"] : []), "MESSAGE"),
    document.findings.map((finding) => [
      finding.kind,
      "pool" in finding ? `${finding.pool.tenant}/${finding.pool.subnet}` : "-",
      "address" in finding ? finding.address : "key" in finding ? finding.key : finding.owner,
      ...(hasOutcome ? [finding.outcome ?? "-"] : []),
      finding.message,
    ]),
  );
}

function texts(...titles: readonly string[]): TableColumn[] {
  return titles.map((title) => ({ title }));
}

function rightAligned(titles: readonly string[]): TableColumn[] {
  return titles.map((title) => ({ title, align: "right" }));
}

/** "18446744073709551616" as "1.8e19". */
function shorten(decimal: string): string {
  return decimal.length <= 12 ? decimal : Number(decimal).toExponential(1).replace("e+", "e");
}
