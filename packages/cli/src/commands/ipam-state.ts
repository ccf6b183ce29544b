/** What the `ipam` commands look at: all that is stored of addresses, and then the resources; and whose it is. */
import { ResourceStore, type Store } from "@selvedge/datastore";
import { type Finding, type PoolId, readStoredPools, type StoredPools } from "@selvedge/ipam";
import { type IpAddress, parseIpAddress, ValueError } from "@selvedge/net";
import type { Resource } from "@selvedge/resources";
import { CommandError, EXIT } from "../io.ts";

/** Read in this order, so that an address that was given meanwhile is not taken for lost. */
export interface IpamState {
  readonly stored: StoredPools;
  readonly resources: readonly Resource[];
}

export async function readIpamState(store: Store): Promise<IpamState> {
  const stored = await readStoredPools(store);
  const { resources } = await new ResourceStore(store).snapshot();
  return { stored, resources };
}

/** @throws CommandError (usage) when it is none. */
export function requireAddress(text: string): IpAddress {
  try {
    return parseIpAddress(text);
  } catch (error) {
    if (!(error instanceof ValueError)) throw error;
    throw new CommandError(EXIT.usage, error.message);
  }
}

/** Hosts with addresses of Endpoints that do not say what their kernels have, in the order of their names. */
export function silentHosts(
  resources: readonly Resource[],
  hosts: ReadonlySet<string>,
): readonly string[] {
  const needed = resources.flatMap((resource) =>
    resource.kind === "Endpoint" && !hosts.has(resource.spec.host) ? [resource.spec.host] : [],
  );
  return [...new Set(needed)].sort();
}

/** Is the finding of what was named? One of a host is of a tenant's VRF, but of no subnet. */
export function isChosenFinding(
  finding: Finding,
  chosen: { readonly namespace?: string; readonly subnet?: string },
): boolean {
  if ("pool" in finding) return isChosen(finding.pool, chosen);
  if (!("vrf" in finding) || chosen.namespace === undefined) return true;
  return finding.vrf.startsWith(`${chosen.namespace}/`);
}

/** Is the pool of this tenant and subnet, as far as they were named? */
export function isChosen(
  pool: PoolId,
  { namespace, subnet }: { readonly namespace?: string; readonly subnet?: string },
): boolean {
  return (
    (namespace === undefined || pool.tenant === namespace) &&
    (subnet === undefined || pool.subnet === subnet)
  );
}
