/**
 * The routes that this host originates as route type 5: a host route for each address of each attached endpoint that is
 * routed; those of bridged subnets are host routes by their route type 2 (local-macs.ts). Follows what the dataplane has wired, so that nothing is advertised that would not be delivered.
 */
import { hostPrefix, type IpPrefix } from "@selvedge/net";
import type { EndpointStatus } from "@selvedge/vxlan-dataplane";

/** A prefix that a VRF (`tenant/vrf`) begins or ceases to originate. */
export type LocalRouteChange =
  | { readonly kind: "originate"; readonly vrf: string; readonly prefix: IpPrefix }
  | { readonly kind: "withdraw"; readonly vrf: string; readonly prefix: IpPrefix };

/** Addresses of attached endpoints by VRF. */
export class LocalRouteTable {
  /** Prefixes by VRF. */
  readonly #originated = new Map<string, Set<IpPrefix>>();

  /** Takes the endpoints as they are now and returns what that changes, withdrawals first. */
  follow(endpoints: readonly EndpointStatus[]): LocalRouteChange[] {
    const wanted = new Map<string, Set<IpPrefix>>();
    for (const { vrf, addresses, bridgeDomain, state } of endpoints) {
      if (state.kind !== "attached" || bridgeDomain !== undefined) continue;
      const prefixes = wanted.get(vrf) ?? new Set<IpPrefix>();
      for (const address of addresses) prefixes.add(hostPrefix(address));
      wanted.set(vrf, prefixes);
    }
    const changes: LocalRouteChange[] = [];
    for (const [vrf, prefixes] of this.#originated) {
      for (const prefix of prefixes) {
        if (wanted.get(vrf)?.has(prefix) !== true) changes.push({ kind: "withdraw", vrf, prefix });
      }
    }
    for (const [vrf, prefixes] of wanted) {
      for (const prefix of prefixes) {
        if (this.#originated.get(vrf)?.has(prefix) !== true) {
          changes.push({ kind: "originate", vrf, prefix });
        }
      }
    }
    this.#originated.clear();
    for (const [vrf, prefixes] of wanted) this.#originated.set(vrf, prefixes);
    return changes;
  }

  /** What is originated in a VRF. */
  of(vrf: string): ReadonlySet<IpPrefix> {
    return this.#originated.get(vrf) ?? new Set();
  }
}
