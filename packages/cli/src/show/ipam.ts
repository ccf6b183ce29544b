/** The tables of `selvedge ipam`. */
import type {
  AddressListDocument,
  BlockListDocument,
  FindingDocument,
  PoolListDocument,
} from "@selvedge/api";
import { formatTable, type TableColumn } from "../table.ts";

/** One line a family of a subnet. */
export function formatPools({ pools }: PoolListDocument): string {
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

/** One line a block. */
export function formatBlocks({ blocks }: BlockListDocument): string {
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

/** One line an address. */
export function formatAddresses(document: AddressListDocument): string {
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
      finding.pool === undefined ? "-" : `${finding.pool.tenant}/${finding.pool.subnet}`,
      finding.address ?? finding.key ?? finding.owner ?? "-",
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
