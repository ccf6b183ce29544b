/**
 * MAC-VRFs and Ethernet segments of this speaker and the routes that it originates for them: types 1 to 4 (`originate/`
 * says what is in them).
 *
 * When the configuration of a MAC-VRF or segment changes, what it originates is announced again; routes whose key
 * contains what has changed are withdrawn. The MACs are, of which there may be many, in slices (local-changes.ts).
 */
import type { IpAddress, MacAddress, RouteDistinguisher } from "@selvedge/net";
import { SpeakerError } from "../errors.ts";
import type { EthernetSegmentId } from "../wire/evpn/esi.ts";
import type { EvpnRoute } from "../wire/evpn/nlri.ts";
import type { LocalAnnouncer } from "./local-announcer.ts";
import type { LocalChanges, RouteSteps } from "./local-changes.ts";
import type { MacIpEntry, RibEthernetSegment, RibMacVrf } from "./mac-vrf.ts";
import { checkEthernetSegment, checkMacIp, checkMacVrf } from "./mac-vrf-check.ts";
import {
  instanceDiscoveryKey,
  originateInstanceDiscovery,
  originateSegmentDiscovery,
  segmentDiscoveryKey,
} from "./originate/auto-discovery.ts";
import { ethernetSegmentKey, originateEthernetSegment } from "./originate/ethernet-segment.ts";
import {
  inclusiveMulticastKey,
  originateInclusiveMulticast,
} from "./originate/inclusive-multicast.ts";
import { macIpKey, originateMacIp } from "./originate/mac-ip.ts";

interface OriginatingMacVrf {
  config: RibMacVrf;
  /** What is originated, by MAC and IP address. */
  readonly macs: Map<string, MacIpEntry>;
}

/** The local routes of all MAC-VRFs and segments. */
export class LocalMacVrfs {
  readonly #announcer: LocalAnnouncer;
  readonly #changes: LocalChanges;
  readonly #macVrfs = new Map<string, OriginatingMacVrf>();
  readonly #byDistinguisher = new Map<RouteDistinguisher, OriginatingMacVrf>();
  readonly #segments = new Map<EthernetSegmentId, RibEthernetSegment>();

  constructor(announcer: LocalAnnouncer, changes: LocalChanges) {
    this.#announcer = announcer;
    this.#changes = changes;
  }

  /** Throws SpeakerError `invalid-option`. */
  setMacVrf(config: RibMacVrf): void {
    checkMacVrf(config, this.#configs(config.name));
    const known = this.#macVrfs.get(config.name);
    const segments = this.#segmentsOf(config.name);
    if (known === undefined) {
      const macVrf = { config, macs: new Map() };
      this.#macVrfs.set(config.name, macVrf);
      this.#byDistinguisher.set(config.rd, macVrf);
    } else {
      const before = known.config;
      known.config = config;
      if (before.rd !== config.rd) {
        this.#byDistinguisher.delete(before.rd);
        this.#byDistinguisher.set(config.rd, known);
        this.#withdrawAll(before, known.macs, segments);
      } else {
        this.#withdrawMulticast(before, config);
      }
      this.#changes.announce(`mac-vrf ${config.name}`, this.#announceMacs(known));
    }
    if (config.flooding !== "none") this.#announcer.announce(originateInclusiveMulticast(config));
    for (const segment of segments) this.#announceDiscovery(segment);
  }

  removeMacVrf(name: string): void {
    const macVrf = this.#macVrfs.get(name);
    if (macVrf === undefined) return;
    const segments = this.#segmentsOf(name);
    this.#macVrfs.delete(name);
    this.#byDistinguisher.delete(macVrf.config.rd);
    this.#withdrawAll(macVrf.config, macVrf.macs, segments);
    // What has yet to be announced anew is not.
    macVrf.macs.clear();
    for (const segment of segments) this.#announceDiscovery(segment);
  }

  /** Throws SpeakerError `unknown-mac-vrf`, `invalid-option`. */
  originate(name: string, entry: MacIpEntry): void {
    const macVrf = this.#macVrf(name);
    checkMacIp(entry);
    macVrf.macs.set(keyOf(entry.mac, entry.ip), entry);
    this.#announcer.announce(originateMacIp(macVrf.config, entry));
  }

  /** Throws SpeakerError `unknown-mac-vrf`. */
  withdraw(name: string, mac: MacAddress, ip: IpAddress | undefined): void {
    const macVrf = this.#macVrf(name);
    const key = keyOf(mac, ip);
    const entry = macVrf.macs.get(key);
    if (entry === undefined) return;
    macVrf.macs.delete(key);
    this.#announcer.withdraw(macIpKey(macVrf.config, entry));
  }

  /** Throws SpeakerError `invalid-option`. */
  setSegment(segment: RibEthernetSegment): void {
    const others = [...this.#segments.values()].filter(({ esi }) => esi !== segment.esi);
    checkEthernetSegment(segment, others, this.#configs());
    const before = this.#segments.get(segment.esi);
    this.#segments.set(segment.esi, segment);
    if (before !== undefined) this.#withdrawSegment(before, segment);
    this.#announcer.announce(originateEthernetSegment(segment));
    this.#announceDiscovery(segment);
  }

  /**
   * Withdraws the route of the segment as a whole first: by it alone the others take all of its MACs from this VTEP
   * (RFC 7432 section 8.2). Returns whether there was that segment.
   */
  removeSegment(esi: EthernetSegmentId): boolean {
    const segment = this.#segments.get(esi);
    if (segment === undefined) return false;
    this.#segments.delete(esi);
    this.#withdrawSegment(segment, undefined);
    return true;
  }

  /** MAC-VRFs except the one with the name. */
  #configs(except?: string): RibMacVrf[] {
    return [...this.#macVrfs.values()].flatMap(({ config }) =>
      config.name === except ? [] : [config],
    );
  }

  #macVrf(name: string): OriginatingMacVrf {
    const macVrf = this.#macVrfs.get(name);
    if (macVrf !== undefined) return macVrf;
    throw new SpeakerError(
      "unknown-mac-vrf",
      `No MAC-VRF is named ${name}; set it before its MACs.`,
    );
  }

  #segmentsOf(macVrf: string): RibEthernetSegment[] {
    return [...this.#segments.values()].filter(({ macVrfs }) => macVrfs.includes(macVrf));
  }

  #macVrfsOf(segment: RibEthernetSegment): RibMacVrf[] {
    return [...new Set(segment.macVrfs)].flatMap((name) => {
      const macVrf = this.#macVrfs.get(name);
      return macVrf === undefined ? [] : [macVrf.config];
    });
  }

