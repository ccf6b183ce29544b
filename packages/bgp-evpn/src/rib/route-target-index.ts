/**
 * Index of route targets: which VRFs import a route that carries these extended communities.
 *
 * Keyed by the eight octets as two numbers, and by the local administrator for wildcards; there are about as many
 * entries as VRFs, and a lookup allocates nothing.
 */
import { routeTargetBytes } from "@selvedge/net";
import { localAdministrator } from "../evpn/auto-route-target.ts";
import { readU32 } from "../wire/octets.ts";
import type { ImportTargets } from "./import-targets.ts";

/** Route targets and the numbers of the VRFs that import them. */
export class RouteTargetIndex {
  /** Upper four octets -> lower four octets -> VRFs. */
  readonly #vrfs = new Map<number, Map<number, number[]>>();
  /** VNI of a wildcard `*:VNI` -> VRFs. */
  readonly #wildcards = new Map<number, number[]>();

  add({ importRouteTargets, importVnis = [] }: ImportTargets, vrf: number): void {
    for (const target of importRouteTargets) {
      const bytes = routeTargetBytes(target);
      const upper = readU32(bytes, 0);
      const inner = this.#vrfs.get(upper) ?? new Map<number, number[]>();
      this.#vrfs.set(upper, inner);
      addTo(inner, readU32(bytes, 4), vrf);
    }
    for (const vni of importVnis) addTo(this.#wildcards, vni, vrf);
  }

  /** Takes `add` back. */
  remove({ importRouteTargets, importVnis = [] }: ImportTargets, vrf: number): void {
    for (const target of importRouteTargets) {
      const bytes = routeTargetBytes(target);
      const upper = readU32(bytes, 0);
      const inner = this.#vrfs.get(upper);
      if (inner === undefined) continue;
      removeFrom(inner, readU32(bytes, 4), vrf);
      if (inner.size === 0) this.#vrfs.delete(upper);
    }
    for (const vni of importVnis) removeFrom(this.#wildcards, vni, vrf);
  }

  /** Adds to `found` the VRFs that import the route target at `at`, each once. */
  collect(bytes: Uint8Array, at: number, found: number[]): void {
    addEach(this.#vrfs.get(readU32(bytes, at))?.get(readU32(bytes, at + 4)), found);
    if (this.#wildcards.size === 0) return;
    addEach(this.#wildcards.get(localAdministrator(bytes, at)), found);
  }
}

function addTo(vrfs: Map<number, number[]>, key: number, vrf: number): void {
  vrfs.set(key, [...(vrfs.get(key) ?? []), vrf]);
}

function removeFrom(vrfs: Map<number, number[]>, key: number, vrf: number): void {
  const rest = vrfs.get(key)?.filter((other) => other !== vrf) ?? [];
  if (rest.length > 0) vrfs.set(key, rest);
  else vrfs.delete(key);
}

function addEach(vrfs: readonly number[] | undefined, found: number[]): void {
  if (vrfs === undefined) return;
  for (const vrf of vrfs) if (!found.includes(vrf)) found.push(vrf);
}
