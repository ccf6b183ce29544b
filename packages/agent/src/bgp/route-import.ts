/**
 * The stage between the RIB's VRF tables and the dataplane: which remote routes each VRF has. A route
 * whose next hops are all unusable here is no route. When a speaker is replaced by another one, what the
 * old one had learned stays until the new one has converged.
 */
import type { VrfNextHop, VrfRouteChange } from "@selvedge/bgp-evpn";
import type { IpAddress, IpPrefix, Vni } from "@selvedge/net";
import type { RemoteRoute } from "@selvedge/vxlan-dataplane";
import type { Logger } from "../log.ts";

/** The part of the dataplane that takes routes. */
export interface RouteSink {
  setRoute(vrf: string, route: RemoteRoute): void;
  removeRoute(vrf: string, prefix: IpPrefix): void;
}

/** What a VRF of this host accepts. */
export interface ImportSite {
  readonly l3vni: Vni;
  /** Own VTEP; a route through it would circle. */
  readonly vtep: IpAddress;
}

/** Where imported routes go, and which VRFs take them. */
export interface RouteImportOptions {
  readonly sink: RouteSink;
  readonly site: (vrf: string) => ImportSite | undefined;
  readonly log: Logger;
}

/** Follows the VRF tables of the RIB. */
export class RouteImport {
  readonly #options: RouteImportOptions;
  /** Prefixes given to the sink, by VRF; true while only a former speaker has said so. */
  readonly #installed = new Map<string, Map<IpPrefix, boolean>>();
  /** VNIs that were refused, by VRF and VTEP: said once, not once a route. */
  readonly #refused = new Map<string, Map<IpAddress, Vni>>();

  constructor(options: RouteImportOptions) {
    this.#options = options;
  }

  follow(vrf: string, changes: readonly VrfRouteChange[]): void {
    const site = this.#options.site(vrf);
    if (site === undefined) return;
    for (const change of changes) {
      const nextHops =
        change.kind === "reachable" ? this.#usable(vrf, site, change.prefix, change.nextHops) : [];
      if (nextHops.length > 0) this.#install(vrf, { prefix: change.prefix, nextHops });
      else this.#remove(vrf, change.prefix);
    }
  }

  /** The VRF is no longer carried here; the dataplane forgets its routes by itself. */
  forget(vrf: string): void {
    this.#installed.delete(vrf);
    this.#refused.delete(vrf);
  }

  /** From now on another speaker tells the routes. */
  markStale(): void {
    for (const prefixes of this.#installed.values()) {
      for (const prefix of prefixes.keys()) prefixes.set(prefix, true);
    }
  }

  /** The speaker knows all that its neighbours know: what it has not said again is gone. */
  sweepStale(): void {
    for (const [vrf, prefixes] of this.#installed) {
      for (const [prefix, isStale] of prefixes) {
        if (isStale) this.#remove(vrf, prefix);
      }
    }
  }

  #install(vrf: string, route: RemoteRoute): void {
    let prefixes = this.#installed.get(vrf);
    if (prefixes === undefined) {
      prefixes = new Map();
      this.#installed.set(vrf, prefixes);
    }
    prefixes.set(route.prefix, false);
    this.#options.sink.setRoute(vrf, route);
  }

  #remove(vrf: string, prefix: IpPrefix): void {
    if (this.#installed.get(vrf)?.delete(prefix) === true) {
      this.#options.sink.removeRoute(vrf, prefix);
    }
  }

  #usable(
    vrf: string,
    site: ImportSite,
    prefix: IpPrefix,
    nextHops: readonly VrfNextHop[],
  ): readonly VrfNextHop[] {
    return nextHops.filter(({ vtep, vni }) => {
      if (vni === site.l3vni) return vtep !== site.vtep;
      this.#refuse(vrf, site, prefix, vtep, vni);
      return false;
    });
  }

  #refuse(vrf: string, { l3vni }: ImportSite, prefix: IpPrefix, vtep: IpAddress, vni: Vni): void {
    const known = this.#refused.get(vrf) ?? new Map<IpAddress, Vni>();
    if (known.get(vtep) === vni) return;
    this.#refused.set(vrf, known.set(vtep, vni));
    this.#options.log.warn(
      { vrf, prefix, vtep, vni, l3vni },
      "routes with another VNI than the VRF's are not used: downstream-assigned VNIs are not supported",
    );
  }
}
