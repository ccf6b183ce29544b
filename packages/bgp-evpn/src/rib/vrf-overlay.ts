/**
 * Resolution of overlay indexes: where a route of type 5 leads that names a gateway address or an Ethernet segment
 * instead of a Router's MAC (RFC 9136 sections 4.1 to 4.3).
 *
 *   gateway, in a MAC-VRF of the VRF   to the VTEP of the MAC/IP route of that address, inner MAC the gateway's, VNI its
 *                                      first label: bridged to the gateway
 *   gateway, otherwise                 as the host route of that address in the VRF: routed to the gateway's host
 *   segment, in a MAC-VRF of the VRF   to the VTEPs that announce the segment, inner MAC the Router's MAC that came along
 *
 * A gateway is looked up among MAC/IP routes only, so resolution never loops. An index that nothing resolves makes no
 * route; the prefix is imported when the resolving route comes and goes with it.
 */
import { ESI_LENGTH } from "../wire/evpn/esi.ts";
import { EVPN_ROUTE } from "../wire/evpn/route-type.ts";
import { selectMultipath } from "./decision.ts";
import { dropMovedHosts } from "./host-route.ts";
import type { LocRib } from "./loc-rib.ts";
import type { MacVrfImport } from "./mac-vrf-import.ts";
import type { NextHopSets } from "./next-hop-sets.ts";
import { discoveryLabel, ESI_AT, MAC_AT, macIpLabel } from "./nlri-fields.ts";
import { OverlayIndexTable } from "./overlay-index-table.ts";
import { PATH_BY_GATEWAY, PATH_BY_SEGMENT } from "./path-table.ts";
import { type5AddressLength, type5GatewayOffset } from "./type5-overlay.ts";
import type { RibVrf } from "./vrf.ts";
import type { VrfRouteTable } from "./vrf-route-table.ts";

/** Where the IP address is in the key of a MAC/IP route (see nlri-key.ts): type, RD, tag, 48, MAC, IP bits. */
const KEY_IP_AT = 1 + 8 + 4 + 1 + 6 + 1;

/** A VRF that imports. */
export interface ImportingVrf {
  /** Never used again, so that a VRF that is made anew starts empty. */
  readonly number: number;
  config: RibVrf;
  /** The octets of its own Router's MAC. */
  routerMac: Uint8Array | undefined;
}

/** How VRFs judge host routes. */
export interface HostRoutes {
  /** Whether a path may be used in the VRF. */
  isUsable(vrf: ImportingVrf, path: number): boolean;
  /** The VNI of a path in the VRF. */
  vni(vrf: ImportingVrf, path: number): number;
}

/** Overlay indexes of all VRFs. */
export class VrfOverlay {
  readonly #rib: LocRib;
  readonly #routes: VrfRouteTable;
  readonly #macs: MacVrfImport;
  readonly #nextHops: NextHopSets;
  readonly #waiting = new OverlayIndexTable();
  readonly #found: number[] = [];

  constructor(rib: LocRib, routes: VrfRouteTable, macs: MacVrfImport, nextHops: NextHopSets) {
    this.#rib = rib;
    this.#routes = routes;
    this.#macs = macs;
    this.#nextHops = nextHops;
  }

