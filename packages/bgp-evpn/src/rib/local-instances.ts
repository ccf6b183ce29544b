/**
 * The VRFs, MAC-VRFs and Ethernet segments of this router: what they import, and what is originated in them. Changes what
 * is wanted at once; the consequences are the RIB's work.
 */
import type { IpAddress, IpPrefix, MacAddress } from "@selvedge/net";
import type { EthernetSegmentId } from "../wire/evpn/esi.ts";
import type { ImportTargets } from "./import-targets.ts";
import type { LocalMacVrfs } from "./local-mac-vrfs.ts";
import type { LocalRoutes } from "./local-routes.ts";
import type { MacIpEntry, RibEthernetSegment, RibMacVrf } from "./mac-vrf.ts";
import type { MacVrfImport } from "./mac-vrf-import.ts";
import { segmentTarget } from "./own-memberships.ts";
import type { RouteTargetConstraint } from "./route-target-constraint.ts";
import type { SegmentRouters } from "./segment-routers.ts";
import type { RibVrf, Type5Route } from "./vrf.ts";
import type { VrfImport } from "./vrf-import.ts";

const NOTHING: ImportTargets = { importRouteTargets: [] };

/** Who does what is asked for here. */
export interface LocalParts {
  readonly routes: LocalRoutes;
  readonly macRoutes: LocalMacVrfs;
  readonly vrfImport: VrfImport;
  readonly macImport: MacVrfImport;
  readonly segmentRouters: SegmentRouters;
  readonly constraint: RouteTargetConstraint;
  /** Told after each change. */
  readonly onChange: () => void;
}

/** See the file's head. */
export class LocalInstances {
  readonly #parts: LocalParts;

  constructor(parts: LocalParts) {
    this.#parts = parts;
  }

  /**
   * Adds or changes a VRF; a new one is told its whole table, a changed one the difference. With another distinguisher
   * or other export route targets `work` announces what it originates anew, and withdraws it as it was.
   * Throws SpeakerError `invalid-option` when another VRF has the same distinguisher.
   */
  setVrf(vrf: RibVrf): void {
    this.#parts.routes.setVrf(vrf);
    this.#parts.vrfImport.setVrf(vrf);
    this.#parts.constraint.setImports(`vrf ${vrf.name}`, vrf);
    this.#parts.onChange();
  }

  /** Removes a VRF; `work` withdraws what it originates. Of its imported routes nothing more is told. */
  removeVrf(name: string): void {
    this.#parts.routes.removeVrf(name);
    this.#parts.vrfImport.removeVrf(name);
    this.#parts.constraint.setImports(`vrf ${name}`, NOTHING);
    this.#parts.onChange();
  }

  /** Originates a prefix, or changes it. Throws SpeakerError `unknown-vrf`. */
  originateType5(vrf: string, route: Type5Route): void {
    this.#parts.routes.originate(vrf, route);
    this.#parts.onChange();
  }

  /** Takes a prefix back; one that is not originated is ignored. Throws SpeakerError `unknown-vrf`. */
  withdrawType5(vrf: string, prefix: IpPrefix): void {
    this.#parts.routes.withdraw(vrf, prefix);
    this.#parts.onChange();
  }

  /**
   * Adds or changes a MAC-VRF; a new one is told its whole table, a changed one the difference.
   * Throws SpeakerError `invalid-option`.
   */
  setMacVrf(macVrf: RibMacVrf): void {
    this.#parts.macRoutes.setMacVrf(macVrf);
    this.#parts.macImport.setMacVrf(macVrf);
    this.#parts.constraint.setImports(`mac-vrf ${macVrf.name}`, macVrf);
    this.#parts.onChange();
  }

  /** Removes a MAC-VRF; `work` withdraws the MACs that it originates. Of what it imported nothing more is told. */
  removeMacVrf(name: string): void {
    this.#parts.macRoutes.removeMacVrf(name);
    this.#parts.macImport.removeMacVrf(name);
    this.#parts.constraint.setImports(`mac-vrf ${name}`, NOTHING);
    this.#parts.onChange();
  }

  /** Originates a MAC, or changes it. Throws SpeakerError `unknown-mac-vrf`, `invalid-option`. */
  originateMac(macVrf: string, entry: MacIpEntry): void {
    this.#parts.macRoutes.originate(macVrf, entry);
    this.#parts.onChange();
  }

  /** Takes a MAC back, alone or with the address. Throws SpeakerError `unknown-mac-vrf`. */
  withdrawMac(macVrf: string, mac: MacAddress, ip?: IpAddress): void {
    this.#parts.macRoutes.withdraw(macVrf, mac, ip);
    this.#parts.onChange();
  }

  /** Adds or changes a local Ethernet segment. Throws SpeakerError `invalid-option`. */
  setEthernetSegment(segment: RibEthernetSegment): void {
    this.#parts.macRoutes.setSegment(segment);
    this.#parts.vrfImport.addLocalSegment(segment.esi);
    this.#parts.segmentRouters.add(segment.esi);
    const importRouteTargets = [segmentTarget(segment.esi)];
    this.#parts.constraint.setImports(`segment ${segment.esi}`, { importRouteTargets });
    this.#parts.onChange();
  }

  /** Removes a local Ethernet segment and withdraws what is originated for it. */
  removeEthernetSegment(esi: EthernetSegmentId): void {
    if (this.#parts.macRoutes.removeSegment(esi)) this.#parts.vrfImport.removeLocalSegment(esi);
    this.#parts.segmentRouters.remove(esi);
    this.#parts.constraint.setImports(`segment ${esi}`, NOTHING);
    this.#parts.onChange();
  }
}
