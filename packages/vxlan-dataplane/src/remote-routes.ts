/**
 * The routes of one VRF to other hosts: next hops and rows together. Pure.
 */
import type { IpPrefix } from "@selvedge/net";
import type { RemoteRoute } from "./intent.ts";
import { NextHopTable } from "./next-hops.ts";
import { RouteTable } from "./route-table.ts";

/** What is wrong with a wanted route that is in {@link RemoteRoutes.unusable}. */
export function noUsableVtep(prefix: IpPrefix): string {
  return `no next hop of ${prefix} is an address that a VTEP can have`;
}

/** Routes of a VRF to other hosts. */
export class RemoteRoutes {
  readonly nextHops: NextHopTable = new NextHopTable();
  readonly table: RouteTable = new RouteTable();
  /** Wanted routes none of whose next hops can be used. */
  readonly #unusable = new Set<IpPrefix>();
  #unusableChanged = false;

  set({ prefix, nextHops }: RemoteRoute): void {
    const nextHop = this.nextHops.acquire(nextHops);
    if (nextHop === undefined) {
      this.remove(prefix);
      this.#unusable.add(prefix);
      this.#unusableChanged = true;
      return;
    }
    const previous = this.table.want(prefix, nextHop);
    if (previous !== undefined) {
      this.nextHops.release(previous);
    }
    if (this.#unusable.size > 0) {
      this.#unusable.delete(prefix);
    }
  }

  remove(prefix: IpPrefix): void {
    this.#unusable.delete(prefix);
    const previous = this.table.unwant(prefix);
    if (previous !== undefined) {
      this.nextHops.release(previous);
    }
  }

  clear(): void {
    this.#unusable.clear();
    for (const nextHop of this.table.unwantAll()) {
      this.nextHops.release(nextHop);
    }
  }

  /** Whether none is wanted. */
  get isEmpty(): boolean {
    return this.table.counts().wanted === 0 && this.#unusable.size === 0;
  }

  /** Wanted routes none of whose next hops can be used. */
  get unusable(): ReadonlySet<IpPrefix> {
    return this.#unusable;
  }

  /** The same, if any were added since the last call. */
  takeUnusable(): Iterable<IpPrefix> {
    const changed = this.#unusableChanged;
    this.#unusableChanged = false;
    return changed ? this.#unusable : [];
  }
}
