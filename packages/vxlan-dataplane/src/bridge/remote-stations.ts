/**
 * What other hosts have of one bridge domain, as the control plane says: MACs and their VTEPs, IP
 * addresses and their MACs (route type 2), and the VTEPs that want copies of what is flooded (route
 * type 3; RFC 7432). Pure.
 */
import type { IpAddress, MacAddress } from "@selvedge/net";
import { isVtep } from "../ownership.ts";

/** The stations of a bridge domain that are on other hosts. */
export class RemoteStations {
  readonly #macs = new Map<MacAddress, IpAddress>();
  readonly #neighbours = new Map<IpAddress, MacAddress>();
  readonly #floodVteps = new Set<IpAddress>();
  /** How many MACs are behind each VTEP. */
  readonly #macsOfVtep = new Map<IpAddress, number>();
  #vtepsChanged = false;

  /** MACs and the VTEPs that they are behind. */
  get macs(): ReadonlyMap<MacAddress, IpAddress> {
    return this.#macs;
  }

  /** IP addresses and the MACs that they belong to. */
  get neighbours(): ReadonlyMap<IpAddress, MacAddress> {
    return this.#neighbours;
  }

  /** VTEPs to which flooded frames are copied. */
  get floodVteps(): ReadonlySet<IpAddress> {
    return this.#floodVteps;
  }

  /** Whether nothing is known of other hosts. */
  get isEmpty(): boolean {
    return this.#macs.size + this.#neighbours.size + this.#floodVteps.size === 0;
  }

  /** All VTEPs in use. */
  vteps(): Set<IpAddress> {
    return new Set([...this.#macsOfVtep.keys(), ...this.#floodVteps]);
  }

  /** Whether another set of VTEPs is in use than at the last call. */
  takeVtepsChanged(): boolean {
    const isChanged = this.#vtepsChanged;
    this.#vtepsChanged = false;
    return isChanged;
  }

  /** At an address that no VTEP can have it is nowhere. */
  setMac(mac: MacAddress, vtep: IpAddress): void {
    this.removeMac(mac);
    if (!isVtep(vtep)) {
      return;
    }
    this.#macs.set(mac, vtep);
    const count = this.#macsOfVtep.get(vtep) ?? 0;
    this.#macsOfVtep.set(vtep, count + 1);
    this.#vtepsChanged ||= count === 0;
  }

  removeMac(mac: MacAddress): void {
    const vtep = this.#macs.get(mac);
    if (vtep === undefined) {
      return;
    }
    this.#macs.delete(mac);
    const left = (this.#macsOfVtep.get(vtep) ?? 0) - 1;
    if (left > 0) {
      this.#macsOfVtep.set(vtep, left);
    } else {
      this.#macsOfVtep.delete(vtep);
      this.#vtepsChanged = true;
    }
  }

  setNeighbour(address: IpAddress, mac: MacAddress): void {
    this.#neighbours.set(address, mac);
  }

  removeNeighbour(address: IpAddress): void {
    this.#neighbours.delete(address);
  }

  /** Returns whether a VTEP can have this address. */
  addFloodVtep(vtep: IpAddress): boolean {
    if (!isVtep(vtep)) {
      return false;
    }
    if (!this.#floodVteps.has(vtep)) {
      this.#floodVteps.add(vtep);
      this.#vtepsChanged = true;
    }
    return true;
  }

  removeFloodVtep(vtep: IpAddress): void {
    if (this.#floodVteps.delete(vtep)) {
      this.#vtepsChanged = true;
    }
  }
}
