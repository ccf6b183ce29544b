/**
 * What hosts say that their kernels have, each in one key under the lease of its agent: what is there is not older than
 * the lease's time to live. Does not: look at a kernel.
 */

import type { Store } from "@selvedge/datastore";
import { compareIp, type IpAddress, isIpAddress } from "@selvedge/net";
import { z } from "zod";
import type { HostAddress } from "./check.ts";
import { listAll } from "./list-all.ts";
import { jsonOf } from "./stored-json.ts";
import type { UnreadableEntry } from "./stored-pools.ts";

/** Where what hosts say is. */
const OBSERVED = "observed/hosts/";

/** The key of one host. */
export function observationKey(host: string): string {
  return OBSERVED + host;
}

/** Addresses by VRF ("red/main"). */
export type VrfAddresses = ReadonlyMap<string, readonly IpAddress[]>;

/** What one host says. */
export interface Observation {
  /** The kernel delivers them to workloads. */
  readonly wired: VrfAddresses;
  /** Of endpoints that are attached, but the kernel does not deliver them. */
  readonly unwired: VrfAddresses;
}

/** What all hosts say. */
export interface Observations {
  readonly wired: readonly HostAddress[];
  readonly unwired: readonly HostAddress[];
  /** Those that say something; of others nothing is known. */
  readonly hosts: ReadonlySet<string>;
  readonly unreadable: readonly UnreadableEntry[];
}

const addressesSchema = z.record(
  z.string(),
  z.array(z.custom<IpAddress>((value) => typeof value === "string" && isIpAddress(value))),
);
const observationSchema = z.object({ wired: addressesSchema, unwired: addressesSchema });

/** Equal text for equal observations, in whatever order they were made. */
export function encodeObservation({ wired, unwired }: Observation): string {
  return JSON.stringify({ wired: ordered(wired), unwired: ordered(unwired) });
}

/** Everything that hosts say now. May throw StoreError. */
export async function readObservations(store: Store): Promise<Observations> {
  const wired: HostAddress[] = [];
  const unwired: HostAddress[] = [];
  const hosts = new Set<string>();
  const unreadable: UnreadableEntry[] = [];
  const { entries } = await listAll(store, OBSERVED);
  for (const { key, value } of entries) {
    const host = key.slice(OBSERVED.length);
    const parsed = observationSchema.safeParse(jsonOf(value));
    if (!parsed.success) {
      unreadable.push({ key, reason: "it is no list of what a host has" });
      continue;
    }
    hosts.add(host);
    wired.push(...addressesOf(host, parsed.data.wired));
    unwired.push(...addressesOf(host, parsed.data.unwired));
  }
  return { wired, unwired, hosts, unreadable };
}

function ordered(addresses: VrfAddresses): Record<string, readonly IpAddress[]> {
  const vrfs = [...addresses].filter(([, of]) => of.length > 0);
  vrfs.sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(vrfs.map(([vrf, of]) => [vrf, of.toSorted(compareIp)]));
}

function addressesOf(
  host: string,
  vrfs: Readonly<Record<string, readonly IpAddress[]>>,
): HostAddress[] {
  return Object.entries(vrfs).flatMap(([vrf, addresses]) =>
    addresses.map((address) => ({ host, vrf, address })),
  );
}