  #announceDiscovery(segment: RibEthernetSegment): void {
    const macVrfs = this.#macVrfsOf(segment);
    for (const macVrf of macVrfs) {
      this.#announcer.announce(originateInstanceDiscovery(segment, macVrf));
    }
    // Without a target nobody imports it, and RFC 7432 section 8.2.1 requires one.
    if (macVrfs.length > 0) this.#announcer.announce(originateSegmentDiscovery(segment, macVrfs));
    else this.#announcer.withdraw(segmentDiscoveryKey(segment));
  }

  #withdrawAll(
    config: RibMacVrf,
    macs: ReadonlyMap<string, MacIpEntry>,
    segments: readonly RibEthernetSegment[],
  ): void {
    this.#changes.withdraw(this.#withdrawMacs(config, [...macs]));
    for (const segment of segments) {
      this.#announcer.withdraw(instanceDiscoveryKey(segment, config));
    }
    this.#announcer.withdraw(inclusiveMulticastKey(config));
  }

  *#announceMacs(macVrf: OriginatingMacVrf): RouteSteps {
    for (const entry of macVrf.macs.values()) {
      this.#announcer.announce(originateMacIp(macVrf.config, entry));
      yield;
    }
  }

  /** Unless whoever has that distinguisher by then, the MAC-VRF itself perhaps, originates the MAC. */
  *#withdrawMacs(before: RibMacVrf, macs: readonly (readonly [string, MacIpEntry])[]): RouteSteps {
    for (const [key, entry] of macs) {
      const isKept = this.#byDistinguisher.get(before.rd)?.macs.has(key) === true;
      if (!isKept) this.#announcer.withdraw(macIpKey(before, entry));
      yield;
    }
  }

  #withdrawMulticast(before: RibMacVrf, after: RibMacVrf): void {
    if (before.vtep !== after.vtep || after.flooding === "none") {
      this.#announcer.withdraw(inclusiveMulticastKey(before));
    }
  }

  /** Withdraws the routes of a segment that have no counterpart in what it is now. */
  #withdrawSegment(before: RibEthernetSegment, after: RibEthernetSegment | undefined): void {
    const kept = after === undefined ? new Map() : routesOf(after, this.#macVrfsOf(after));
    for (const [key, route] of routesOf(before, this.#macVrfsOf(before))) {
      if (!kept.has(key)) this.#announcer.withdraw(route);
    }
  }
}

function keyOf(mac: MacAddress, ip: IpAddress | undefined): string {
  return `${mac} ${ip ?? ""}`;
}

/** The routes of a segment by a text that is the same for the same key, the one of the whole segment first. */
function routesOf(
  segment: RibEthernetSegment,
  macVrfs: readonly RibMacVrf[],
): Map<string, EvpnRoute> {
  const routes: EvpnRoute[] = [
    segmentDiscoveryKey(segment),
    ...macVrfs.map((macVrf) => instanceDiscoveryKey(segment, macVrf)),
    ethernetSegmentKey(segment),
  ];
  return new Map(routes.map((route) => [JSON.stringify(route), route]));
}
