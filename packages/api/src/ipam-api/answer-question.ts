/** Answers a question about addresses out of a datastore. What it does not do: say who may ask. */
import type { Store } from "@selvedge/datastore";
import {
  allocationsOf,
  check,
  DEFAULT_COOL_DOWN,
  type Finding,
  type PlacedAllocation,
  type PoolId,
  poolName,
  readObservations,
  readStoredPools,
  repair,
  type StoredPool,
  type StoredPools,
  usageReport,
} from "@selvedge/ipam";
import type { IpAddress } from "@selvedge/net";
import { parseResourceKey, type Resource, resourceKey } from "@selvedge/resources";
import type { AuditedChange } from "../access/audit-entry.ts";
import type {
  AddressDocument,
  AddressListDocument,
  FindingDocument,
  IpamSelection,
} from "../documents/ipam.ts";
import { addressDocument, blockDocument, findingDocument, poolDocument } from "./ipam-documents.ts";
import type { IpamAnswer, IpamQuestion } from "./ipam-question.ts";

type Document = Extract<IpamAnswer, { kind: "answered" }>["document"];

/** @throws StoreError */
export async function answerQuestion(
  store: Store,
  readResources: () => Promise<readonly Resource[]>,
  question: IpamQuestion,
): Promise<IpamAnswer> {
  // In this order, so that an address that was given meanwhile is not taken for lost.
  const stored = await readStoredPools(store);
  switch (question.kind) {
    case "pools":
    case "blocks":
      return describeUse(stored, await readResources(), question.kind, question.of);
    case "addresses":
      return findAddress(stored, question.address, question.of);
    case "findings":
    case "repairs":
      return compare(store, stored, await readResources(), question);
    case "release":
      return release(store, stored, await readResources(), question);
    default:
      return question satisfies never;
  }
}

function describeUse(
  stored: StoredPools,
  resources: readonly Resource[],
  what: "pools" | "blocks",
  of: IpamSelection,
): IpamAnswer {
  const report = usageReport(stored, resources, Date.now(), DEFAULT_COOL_DOWN);
  const pools = report.pools.filter(({ pool }) => isChosen(pool, of)).map(poolDocument);
  if (pools.length === 0) return refused("NotFound", "no such subnet is declared");
  if (what === "pools") return answered({ pools });
  const blocks = report.blocks.filter(({ pool }) => isChosen(pool, of)).map(blockDocument);
  return answered({ blocks });
}

function findAddress({ pools }: StoredPools, address: IpAddress, of: IpamSelection): IpamAnswer {
  const addresses = [...pools.values()]
    .filter(({ id }) => isChosen(id, of))
    .flatMap((pool): AddressListDocument["addresses"] => {
      const use = useOf(pool, address);
      return use === undefined ? [] : [placed(pool, use)];
    });
  if (addresses.length === 0) return refused("NotFound", `nobody has ${address}`);
  return answered({ addresses });
}

async function compare(
  store: Store,
  stored: StoredPools,
  resources: readonly Resource[],
  { kind, of }: Extract<IpamQuestion, { kind: "findings" | "repairs" }>,
): Promise<IpamAnswer> {
  const { wired, unwired, hosts, unreadable } = await readObservations(store);
  const compared = check({ stored, resources, hostAddresses: wired, unwiredAddresses: unwired });
  const damaged = unreadable.map((entry): Finding => ({ kind: "unreadable", ...entry }));
  const found = [...compared, ...damaged].filter((finding) => isAbout(finding, of));
  const silent = silentHosts(resources, hosts);
  if (kind === "findings") {
    const findings = found.map((finding) => findingDocument(finding));
    return answered({ findings, silentHosts: silent });
  }
  const repairs = await repair(store, stored, found);
  const findings = repairs.map(({ finding, outcome }) => findingDocument(finding, outcome));
  const changes = findings.filter(({ outcome }) => outcome === "repaired").map(repairedChange);
  return answered({ findings, silentHosts: silent }, changes);
}

async function release(
  store: Store,
  stored: StoredPools,
  resources: readonly Resource[],
  { pool, address }: Extract<IpamQuestion, { kind: "release" }>,
): Promise<IpamAnswer> {
  const known = stored.pools.get(poolName(pool));
  const use = known === undefined ? undefined : useOf(known, address);
  if (known === undefined || use === undefined) {
    return refused("NotFound", `nobody has ${address} of ${poolName(pool)}`);
  }
  const endpoint = resources.find(
    (resource) => resource.kind === "Endpoint" && resourceKey(resource) === use.owner,
  );
  if (endpoint?.kind === "Endpoint" && endpoint.spec.addresses.includes(address)) {
    const name = parseResourceKey(use.owner)?.name;
    const remedy = `change that, or delete it: selvedge delete endpoint ${name} -n ${pool.tenant}`;
    return refused("Conflict", `${address} is an address of ${use.owner}; ${remedy}`);
  }
  const document = placed(known, use);
  const { block, owner, time: since } = use;
  const [done] = await repair(store, stored, [
    { kind: "leaked", pool, address, block, owner, since },
  ]);
  if (done?.outcome === "repaired") {
    const key = `ipam/${poolName(pool)}/${address}`;
    return answered(document, [{ key, old: document }]);
  }
  return refused("Conflict", `${address} has changed meanwhile; try again`);
}

function answered(document: Document, changes: readonly AuditedChange[] = []): IpamAnswer {
  return { kind: "answered", document, changes };
}

/** Only what is about a pool can be repaired. */
function repairedChange(finding: FindingDocument): AuditedChange {
  const { pool, address, owner } = finding;
  return { key: `ipam/${pool?.tenant}/${pool?.subnet}/${address ?? owner}`, old: finding };
}

function refused(
  reason: "NotFound" | "Conflict",
  message: string,
): Extract<IpamAnswer, { kind: "refused" }> {
  return { kind: "refused", reason, message };
}

function useOf(pool: StoredPool, address: IpAddress): PlacedAllocation | undefined {
  return [...allocationsOf(pool)].find((allocation) => allocation.address === address);
}

function placed(pool: StoredPool, use: PlacedAllocation): AddressDocument {
  return addressDocument(pool.id, use, pool.blocks.get(use.block)?.value.host);
}

/** Hosts with addresses of Endpoints that do not say what their kernels have, in the order of their names. */
function silentHosts(resources: readonly Resource[], hosts: ReadonlySet<string>): string[] {
  const needed = resources.flatMap((resource) =>
    resource.kind === "Endpoint" && !hosts.has(resource.spec.host) ? [resource.spec.host] : [],
  );
  return [...new Set(needed)].sort();
}

/** One of a host is of a tenant's VRF, but of no subnet. */
function isAbout(finding: Finding, of: IpamSelection): boolean {
  if ("pool" in finding) return isChosen(finding.pool, of);
  if (!("vrf" in finding) || of.tenant === undefined) return true;
  return finding.vrf.startsWith(`${of.tenant}/`);
}

function isChosen(pool: PoolId, { tenant, subnet }: IpamSelection): boolean {
  return (
    (tenant === undefined || pool.tenant === tenant) &&
    (subnet === undefined || pool.subnet === subnet)
  );
}
