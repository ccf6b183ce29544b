/**
 * VRF import: which NLRIs contribute to which VRF, and what a VRF's routes are therefore.
 *
 * An NLRI is imported by the VRFs that import one of its route targets (RFC 4364 section 4.3.1), if its best path is a
 * remote route type 5 that can be forwarded by Router's MAC and VNI (RFC 9136 section 4.4.1) or whose overlay index
 * resolves (vrf-overlay.ts), or a remote host route (type 2, see host-route.ts), and the Router's MAC is not the VRF's
 * own; a host route behind a local Ethernet segment is not imported. NLRIs of different distinguishers for one prefix
 * become one VRF route: the best by the decision process, with all that are equal up to the router identifier as
 * further next hops.
 *
 * Local routes are not imported: what is attached to this host its owner knows. A remote route for
 * a prefix that is also local is reported; which of the two is used is the listener's decision.
 */
import { macBytes } from "@selvedge/net";
import { ESI_LENGTH, type EthernetSegmentId, esiBytes } from "../wire/evpn/esi.ts";
import { EVPN_ROUTE } from "../wire/evpn/route-type.ts";
import { limitMultipath, selectMultipath } from "./decision.ts";
import {
  dropMovedHosts,
  preferHostRoutes,
  vrfAddressLength,
  vrfLabel,
  vrfPrefixOffset,
} from "./host-route.ts";
import { hasSameImports } from "./import-targets.ts";
import { InternTable } from "./intern-table.ts";
import type { LocRib } from "./loc-rib.ts";
import type { MacVrfImport } from "./mac-vrf-import.ts";
import { NextHopSets } from "./next-hop-sets.ts";
import { ESI_AT } from "./nlri-fields.ts";
import { compareNlris } from "./nlri-order.ts";
import { PATH_IMPORTABLE } from "./path-table.ts";
import { LOCAL_PEER } from "./peer-table.ts";
import { RouteTargetIndex } from "./route-target-index.ts";
import type { RibVrf, VrfRouteChange, VrfRoutesListener } from "./vrf.ts";
import { type HostRoutes, type ImportingVrf, VrfOverlay } from "./vrf-overlay.ts";
import { VrfRouteTable } from "./vrf-route-table.ts";

/** Routes reported in one go at most. */
const BATCH = 4096;

