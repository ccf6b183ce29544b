/** What the `ipam` commands look at: all that is stored of addresses, and then the resources. */
import { ResourceStore, type Store } from "@selvedge/datastore";
import { type PoolId, readStoredPools, type StoredPools } from "@selvedge/ipam";
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
