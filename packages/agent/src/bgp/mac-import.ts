/**
 * The stage between the RIB's MAC-VRFs and the dataplane: which MACs and neighbours of each bridge domain are on other
 * hosts, and which VTEPs take part. Knows for each MAC which place of it counts, for the sequence number of a move to here.
 * When a speaker is replaced by another one, what the old one had learned stays until the new one has converged.
 */
import type { MacNextHop, MacVrfChange, RemoteMacChange } from "@selvedge/bgp-evpn";
import type { IpAddress, MacAddress, Vni } from "@selvedge/net";
import type { VrfIntent } from "../intent/vrf-intent.ts";
import type { Logger } from "../log.ts";

/** The part of the dataplane that takes what is on other hosts. */
export interface StationSink {
  setRemoteMac(vrf: string, bridgeDomain: string, mac: MacAddress, vtep: IpAddress): void;
  removeRemoteMac(vrf: string, bridgeDomain: string, mac: MacAddress): void;
  setRemoteNeighbour(vrf: string, bridgeDomain: string, address: IpAddress, mac: MacAddress): void;
  removeRemoteNeighbour(vrf: string, bridgeDomain: string, address: IpAddress): void;
  addFloodVtep(vrf: string, bridgeDomain: string, vtep: IpAddress): void;
  removeFloodVtep(vrf: string, bridgeDomain: string, vtep: IpAddress): void;
}

/** What a bridge domain of this host accepts. */
export interface MacImportSite {
  readonly vrf: string;
  readonly l2vni: Vni;
  /** Own VTEP; frames to it would circle. */
  readonly vtep: IpAddress;
}

/** What the VRFs of this host say of a bridge domain. */
export function macImportSite(
  vrfs: Iterable<VrfIntent>,
  bridgeDomain: string,
): MacImportSite | undefined {
  for (const { name: vrf, vtep, bridgeDomains } of vrfs) {
    const domain = bridgeDomains.find(({ name }) => name === bridgeDomain);
    if (domain !== undefined) return { vrf, l2vni: domain.l2vni, vtep };
  }
  return undefined;
}

/** Where imported MACs go, and which bridge domains take them. */
export interface MacImportOptions {
  readonly sink: StationSink;
  readonly site: (bridgeDomain: string) => MacImportSite | undefined;
  /** A MAC is announced by this VTEP, and that counts more than what this host says of it, if anything. */
  readonly onRemoteMac: (bridgeDomain: string, mac: MacAddress, vtep: IpAddress) => void;
  /** It is announced from nowhere else any more, or what this host says counts more. */
  readonly onRemoteMacGone: (bridgeDomain: string, mac: MacAddress) => void;
  readonly log: Logger;
}

/** What was imported into one bridge domain. What the sink has been told is true while only a former speaker has said so. */
interface Imported {
  readonly vrf: string;
  readonly macs: Map<MacAddress, boolean>;
  /** By the present speaker's word, usable or not. */
  readonly places: Map<MacAddress, RemoteMacChange>;
  readonly neighbours: Map<IpAddress, boolean>;
  readonly vteps: Map<IpAddress, boolean>;
  /** Said once, not once a MAC. */
  readonly refused: Map<IpAddress, Vni>;
}

/** Follows the MAC-VRFs of the RIB. */
export class MacImport {
  readonly #options: MacImportOptions;
  readonly #imported = new Map<string, Imported>();

  constructor(options: MacImportOptions) {
    this.#options = options;
  }

  follow(bridgeDomain: string, changes: readonly MacVrfChange[]): void {
    const site = this.#options.site(bridgeDomain);
    if (site === undefined) return;
    let imported = this.#imported.get(bridgeDomain);
    if (imported === undefined) {
      imported = {
        vrf: site.vrf,
        macs: new Map(),
        places: new Map(),
        neighbours: new Map(),
        vteps: new Map(),
        refused: new Map(),
      };
      this.#imported.set(bridgeDomain, imported);
    }
    for (const change of changes) this.#followOne(bridgeDomain, site, imported, change);
  }

  /** The remote place of a MAC that counts, as the RIB says. */
  placeOf(bridgeDomain: string, mac: MacAddress): RemoteMacChange | undefined {
    return this.#imported.get(bridgeDomain)?.places.get(mac);
  }

  /** The bridge domain is no longer here. */
  forget(bridgeDomain: string): void {
    const imported = this.#imported.get(bridgeDomain);
    if (imported === undefined) return;
    for (const mac of imported.macs.keys()) this.#removeMac(bridgeDomain, imported, mac);
    for (const ip of imported.neighbours.keys()) this.#removeNeighbour(bridgeDomain, imported, ip);
    for (const vtep of imported.vteps.keys()) this.#removeVtep(bridgeDomain, imported, vtep);
    this.#imported.delete(bridgeDomain);
  }