/** The imported routes of all VRFs. */
export class VrfImport {
  readonly #rib: LocRib;
  readonly #listener: VrfRoutesListener;
  readonly #byName = new Map<string, ImportingVrf>();
  readonly #byNumber = new Map<number, ImportingVrf>();
  readonly #targets = new RouteTargetIndex();
  readonly #routes = new VrfRouteTable();
  readonly #nextHops = new NextHopSets();
  readonly #localSegments = new InternTable();
  readonly #overlay: VrfOverlay;
  #lastNumber = 0;
  /** The next prefix of the scan that follows a change of configuration; 0 when there is none. */
  #scan = 0;
  /** VRFs that shall import the NLRI at hand. */
  readonly #wanted: number[] = [];
  readonly #candidates: number[] = [];
  readonly #batch = new Int32Array(BATCH);
  readonly #hosts: HostRoutes = {
    isUsable: (vrf, path) => this.#isUsable(vrf, path),
    vni: (vrf, path) => this.#vni(vrf, path),
  };
  readonly #collect = (bytes: Uint8Array, at: number): void => {
    this.#targets.collect(bytes, at, this.#wanted);
  };

  /** `macs` resolves overlay indexes. */
  constructor(rib: LocRib, listener: VrfRoutesListener, macs: MacVrfImport) {
    this.#rib = rib;
    this.#listener = listener;
    this.#overlay = new VrfOverlay(rib, this.#routes, macs, this.#nextHops);
  }

  /** A MAC-VRF's neighbour with this IP address, or segment with this ESI, may have become another. */
  resolverChanged(bytes: Uint8Array, at: number, length: number): void {
    this.#overlay.requeue(bytes, at, length);
  }

  /** Adds a VRF or changes one. The table is looked through again by `scan`. */
  setVrf(config: RibVrf): void {
    const known = this.#byName.get(config.name);
    if (known === undefined) {
      const vrf = { number: ++this.#lastNumber, config, routerMac: routerMacOf(config) };
      this.#byName.set(config.name, vrf);
      this.#byNumber.set(vrf.number, vrf);
      this.#targets.add(config, vrf.number);
    } else {
      const before = known.config;
      known.config = config;
      known.routerMac = routerMacOf(config);
      if (
        before.vni === config.vni &&
        before.routerMac === config.routerMac &&
        hasSameNames(before, config) &&
        before.maximumPaths === config.maximumPaths &&
        hasSameImports(before, config)
      ) {
        return;
      }
      this.#targets.remove(before, known.number);
      this.#targets.add(config, known.number);
    }
    this.#scan = 1;
  }

  /** Removes a VRF; nothing is reported of its routes any more. */
  removeVrf(name: string): void {
    const vrf = this.#byName.get(name);
    if (vrf === undefined) return;
    this.#targets.remove(vrf.config, vrf.number);
    this.#byName.delete(name);
    this.#byNumber.delete(vrf.number);
    this.#scan = 1;
  }

  /** Host routes behind this segment are no longer imported. The table is looked through again by `scan`. */
  addLocalSegment(esi: EthernetSegmentId): void {
    const before = this.#localSegments.size;
    this.#localSegments.intern(esiBytes(esi), 0, ESI_LENGTH);
    if (this.#localSegments.size !== before) this.#scan = 1;
  }

  /** Takes `addLocalSegment` back. */
  removeLocalSegment(esi: EthernetSegmentId): void {
    const segment = this.#localSegments.find(esiBytes(esi), 0, ESI_LENGTH);
    if (segment === 0) return;
    this.#localSegments.remove(segment);
    this.#scan = 1;
  }

  /** Compares the VRFs that import a prefix with those that shall, and puts their routes in line. */
  update(prefix: number): void {
    const { firstImport } = this.#rib.prefixes;
    // A pure reflector has no VRF, and looks at no route target.
    if (this.#byName.size === 0 && firstImport.get(prefix) === 0) return;
    this.#findWanted(prefix);
    const best = this.#rib.prefixes.bestPath.get(prefix);
    this.#overlay.update(prefix, this.#wanted.length === 0 ? 0 : best);
    this.#overlay.requeueHost(prefix);
    let kept = 0;
    for (let entry = firstImport.get(prefix); entry !== 0; ) {
      const next = this.#routes.nextOfPrefix.get(entry);
      const route = this.#routes.entryRow.get(entry);
      this.#routes.changes.push(route);
      if (this.#takeWanted(this.#routes.vrfOf(route))) {
        this.#routes.nextOfPrefix.set(entry, kept);
        kept = entry;
      } else {
        this.#routes.unlink(entry);
      }
      entry = next;
    }
    for (const vrf of this.#wanted) kept = this.#import(prefix, vrf, kept);
    firstImport.set(prefix, kept);
  }

  /** Whether a change of configuration has yet to be applied to a part of the table. */
  get isScanning(): boolean {
    return this.#scan !== 0;
  }

  /** Applies a change of configuration to about `limit` prefixes more; returns how many. */
  scan(limit: number): number {
    if (this.#scan === 0) return 0;
    const { highest } = this.#rib.prefixes;
    const start = this.#scan;
    const end = Math.min(start + limit, highest + 1);
    for (let prefix = start; prefix < end; prefix++) {
      if (this.#rib.prefixes.isLive(prefix)) this.update(prefix);
    }
    this.#scan = end > highest ? 0 : end;
    return end - start;
  }

  get hasChanges(): boolean {
    return this.#routes.changes.size > 0;
  }

  /** Reports changed routes, at most about `limit`; returns how many were looked at. */
  report(limit: number): number {
    const count = this.#routes.changes.take(this.#batch, limit);
    const changes = new Map<string, VrfRouteChange[]>();
    for (let i = 0; i < count; i++) this.#reportRoute(this.#batch[i] ?? 0, changes);
    for (const [vrf, batch] of changes) this.#listener(vrf, batch);
    return count;
  }

  /** What a VRF imports, as reported. */
  *routes(name: string): IterableIterator<VrfRouteChange> {
    const vrf = this.#byName.get(name);
    if (vrf === undefined) return;
    for (const route of this.#routes.routesOf(vrf.number)) {
      const nextHops = this.#nextHops.values(this.#routes.nextHops.get(route));
      if (nextHops.length === 0) continue;
      yield { kind: "reachable", prefix: this.#routes.prefixOf(route), nextHops };
    }
  }

  counts(): { readonly vrfRoutes: number; readonly nextHopSets: number } {
    return { vrfRoutes: this.#routes.size, nextHopSets: this.#nextHops.size };
  }

  /** Bytes held. */
  get memory(): number {
    return this.#routes.memory + this.#nextHops.memory + this.#overlay.memory;
  }

  #findWanted(prefix: number): void {
    this.#wanted.length = 0;
    const best = this.#rib.prefixes.bestPath.get(prefix);
    if (best === 0 || !this.#isImportable(best)) return;
    this.#rib.attributes.forEachRouteTarget(this.#rib.paths.attributes.get(best), this.#collect);
  }

  #isImportable(path: number): boolean {
    const { paths } = this.#rib;
    return paths.peer.get(path) !== LOCAL_PEER && (paths.flags.get(path) & PATH_IMPORTABLE) !== 0;
  }

  #takeWanted(vrf: number): boolean {
    const at = this.#wanted.indexOf(vrf);
    if (at < 0) return false;
    this.#wanted.splice(at, 1);
    return true;
  }

  #import(prefix: number, vrf: number, next: number): number {
    const { paths, prefixes } = this.#rib;
    const best = prefixes.bestPath.get(prefix);
    const bytes = this.#rib.nlriBytes(best);
    const offset = this.#rib.nlriOffset(best);
    const addressLength = vrfAddressLength(bytes, offset, paths.nlriLength.get(best));
    const route = this.#routes.intern(vrf, bytes, vrfPrefixOffset(bytes, offset), addressLength);
    this.#routes.changes.push(route);
    return this.#routes.link(route, prefix, next);
  }

  #reportRoute(route: number, changes: Map<string, VrfRouteChange[]>): void {
    const vrf = this.#byNumber.get(this.#routes.vrfOf(route));
    const isEmpty = this.#routes.firstEntry.get(route) === 0;
    if (vrf !== undefined) {
      // A candidate that changes again brings the route back here when it has been looked at.
      if (this.#routes.hasQueuedEntry(route, this.#rib.prefixes.queued)) return;
      this.#reportTo(vrf, route, changes);
    }
    if (!isEmpty) return;
    this.#nextHops.release(this.#routes.nextHops.get(route));
    this.#routes.remove(route);
  }

  #reportTo(vrf: ImportingVrf, route: number, changes: Map<string, VrfRouteChange[]>): void {
    const before = this.#routes.nextHops.get(route);
    const after = this.#selectNextHops(vrf, route);
    this.#routes.nextHops.set(route, after);
    this.#nextHops.release(before);
    if (before === after) return;
    const batch = changes.get(vrf.config.name) ?? [];
    changes.set(vrf.config.name, batch);
    const prefix = this.#routes.prefixOf(route);
    batch.push(
      after === 0
        ? { kind: "unreachable", prefix }
        : { kind: "reachable", prefix, nextHops: this.#nextHops.values(after) },
    );
  }

  #selectNextHops(vrf: ImportingVrf, route: number): number {
    const { paths, prefixes } = this.#rib;
    const candidates = this.#candidates;
    candidates.length = 0;
    for (
      let entry = this.#routes.firstEntry.get(route);
      entry !== 0;
      entry = this.#routes.nextOfRow.get(entry)
    ) {
      const path = prefixes.bestPath.get(this.#routes.entryPrefix.get(entry));
      if (this.#isUsable(vrf, path)) candidates.push(path);
    }
    if (candidates.length > 1) {
      dropMovedHosts(this.#rib, candidates);
      selectMultipath(this.#rib, candidates);
      preferHostRoutes(this.#rib, candidates);
    }
    const { maximumPaths } = vrf.config;
    if (maximumPaths !== undefined && candidates.length > maximumPaths) {
      // Of paths of one router that are equal in cost the first is kept: which that is must not depend on who came first.
      candidates.sort((a, b) => compareNlris(this.#rib, a, b));
      limitMultipath(this.#rib, candidates, maximumPaths);
    }
    for (const path of candidates) {
      if (this.#overlay.needsResolution(path)) this.#overlay.resolve(vrf, path, this.#hosts, true);
      else
        this.#nextHops.add(this.#rib.attributes, paths.attributes.get(path), this.#vni(vrf, path));
    }
    return this.#nextHops.finish(maximumPaths);
  }

  #isUsable(vrf: ImportingVrf, path: number): boolean {
    if (this.#overlay.needsResolution(path)) {
      return this.#overlay.resolve(vrf, path, this.#hosts, false);
    }
    return (
      this.#vni(vrf, path) !== 0 &&
      !this.#hasRouterMac(path, vrf.routerMac) &&
      !this.#isBehindLocalSegment(path)
    );
  }

  #hasRouterMac(path: number, own: Uint8Array | undefined): boolean {
    if (own === undefined) return false;
    const { attributes, paths } = this.#rib;
    const set = paths.attributes.get(path);
    const bytes = attributes.sets.bytes(set);
    const at = attributes.routerMacOffset(set);
    for (let i = 0; i < own.length; i++) if (bytes[at + i] !== own[i]) return false;
    return true;
  }

  #isBehindLocalSegment(path: number): boolean {
    if (this.#localSegments.size === 0) return false;
    const bytes = this.#rib.nlriBytes(path);
    const offset = this.#rib.nlriOffset(path);
    if (bytes[offset] !== EVPN_ROUTE.MAC_IP) return false;
    return this.#localSegments.find(bytes, offset + ESI_AT, ESI_LENGTH) !== 0;
  }

  /** The VNI to send with: the label, or the VRF's own for a label of zero; 0 when there is none. */
  #vni(vrf: ImportingVrf, path: number): number {
    const length = this.#rib.paths.nlriLength.get(path);
    const label = vrfLabel(this.#rib.nlriBytes(path), this.#rib.nlriOffset(path), length);
    return label === 0 ? (vrf.config.vni ?? 0) : label;
  }
}

function routerMacOf({ routerMac }: RibVrf): Uint8Array | undefined {
  return routerMac === undefined ? undefined : macBytes(routerMac);
}

function hasSameNames({ macVrfs: a = [] }: RibVrf, { macVrfs: b = [] }: RibVrf): boolean {
  return a.length === b.length && a.every((name, i) => name === b[i]);
}
