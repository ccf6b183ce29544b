/**
 * Index of route targets: which VRFs import a route that carries these extended communities.
 *
 * Keyed by the eight octets as two numbers; there are about as many entries as VRFs, and a lookup
 * allocates nothing.
 */
import { type RouteTarget, routeTargetBytes } from "@selvedge/net";
import { readU32 } from "../wire/octets.ts";

/** Route targets and the numbers of the VRFs that import them. */
export class RouteTargetIndex {
  /** Upper four octets -> lower four octets -> VRFs. */
  readonly #vrfs = new Map<number, Map<number, number[]>>();

  add(target: RouteTarget, vrf: number): void {
    const bytes = routeTargetBytes(target);
    const upper = readU32(bytes, 0);
    const lower = readU32(bytes, 4);
    const inner = this.#vrfs.get(upper) ?? new Map<number, number[]>();
    this.#vrfs.set(upper, inner);
    inner.set(lower, [...(inner.get(lower) ?? []), vrf]);
  }

  remove(target: RouteTarget, vrf: number): void {
    const bytes = routeTargetBytes(target);
    const inner = this.#vrfs.get(readU32(bytes, 0));
    const lower = readU32(bytes, 4);
    const rest = inner?.get(lower)?.filter((other) => other !== vrf) ?? [];
    if (rest.length > 0) inner?.set(lower, rest);
    else inner?.delete(lower);
    if (inner?.size === 0) this.#vrfs.delete(readU32(bytes, 0));
  }

  /** Adds to `found` the VRFs that import the route target at `at`, each once. */
  collect(bytes: Uint8Array, at: number, found: number[]): void {
    const vrfs = this.#vrfs.get(readU32(bytes, at))?.get(readU32(bytes, at + 4));
    if (vrfs === undefined) return;
    for (const vrf of vrfs) if (!found.includes(vrf)) found.push(vrf);
  }
}
