/**
 * Routes that this speaker originates: EVPN route type 5 for the prefixes of its VRFs.
 *
 * Interface-less IP-VRF-to-IP-VRF model (RFC 9136 section 4.4.1): ESI and gateway zero, the L3VNI as
 * label, Router's MAC and encapsulation VXLAN as extended communities, the VTEP as next hop.
 */
import { type IpPrefix, ipBytes, parseIpAddress, prefixFamily } from "@selvedge/net";
import { SpeakerError } from "../errors.ts";
import { ATTRIBUTE, FLAG } from "../wire/attribute/attribute-type.ts";
import { encodeExtendedCommunities } from "../wire/attribute/extended-community.ts";
import { ZERO_ESI } from "../wire/evpn/esi.ts";
import { encodeEvpnRoute } from "../wire/evpn/nlri.ts";
import { writeU32 } from "../wire/octets.ts";
import { DEFAULT_LOCAL_PREFERENCE } from "./attribute-table.ts";
import { closeAttribute, LONG_HEADER } from "./attribute-walk.ts";
import type { LocRib } from "./loc-rib.ts";
import type { Source } from "./peer-table.ts";
import type { RibVrf, Type5Route } from "./vrf.ts";

const NO_GATEWAY = { 4: parseIpAddress("0.0.0.0"), 6: parseIpAddress("::") } as const;
const MAX_ATTRIBUTES = 0x10000;

interface OriginatingVrf {
  config: RibVrf;
  /** What is originated, to do it again when the distinguisher or the route targets change. */
  readonly routes: Map<IpPrefix, Type5Route>;
}

/** The local routes of all VRFs. */
export class LocalRoutes {
  readonly #rib: LocRib;
  readonly #source: Source;
  readonly #vrfs = new Map<string, OriginatingVrf>();
  readonly #attributes = new Uint8Array(MAX_ATTRIBUTES);

  constructor(rib: LocRib, source: Source) {
    this.#rib = rib;
    this.#source = source;
  }

  /** Throws SpeakerError `invalid-option` when another VRF has the same distinguisher. */
  setVrf(config: RibVrf): void {
    for (const [name, other] of this.#vrfs) {
      if (name === config.name || other.config.rd !== config.rd) continue;
      throw new SpeakerError(
        "invalid-option",
        `VRF ${config.name} cannot have route distinguisher ${config.rd}: VRF ${name} has it.`,
      );
    }
    const known = this.#vrfs.get(config.name);
    if (known === undefined) {
      this.#vrfs.set(config.name, { config, routes: new Map() });
      return;
    }
    const before = known.config;
    known.config = config;
    if (before.rd !== config.rd) {
      for (const route of known.routes.values()) this.#withdraw(before, route);
    }
    for (const route of known.routes.values()) this.#announce(config, route);
  }

  removeVrf(name: string): void {
    const vrf = this.#vrfs.get(name);
    if (vrf === undefined) return;
    for (const route of vrf.routes.values()) this.#withdraw(vrf.config, route);
    this.#vrfs.delete(name);
  }

  /** Throws SpeakerError `unknown-vrf`. */
  originate(name: string, route: Type5Route): void {
    const vrf = this.#vrf(name);
    vrf.routes.set(route.prefix, route);
    this.#announce(vrf.config, route);
  }

  /** Throws SpeakerError `unknown-vrf`. */
  withdraw(name: string, prefix: IpPrefix): void {
    const vrf = this.#vrf(name);
    const route = vrf.routes.get(prefix);
    if (route === undefined) return;
    vrf.routes.delete(prefix);
    this.#withdraw(vrf.config, route);
  }

  #vrf(name: string): OriginatingVrf {
    const vrf = this.#vrfs.get(name);
    if (vrf !== undefined) return vrf;
    throw new SpeakerError("unknown-vrf", `No VRF is named ${name}; set it before its routes.`);
  }

  #announce(vrf: RibVrf, route: Type5Route): void {
    const nlri = encodeNlri(vrf, route);
    const length = this.#writeAttributes(vrf, route);
    const attributes = this.#rib.attributes.intern(this.#attributes, length);
    this.#rib.announce(this.#source, nlri, 0, nlri.length, attributes, 0);
    this.#rib.attributes.release(attributes);
  }

  #withdraw(vrf: RibVrf, route: Type5Route): void {
    this.#rib.withdraw(this.#source, encodeNlri(vrf, route), 0);
  }

  /** Writes the canonical attribute set of a route (see canonical-attributes.ts). */
  #writeAttributes(vrf: RibVrf, route: Type5Route): number {
    const nextHop = ipBytes(route.nextHop);
    this.#attributes[0] = nextHop.length;
    this.#attributes.set(nextHop, 1);
    let at = 1 + nextHop.length;
    at = this.#write(at, FLAG.TRANSITIVE, ATTRIBUTE.ORIGIN, [0]);
    at = this.#write(at, FLAG.TRANSITIVE, ATTRIBUTE.AS_PATH, []);
    const preference = new Uint8Array(4);
    writeU32(preference, 0, DEFAULT_LOCAL_PREFERENCE);
    at = this.#write(at, FLAG.TRANSITIVE, ATTRIBUTE.LOCAL_PREF, preference);
    const flags = FLAG.OPTIONAL | FLAG.TRANSITIVE;
    return this.#write(at, flags, ATTRIBUTE.EXTENDED_COMMUNITIES, communities(vrf, route));
  }

  #write(at: number, flags: number, type: number, value: ArrayLike<number>): number {
    this.#attributes.set(value, at + LONG_HEADER);
    return closeAttribute(this.#attributes, at, flags, type, at + LONG_HEADER + value.length);
  }
}

/** RFC 4360 section 4, RFC 9012 section 4.1, RFC 9135 section 8.1. */
function communities(vrf: RibVrf, route: Type5Route): Uint8Array {
  return encodeExtendedCommunities([
    ...vrf.exportRouteTargets.map((target) => ({ kind: "route-target", target }) as const),
    { kind: "encapsulation", tunnelType: "vxlan" },
    { kind: "router-mac", mac: route.routerMac },
  ]);
}

function encodeNlri(vrf: RibVrf, route: Type5Route): Uint8Array {
  return encodeEvpnRoute({
    kind: "ip-prefix",
    routeType: 5,
    rd: vrf.rd,
    esi: ZERO_ESI,
    ethernetTag: 0,
    prefix: route.prefix,
    gateway: NO_GATEWAY[prefixFamily(route.prefix)],
    label: route.vni,
  });
}