  /** Whether another route says where a path leads. */
  needsResolution(path: number): boolean {
    return (this.#rib.paths.flags.get(path) & (PATH_BY_GATEWAY | PATH_BY_SEGMENT)) !== 0;
  }

  /** Notes for which index the best path of a prefix waits. `path` is 0 when there is none. */
  update(prefix: number, path: number): void {
    if (path === 0 || !this.needsResolution(path)) {
      this.#waiting.stopWaiting(prefix);
      return;
    }
    const bytes = this.#rib.nlriBytes(path);
    const at = this.#indexOffset(path);
    this.#waiting.wait(prefix, bytes, at, this.#indexLength(path));
  }

  /** Has the prefixes that wait for an index looked at again. */
  requeue(bytes: Uint8Array, at: number, length: number): void {
    const waiting = this.#waiting;
    const { firstImport } = this.#rib.prefixes;
    let entry = waiting.firstWaiting(bytes, at, length);
    for (; entry !== 0; entry = waiting.nextOfRow.get(entry)) {
      let route = firstImport.get(waiting.entryPrefix.get(entry));
      for (; route !== 0; route = this.#routes.nextOfPrefix.get(route)) {
        this.#routes.changes.push(this.#routes.entryRow.get(route));
      }
    }
  }

  /** Has the prefixes looked at again that wait for the address of a MAC/IP route, whose key this is. */
  requeueHost(prefix: number): void {
    const { key } = this.#rib.prefixes;
    const length = this.#rib.prefixes.writeKey(prefix) - KEY_IP_AT;
    if (key[0] === EVPN_ROUTE.MAC_IP && length > 0) this.requeue(key, KEY_IP_AT, length);
  }

  /**
   * Finds what resolves a path in a VRF, and returns whether there is any. `add` says whether to add it to the set of
   * next hops that is being built, too.
   */
  resolve(vrf: ImportingVrf, path: number, hosts: HostRoutes, add: boolean): boolean {
    const { macVrfs = [] } = vrf.config;
    this.#found.length = 0;
    if ((this.#rib.paths.flags.get(path) & PATH_BY_SEGMENT) !== 0) {
      this.#findSegment(macVrfs, path);
      if (add) this.#addSegment(path);
    } else if (this.#findNeighbour(macVrfs, path)) {
      if (add) this.#addNeighbour();
    } else {
      this.#findHost(vrf, path, hosts);
      if (add) this.#addHost(vrf, hosts);
    }
    return this.#found.length > 0;
  }

  /** Bytes held. */
  get memory(): number {
    return this.#waiting.memory;
  }

  #indexOffset(path: number): number {
    const offset = this.#rib.nlriOffset(path);
    return (this.#rib.paths.flags.get(path) & PATH_BY_SEGMENT) === 0
      ? type5GatewayOffset(offset, this.#rib.paths.nlriLength.get(path))
      : offset + ESI_AT;
  }

  #indexLength(path: number): number {
    return (this.#rib.paths.flags.get(path) & PATH_BY_SEGMENT) === 0
      ? type5AddressLength(this.#rib.paths.nlriLength.get(path))
      : ESI_LENGTH;
  }

  #findSegment(macVrfs: readonly string[], path: number): void {
    const bytes = this.#rib.nlriBytes(path);
    for (const name of macVrfs) {
      this.#macs.segmentPaths(name, bytes, this.#indexOffset(path), this.#found);
    }
    this.#keepFound((found) => this.#discoveryVni(found) !== 0);
  }

  #addSegment(path: number): void {
    const { attributes, paths } = this.#rib;
    const set = paths.attributes.get(path);
    const mac = attributes.routerMacOffset(set);
    for (const found of this.#found) {
      const vni = this.#discoveryVni(found);
      const via = paths.attributes.get(found);
      this.#nextHops.addWithMac(attributes, via, vni, attributes.sets.bytes(set), mac);
    }
  }

  #discoveryVni(path: number): number {
    return discoveryLabel(this.#rib.nlriBytes(path), this.#rib.nlriOffset(path));
  }

  #findNeighbour(macVrfs: readonly string[], path: number): boolean {
    const bytes = this.#rib.nlriBytes(path);
    const at = this.#indexOffset(path);
    for (const name of macVrfs) {
      const found = this.#macs.neighbourPath(name, bytes, at, this.#indexLength(path));
      if (found === 0 || this.#neighbourVni(found) === 0) continue;
      this.#found.push(found);
      return true;
    }
    return false;
  }

  #addNeighbour(): void {
    const { attributes, paths } = this.#rib;
    for (const found of this.#found) {
      const bytes = this.#rib.nlriBytes(found);
      const mac = this.#rib.nlriOffset(found) + MAC_AT;
      const via = paths.attributes.get(found);
      this.#nextHops.addWithMac(attributes, via, this.#neighbourVni(found), bytes, mac);
    }
  }

  #neighbourVni(path: number): number {
    return macIpLabel(this.#rib.nlriBytes(path), this.#rib.nlriOffset(path));
  }

  #findHost(vrf: ImportingVrf, path: number, hosts: HostRoutes): void {
    const bytes = this.#rib.nlriBytes(path);
    const length = this.#indexLength(path);
    const row = this.#routes.findHost(vrf.number, bytes, this.#indexOffset(path), length);
    const { prefixes } = this.#rib;
    let entry = row === 0 ? 0 : this.#routes.firstEntry.get(row);
    for (; entry !== 0; entry = this.#routes.nextOfRow.get(entry)) {
      const host = prefixes.bestPath.get(this.#routes.entryPrefix.get(entry));
      if (host !== 0 && this.#isMacIp(host) && hosts.isUsable(vrf, host)) this.#found.push(host);
    }
    if (this.#found.length < 2) return;
    dropMovedHosts(this.#rib, this.#found);
    selectMultipath(this.#rib, this.#found);
  }

  #addHost(vrf: ImportingVrf, hosts: HostRoutes): void {
    const { attributes, paths } = this.#rib;
    for (const host of this.#found) {
      this.#nextHops.add(attributes, paths.attributes.get(host), hosts.vni(vrf, host));
    }
  }

  #isMacIp(path: number): boolean {
    return this.#rib.nlriBytes(path)[this.#rib.nlriOffset(path)] === EVPN_ROUTE.MAC_IP;
  }

  #keepFound(isWanted: (path: number) => boolean): void {
    let kept = 0;
    for (const path of this.#found) if (isWanted(path)) this.#found[kept++] = path;
    this.#found.length = kept;
  }
}