  /** From now on another speaker tells what is where. */
  markStale(): void {
    for (const { macs, places, neighbours, vteps } of this.#imported.values()) {
      places.clear();
      for (const mac of macs.keys()) macs.set(mac, true);
      for (const ip of neighbours.keys()) neighbours.set(ip, true);
      for (const vtep of vteps.keys()) vteps.set(vtep, true);
    }
  }

  /** The speaker knows all that its neighbours know: what it has not said again is gone. */
  sweepStale(): void {
    for (const [bridgeDomain, imported] of this.#imported) {
      const { macs, neighbours, vteps } = imported;
      for (const [mac, isStale] of macs) {
        if (isStale) this.#removeMac(bridgeDomain, imported, mac);
      }
      for (const [ip, isStale] of neighbours) {
        if (isStale) this.#removeNeighbour(bridgeDomain, imported, ip);
      }
      for (const [vtep, isStale] of vteps) {
        if (isStale) this.#removeVtep(bridgeDomain, imported, vtep);
      }
    }
  }

  #followOne(
    bridgeDomain: string,
    site: MacImportSite,
    imported: Imported,
    change: MacVrfChange,
  ): void {
    const { sink } = this.#options;
    const { vrf } = site;
    switch (change.kind) {
      case "remote-mac":
        this.#followMac(bridgeDomain, site, imported, change);
        break;
      case "remote-mac-gone":
        imported.places.delete(change.mac);
        this.#removeMac(bridgeDomain, imported, change.mac);
        this.#options.onRemoteMacGone(bridgeDomain, change.mac);
        break;
      case "neighbour":
        imported.neighbours.set(change.ip, false);
        sink.setRemoteNeighbour(vrf, bridgeDomain, change.ip, change.mac);
        break;
      case "neighbour-gone":
        this.#removeNeighbour(bridgeDomain, imported, change.ip);
        break;
      case "remote-vtep":
        if (this.#isUsable(bridgeDomain, site, imported, change)) {
          imported.vteps.set(change.vtep, false);
          sink.addFloodVtep(vrf, bridgeDomain, change.vtep);
        } else {
          this.#removeVtep(bridgeDomain, imported, change.vtep);
        }
        break;
      case "remote-vtep-gone":
        this.#removeVtep(bridgeDomain, imported, change.vtep);
        break;
      default:
        change satisfies never;
    }
  }

  /** Of the routers of a multihomed segment the first is used. */
  #followMac(
    bridgeDomain: string,
    site: MacImportSite,
    imported: Imported,
    change: RemoteMacChange,
  ): void {
    const { sink, onRemoteMac } = this.#options;
    const { mac } = change;
    imported.places.set(mac, change);
    const nextHop = change.nextHops.find((hop) =>
      this.#isUsable(bridgeDomain, site, imported, hop),
    );
    if (nextHop === undefined) {
      this.#removeMac(bridgeDomain, imported, mac);
      return;
    }
    imported.macs.set(mac, false);
    sink.setRemoteMac(site.vrf, bridgeDomain, mac, nextHop.vtep);
    onRemoteMac(bridgeDomain, mac, nextHop.vtep);
  }

  #removeMac(bridgeDomain: string, { vrf, macs }: Imported, mac: MacAddress): void {
    if (macs.delete(mac)) this.#options.sink.removeRemoteMac(vrf, bridgeDomain, mac);
  }

  #removeNeighbour(bridgeDomain: string, { vrf, neighbours }: Imported, ip: IpAddress): void {
    if (neighbours.delete(ip)) this.#options.sink.removeRemoteNeighbour(vrf, bridgeDomain, ip);
  }

  #removeVtep(bridgeDomain: string, { vrf, vteps }: Imported, vtep: IpAddress): void {
    if (vteps.delete(vtep)) this.#options.sink.removeFloodVtep(vrf, bridgeDomain, vtep);
  }

  #isUsable(
    bridgeDomain: string,
    site: MacImportSite,
    { refused }: Imported,
    { vtep, vni }: MacNextHop,
  ): boolean {
    if (vni === site.l2vni) return vtep !== site.vtep;
    if (refused.get(vtep) !== vni) {
      refused.set(vtep, vni);
      this.#options.log.warn(
        { bridgeDomain, vtep, vni, l2vni: site.l2vni },
        "MACs with another VNI than the subnet's are not used: downstream-assigned VNIs are not supported",
      );
    }
    return false;
  }
}
